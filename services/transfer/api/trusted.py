"""The trusted lists over HTTP."""

from collections.abc import Iterable

import msgspec
from fastapi import APIRouter
from msgspec import UNSET, UnsetType

from libs.edge import lists
from libs.edge.desk import Desk
from libs.edge.writes import Write
from services.transfer.control_tables import trusted
from services.transfer.controls import AddTrusted, RemoveTrusted

TAG = "transfer"
AT, EFFECTIVE = "2026-04-01T00:00:00.000Z", "2026-04-07T00:00:00.000Z"


async def _owner(_: Desk, asked: AddTrusted | RemoveTrusted) -> Iterable[str]:
    """A list is the account's that trusts."""
    return {asked.account}


WRITES = (
    Write(
        command="trusted.add.v1",
        path="/v1/accounts/{account}/trusted",
        body=AddTrusted,
        operation="addTrusted",
        summary="Trust an account, some working days from now",
        example=AddTrusted(account="A01", trusted="B02"),
        tag=TAG,
        concerns=_owner,
    ),
    Write(
        command="trusted.remove.v1",
        path="/v1/accounts/{account}/trusted/{trusted}/removal",
        body=RemoveTrusted,
        operation="removeTrusted",
        summary="Trust an account no more, at once",
        example=RemoveTrusted(account="A01", trusted="B02"),
        tag=TAG,
        concerns=_owner,
    ),
)


class TrustedView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account that another trusts, from `effective_at` until it is removed."""

    entry: str
    account: str
    trusted: str
    status: str
    effective_at: str
    position: int
    at: str


class TrustedPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Entries of trusted lists in the order of their ids."""

    items: tuple[TrustedView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE = TrustedPage(
    (
        TrustedView(
            entry="t-9",
            account="A01",
            trusted="B02",
            status="listed",
            effective_at=EFFECTIVE,
            position=9,
            at=AT,
        ),
    )
)


LIST = lists.Listed(
    path="/v1/trusted",
    operation="listTrusted",
    summary="Trusted accounts",
    example=EXAMPLE,
    table=trusted,
    key=("entry",),
    item=lambda row: msgspec.convert(row, TrustedView),
)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the list of whom accounts trust: a holder sees its own."""
    lists.add(routes, desk, LIST)
