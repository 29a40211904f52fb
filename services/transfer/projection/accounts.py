"""The tables of accounts: applications for them, the accounts, who represents them, mandates."""

from collections.abc import Iterable

import msgspec
from msgspec import UNSET
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row
from libs.edge.schema import METADATA, words
from libs.ledger.entry import Entry
from libs.ledger.events import (
    AccountApplied,
    AccountDecided,
    AccountFact,
    AccountMerged,
    AccountOpened,
    AccountRenamed,
    AccountReviewed,
    Check,
    ClosingBegun,
    Holder,
    InsolvencyRecorded,
    MandateGranted,
    MandateRevoked,
    Representative,
    RepresentativeAppointed,
    RepresentativeDismissed,
    RepresentativeReplaced,
)
from libs.ledger.records.accounts import BOTH

HELD_BY = ("name", "name_kana", "country", "corporate_number", "registered_as")
"""What an account and its application say of the legal entity."""

accounts = Table(
    "accounts",
    METADATA,
    Column("account", words(), primary_key=True),
    Column("name", words(), nullable=False),
    Column("status", words(), nullable=False),
    Column("reason", words()),
    Column("representatives", words(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    Column("kind", words()),
    Column("department", words()),
    Column("name_kana", words()),
    Column("country", words()),
    Column("corporate_number", words()),
    Column("registered_as", words()),
    Column("successor", words()),
    CheckConstraint("status IN ('open', 'frozen', 'closing', 'closed')", name="accounts_status"),
    Index("accounts_by_status", "status", "account"),
)

openings = Table(
    "account_applications",
    METADATA,
    Column("account", words(), primary_key=True),
    Column("kind", words(), nullable=False),
    Column("department", words()),
    Column("name", words(), nullable=False),
    Column("name_kana", words(), nullable=False),
    Column("country", words(), nullable=False),
    Column("corporate_number", words()),
    Column("registered_as", words()),
    Column("representatives", words(), nullable=False),
    Column("checks", words(), nullable=False),
    Column("status", words(), nullable=False),
    Column("reason", words()),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint(
        "status IN ('applied', 'under_review', 'opened', 'returned', 'rejected')",
        name="account_applications_status",
    ),
    Index("account_applications_by_status", "status", "account"),
)

representatives = Table(
    "representatives",
    METADATA,
    Column("representative", words(), primary_key=True),
    Column("account", words(), nullable=False),
    Column("actor", words(), nullable=False),
    Column("role", words(), nullable=False),
    Column("commitment", words()),
    Column("status", words(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint(
        "role IN ('initiator', 'approver', 'both', 'read_only')", name="representatives_role"
    ),
    CheckConstraint("status IN ('appointed', 'dismissed')", name="representatives_status"),
    Index("representatives_by_account", "account", "actor"),
)

mandates = Table(
    "mandates",
    METADATA,
    Column("mandate", words(), primary_key=True),
    Column("account", words(), nullable=False),
    Column("agent", words()),
    Column("entity", words()),
    Column("actors", words(), nullable=False),
    Column("scope", words(), nullable=False),
    Column("until", words(), nullable=False),
    Column("status", words(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("status IN ('granted', 'revoked')", name="mandates_status"),
    Index("mandates_by_account", "account", "status"),
    Index("mandates_by_agent", "agent", "status"),
)

TABLES = (accounts, openings, representatives, mandates)
_people = msgspec.json.Decoder(tuple[Representative, ...])
_checks = msgspec.json.Decoder(tuple[Check, ...])
_actors = msgspec.json.Decoder(tuple[str, ...])


def opened(batch: Batch, entry: Entry, event: AccountOpened) -> None:
    """Add an account that was opened at once, its representatives with both roles."""
    held: Row = {"name": event.name}
    people = [Representative(actor=actor, role=BOTH) for actor in event.representatives]
    _open(batch, entry, event.account, held, people)


def evolve(batch: Batch, entry: Entry, event: AccountFact) -> None:
    """Change the tables as a fact of an account's life says."""
    match event:
        case AccountApplied():
            _apply(batch, entry, event)
        case AccountReviewed():
            _review(batch, event)
        case AccountDecided():
            _decide(batch, entry, event)
        case AccountRenamed():
            renamed: Row = {"name": event.name}
            if event.name_kana is not UNSET:
                renamed["name_kana"] = event.name_kana
            batch.change(accounts, event.account, renamed)
        case AccountMerged():
            merged: Row = {"status": "closed", "reason": None, "successor": event.successor}
            batch.change(accounts, event.account, merged)
        case InsolvencyRecorded():
            batch.change(accounts, event.account, {"status": "frozen", "reason": event.reason})
            _lead(batch, entry, event.account, event.dismissed, event.administrator)
            for mandate in event.revoked:
                batch.change(mandates, mandate, {"status": "revoked"})
        case ClosingBegun():
            batch.change(accounts, event.account, {"status": "closing"})
        case RepresentativeAppointed():
            _lead(batch, entry, event.account, (), event.representative)
        case RepresentativeDismissed():
            _lead(batch, entry, event.account, (event.actor,), None)
        case RepresentativeReplaced():
            _lead(batch, entry, event.account, (event.actor,), event.representative)
        case MandateGranted():
            _grant(batch, entry, event)
        case MandateRevoked():
            batch.change(mandates, event.mandate, {"status": "revoked"})
        case _:
            pass


def _apply(batch: Batch, entry: Entry, event: AccountApplied) -> None:
    row: Row = {
        "kind": event.kind,
        "department": None if event.department is UNSET else event.department,
        **_held_by(event.holder),
        "representatives": _json(event.representatives),
        "checks": "[]",
        "status": "applied",
        "reason": None,
        "position": entry.position,
        "at": entry.at,
    }
    if batch.row(openings, event.account) is None:
        batch.add(openings, {"account": event.account, **row}, event.account)
    else:
        batch.change(openings, event.account, row)


def _review(batch: Batch, event: AccountReviewed) -> None:
    """Tick what was looked at; a point that is ticked again has its last document."""
    kept = _row(batch, openings, event.account)
    checks = {check.item: check for check in _checks.decode(str(kept["checks"]))}
    checks |= {check.item: check for check in event.checks}
    under_review: Row = {"status": "under_review", "checks": _json(tuple(checks.values()))}
    batch.change(openings, event.account, under_review)


def _decide(batch: Batch, entry: Entry, event: AccountDecided) -> None:
    answer: Row = {"status": event.outcome, "reason": event.reason}
    batch.change(openings, event.account, answer)
    if event.outcome == "opened":
        asked = _row(batch, openings, event.account)
        held = {name: asked[name] for name in (*HELD_BY, "kind", "department")}
        _open(batch, entry, event.account, held, _people.decode(str(asked["representatives"])))


def _open(
    batch: Batch, entry: Entry, account: str, held: Row, people: Iterable[Representative]
) -> None:
    row: Row = dict.fromkeys((*HELD_BY, "kind", "department", "reason", "successor"))
    row |= {"account": account, "status": "open", "representatives": "[]", **held}
    batch.add(accounts, row | {"position": entry.position, "at": entry.at}, account)
    for one in people:
        _lead(batch, entry, account, (), one)


def _lead(
    batch: Batch,
    entry: Entry,
    account: str,
    dismissed: Iterable[str],
    appointed: Representative | None,
) -> None:
    """Keep who leads an account, in the order of their appointment."""
    gone = set(dismissed)
    for actor in gone:
        batch.change(representatives, f"{account}/{actor}", {"status": "dismissed"})
    led = _actors.decode(str(_row(batch, accounts, account)["representatives"]))
    led = tuple(actor for actor in led if actor not in gone)
    if appointed is not None:
        led = (*(actor for actor in led if actor != appointed.actor), appointed.actor)
        _appoint(batch, entry, account, appointed)
    batch.change(accounts, account, {"representatives": _json(led)})


def _appoint(batch: Batch, entry: Entry, account: str, one: Representative) -> None:
    named = f"{account}/{one.actor}"
    row: Row = {
        "role": one.role,
        "commitment": None if one.commitment is UNSET else one.commitment,
        "status": "appointed",
        "position": entry.position,
        "at": entry.at,
    }
    if batch.row(representatives, named) is None:
        row |= {"representative": named, "account": account, "actor": one.actor}
        batch.add(representatives, row, named)
    else:
        batch.change(representatives, named, row)


def _grant(batch: Batch, entry: Entry, event: MandateGranted) -> None:
    batch.add(
        mandates,
        {
            "mandate": event.mandate,
            "account": event.account,
            "agent": None if event.agent is UNSET else event.agent,
            "entity": None if event.entity is UNSET else _json(event.entity),
            "actors": _json(event.actors),
            "scope": _json(event.scope),
            "until": event.until,
            "status": "granted",
            "position": entry.position,
            "at": entry.at,
        },
        event.mandate,
    )


def _held_by(holder: Holder) -> Row:
    said = {name: getattr(holder, name) for name in HELD_BY}
    return {name: None if value is UNSET else value for name, value in said.items()}


def _row(batch: Batch, table: Table, key: str) -> Row:
    """Return a row that an earlier fact has made."""
    row = batch.row(table, key)
    assert row is not None, f"{table.name} has no {key}"
    return row


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
