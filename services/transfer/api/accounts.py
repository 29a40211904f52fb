"""The life of an account over HTTP: its application, its people, its end."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, TypeAlias, TypeVar

import msgspec
from fastapi import APIRouter
from msgspec import UNSET, UnsetType

from libs.edge import lists
from libs.edge.desk import Desk
from libs.edge.letters import KeptOut
from libs.edge.writes import Write
from libs.ledger.events import Check, Holder, Representative
from libs.ledger.verdict import Rejected
from services.transfer.commands.accounts import (
    ApplyAccount,
    Appointed,
    AppointRepresentative,
    BeginClosing,
    CheckedItem,
    DecideAccount,
    DismissRepresentative,
    GrantMandate,
    LegalEntity,
    MergeAccount,
    RecordInsolvency,
    RenameAccount,
    ReplaceRepresentative,
    ReviewAccount,
    RevokeMandate,
)
from services.transfer.decide.accounts import no_legal_entity
from services.transfer.projection.accounts import mandates, openings, representatives

TAG = "transfer"
AT = "2026-04-01T00:00:00.000Z"
V = TypeVar("V", bound=msgspec.Struct)
Concerned: TypeAlias = Callable[[Desk, Any], Awaitable[Iterable[str]]]


class OfAccount(Protocol):
    """A command about one account."""

    @property
    def account(self) -> str:
        """The account that it is about."""


async def _account(_: Desk, asked: OfAccount) -> Iterable[str]:
    return {asked.account}


ENTITY = LegalEntity(
    country="JP",
    name="みどりの森株式会社",
    name_kana="みどりのもり",
    corporate_number="7000012050002",
)


def _write(
    body: msgspec.Struct,
    command: str,
    operation: str,
    path: str,
    summary: str,
    concerns: Concerned | None = None,
    kept_out: KeptOut | None = None,
) -> Write:
    return Write(
        command=command,
        path=path,
        body=type(body),
        operation=operation,
        summary=summary,
        example=body,
        tag=TAG,
        concerns=concerns,
        kept_out=kept_out,
    )


def _no_holder(asked: ApplyAccount) -> Rejected | None:
    """Keep the name of a natural person out: it would stand in the journal as a refused command."""
    return no_legal_entity(asked.holder)


def _no_agent(asked: GrantMandate) -> Rejected | None:
    """Keep the name of a natural person out, who would be an agent."""
    return None if asked.entity is UNSET else no_legal_entity(asked.entity)


APPLICATIONS, ACCOUNT = "/v1/account-applications", "/v1/accounts/{account}"
WRITES = (
    _write(
        ApplyAccount(
            account="D04",
            holder=ENTITY,
            kind="holding",
            representatives=(Appointed("holder:d04", "both", "3" * 64),),
        ),
        "account.apply.v1",
        "applyForAccount",
        APPLICATIONS,
        "Apply for an account",
        _account,
        _no_holder,
    ),
    _write(
        ReviewAccount(
            account="D04",
            checks=(
                CheckedItem("CORPORATE_REGISTER", "4" * 64),
                CheckedItem("REPRESENTATIVE_IDENTITY"),
                CheckedItem("NO_ANTISOCIAL_FORCES"),
            ),
        ),
        "account.review.v1",
        "reviewAccount",
        f"{APPLICATIONS}/{{account}}/review",
        "Look into an application, and tick what is settled",
    ),
    _write(
        DecideAccount(account="D04", outcome="opened", reason="All is settled."),
        "account.decide.v1",
        "decideAccount",
        f"{APPLICATIONS}/{{account}}/decision",
        "Open the account, return the application, or reject it",
    ),
    _write(
        RenameAccount(account="D04", name="株式会社みどりの森", name_kana="みどりのもり"),
        "account.rename.v1",
        "renameAccount",
        f"{ACCOUNT}/rename",
        "Write down the holder's new name",
    ),
    _write(
        MergeAccount(account="D04", successor="A01", reason="Merged on 2026-04-01."),
        "account.merge.v1",
        "mergeAccount",
        f"{ACCOUNT}/merger",
        "Give all that an account holds to its successor, and close it",
    ),
    _write(
        RecordInsolvency(
            account="D04",
            administrator="holder:administrator",
            reason="Decision of the Tokyo District Court.",
        ),
        "insolvency.record.v1",
        "recordInsolvency",
        f"{ACCOUNT}/insolvency",
        "Freeze a bankrupt's account for its administrator",
    ),
    _write(
        BeginClosing(account="D04"),
        "closing.begin.v1",
        "beginClosing",
        f"{ACCOUNT}/closing",
        "Let nothing enter an account any more",
        _account,
    ),
    _write(
        AppointRepresentative(account="D04", representative=Appointed("holder:art", "approver")),
        "representative.appoint.v1",
        "appointRepresentative",
        f"{ACCOUNT}/representatives",
        "Let one more person represent an account",
    ),
    _write(
        DismissRepresentative(account="D04", representative="holder:art"),
        "representative.dismiss.v1",
        "dismissRepresentative",
        f"{ACCOUNT}/representatives/{{representative}}/dismissal",
        "Let a person represent an account no more",
    ),
    _write(
        ReplaceRepresentative(
            account="D04",
            representative="holder:art",
            successor=Appointed("holder:bob", "initiator"),
        ),
        "representative.replace.v1",
        "replaceRepresentative",
        f"{ACCOUNT}/representatives/{{representative}}/replacement",
        "Let one representative follow another",
    ),
    _write(
        GrantMandate(account="D04", scope=("invalidate",), until="2027-03-31", agent="A01"),
        "mandate.grant.v1",
        "grantMandate",
        f"{ACCOUNT}/mandates",
        "Let an agent act for an account",
        _account,
        _no_agent,
    ),
    _write(
        RevokeMandate(account="D04", mandate="m-9"),
        "mandate.revoke.v1",
        "revokeMandate",
        f"{ACCOUNT}/mandates/{{mandate}}/revocation",
        "Let an agent act no more",
        _account,
    ),
)


class OpeningView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An application for an account, what is ticked of it, and what came of it."""

    account: str
    kind: str
    name: str
    name_kana: str
    country: str
    representatives: tuple[Representative, ...]
    checks: tuple[Check, ...]
    status: str
    position: int
    at: str
    department: str | None = None
    corporate_number: str | None = None
    registered_as: str | None = None
    reason: str | None = None


class OpeningPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Applications in the order of the accounts that they ask for."""

    items: tuple[OpeningView, ...]
    next_cursor: str | UnsetType = UNSET


class RepresentativeView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who acts or acted for an account; who that is in person stands in no list."""

    account: str
    actor: str
    role: str
    status: str
    position: int
    at: str
    commitment: str | None = None


class RepresentativePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Representatives in the order of accounts and actors."""

    items: tuple[RepresentativeView, ...]
    next_cursor: str | UnsetType = UNSET


class MandateView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A mandate; it is good to the end of the day `until`, unless it is revoked."""

    mandate: str
    account: str
    scope: tuple[str, ...]
    until: str
    status: str
    position: int
    at: str
    agent: str | None = None
    entity: Holder | None = None
    actors: tuple[str, ...] = ()


class MandatePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Mandates in the order of their ids."""

    items: tuple[MandateView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE_OPENINGS = OpeningPage(
    (
        OpeningView(
            account="D04",
            kind="holding",
            name=ENTITY.name,
            name_kana=ENTITY.name_kana,
            country="JP",
            corporate_number="7000012050002",
            representatives=(Representative(actor="holder:d04", role="both"),),
            checks=(Check(item="CORPORATE_REGISTER", document="4" * 64),),
            status="under_review",
            position=3,
            at=AT,
        ),
    )
)
EXAMPLE_REPRESENTATIVES = RepresentativePage(
    (
        RepresentativeView(
            account="D04", actor="holder:d04", role="both", status="appointed", position=5, at=AT
        ),
    )
)
EXAMPLE_MANDATES = MandatePage(
    (
        MandateView(
            mandate="m-9",
            account="D04",
            agent="A01",
            scope=("invalidate",),
            until="2027-03-31",
            status="granted",
            position=9,
            at=AT,
        ),
    )
)


def _whole(row: dict[str, Any], kind: type[V], *parts: str) -> V:
    """Return a row as a view, what it keeps as JSON unpacked."""
    unpacked = {name: msgspec.json.decode(row[name]) for name in parts if row[name] is not None}
    return msgspec.convert({**row, **unpacked}, kind)


LISTS = (
    lists.Listed(
        path=APPLICATIONS,
        operation="listAccountApplications",
        summary="Applications for accounts",
        example=EXAMPLE_OPENINGS,
        table=openings,
        key=("account",),
        item=lambda row: _whole(row, OpeningView, "representatives", "checks"),
    ),
    lists.Listed(
        path="/v1/representatives",
        operation="listRepresentatives",
        summary="Who acts or acted for accounts",
        example=EXAMPLE_REPRESENTATIVES,
        table=representatives,
        key=("account", "actor"),
        item=lambda row: msgspec.convert(row, RepresentativeView),
    ),
    lists.Listed(
        path="/v1/mandates",
        operation="listMandates",
        summary="Mandates of agents",
        example=EXAMPLE_MANDATES,
        table=mandates,
        key=("mandate",),
        item=lambda row: _whole(row, MandateView, "scope", "actors", "entity"),
        parties=("account", "agent"),
    ),
)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the lists: a holder sees what concerns its own accounts."""
    for listed in LISTS:
        lists.add(routes, desk, listed)
