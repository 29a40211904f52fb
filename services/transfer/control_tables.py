"""The tables of the controls: what is suspended, and since when."""

from collections.abc import Sequence

from msgspec import UNSET
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row
from libs.edge.schema import METADATA, words
from libs.ledger.accounts import lock
from libs.ledger.entry import Entry
from libs.ledger.events import (
    CreditPosting,
    FreezeExpired,
    LimitChanged,
    LimitCounted,
    MovementsResumed,
    MovementsSuspended,
    SerialsFrozen,
    SerialsUnfrozen,
    TransferReversed,
    TrustedAdded,
    TrustedRemoved,
)
from libs.ledger.postings import size
from libs.ledger.records.controls import pair

suspensions = Table(
    "suspensions",
    METADATA,
    Column("suspension", words(), primary_key=True),
    Column("scheme", words()),
    Column("status", words(), nullable=False),
    Column("reason", words(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("status IN ('in_force', 'resumed')", name="suspensions_status"),
)

freezes = Table(
    "freezes",
    METADATA,
    Column("freeze", words(), primary_key=True),
    Column("account", words(), nullable=False),
    Column("lot", words(), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("code", words(), nullable=False),
    Column("status", words(), nullable=False),
    Column("basis", words(), nullable=False),
    Column("expires_at", words()),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("status IN ('in_force', 'lifted', 'expired')", name="freezes_status"),
    Index("freezes_by_account", "account", "status"),
)

trusted = Table(
    "trusted",
    METADATA,
    Column("entry", words(), primary_key=True),
    Column("account", words(), nullable=False),
    Column("trusted", words(), nullable=False),
    Column("status", words(), nullable=False),
    Column("effective_at", words(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("status IN ('listed', 'removed')", name="trusted_status"),
    Index("trusted_by_account", "account", "status"),
)

limits = Table(
    "limits",
    METADATA,
    Column("limit", words(), primary_key=True),
    Column("account", words(), nullable=False),
    Column("scheme", words(), nullable=False),
    Column("quantity", BigInteger),
    Column("day", words()),
    Column("moved", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("moved >= 0", name="limits_moved"),
    Index("limits_by_account", "account"),
)

reversals = Table(
    "reversals",
    METADATA,
    Column("order", words(), primary_key=True),
    Column("source", words(), nullable=False),
    Column("target", words(), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("reason", words(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    Index("reversals_by_source", "source"),
    Index("reversals_by_target", "target"),
)

TABLES = (suspensions, freezes, trusted, limits, reversals)


def evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    """Follow the facts of the controls."""
    for entry in entries:
        for event in entry.events:
            match event:
                case MovementsSuspended():
                    _suspend(batch, entry, event)
                case MovementsResumed():
                    batch.change(suspensions, event.suspension, {"status": "resumed"})
                case SerialsFrozen():
                    _freeze(batch, entry, event)
                case SerialsUnfrozen():
                    batch.change(freezes, event.freeze, {"status": "lifted"})
                case FreezeExpired():
                    batch.change(freezes, event.freeze, {"status": "expired"})
                case TrustedAdded():
                    _trust(batch, entry, event)
                case TrustedRemoved():
                    batch.change(trusted, event.entry, {"status": "removed"})
                case LimitChanged() | LimitCounted():
                    _limit(batch, entry, event)
                case TransferReversed():
                    _reverse(batch, entry, event)
                case _:
                    pass


def _suspend(batch: Batch, entry: Entry, event: MovementsSuspended) -> None:
    batch.add(
        suspensions,
        {
            "suspension": event.suspension,
            "scheme": None if event.scheme is UNSET else event.scheme,
            "status": "in_force",
            "reason": event.reason,
            "position": entry.position,
            "at": entry.at,
        },
        event.suspension,
    )


def _freeze(batch: Batch, entry: Entry, event: SerialsFrozen) -> None:
    (frozen,) = (one for one in event.postings if isinstance(one, CreditPosting))
    batch.add(
        freezes,
        {
            "freeze": event.freeze,
            "account": event.account,
            "lot": frozen.lot,
            "first": frozen.first,
            "last": frozen.last,
            "code": lock(event.account, event.freeze),
            "status": "in_force",
            "basis": event.basis,
            "expires_at": None if event.expires_at is UNSET else event.expires_at,
            "position": entry.position,
            "at": entry.at,
        },
        event.freeze,
    )


def _trust(batch: Batch, entry: Entry, event: TrustedAdded) -> None:
    batch.add(
        trusted,
        {
            "entry": event.entry,
            "account": event.account,
            "trusted": event.trusted,
            "status": "listed",
            "effective_at": event.effective_at,
            "position": entry.position,
            "at": entry.at,
        },
        event.entry,
    )


def _limit(batch: Batch, entry: Entry, event: LimitChanged | LimitCounted) -> None:
    """Keep the account's own limit, and what left it on the newest day that any did."""
    key = pair(event.account, event.scheme)
    before = batch.row(limits, key)
    if before is None:
        fresh: Row = {"limit": key, "account": event.account, "scheme": event.scheme}
        fresh |= {"quantity": None, "day": None, "moved": 0}
        before = {**fresh, "position": entry.position, "at": entry.at}
        batch.add(limits, before, key)
    changed: Row = {"position": entry.position, "at": entry.at}
    if isinstance(event, LimitChanged):
        changed["quantity"] = None if event.quantity is UNSET else event.quantity
    else:
        moved = before["moved"] if before["day"] == event.day else 0
        changed |= {"day": event.day, "moved": int(moved or 0) + event.quantity}
    batch.change(limits, key, changed)


def _reverse(batch: Batch, entry: Entry, event: TransferReversed) -> None:
    moved = sum(size(one) for one in event.postings if isinstance(one, CreditPosting))
    batch.add(
        reversals,
        {
            "order": event.order,
            "source": event.source,
            "target": event.target,
            "quantity": moved,
            "reason": event.reason,
            "position": entry.position,
            "at": entry.at,
        },
        event.order,
    )
