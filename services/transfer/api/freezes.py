"""Frozen serials over HTTP."""

import msgspec
from fastapi import APIRouter
from msgspec import UNSET, UnsetType

from libs.edge import lists
from libs.edge.desk import Desk
from libs.edge.writes import Write
from services.transfer.control_tables import freezes
from services.transfer.controls import FreezeSerials, UnfreezeSerials

TAG = "transfer"
LOT, AT = "JC-FM-000123-01", "2026-04-01T00:00:00.000Z"
BASIS = "Order of the Tokyo District Court, 2026 (Ru) 101."

WRITES = (
    Write(
        command="serials.freeze.v1",
        path="/v1/freezes",
        body=FreezeSerials,
        operation="freezeSerials",
        summary="Freeze named serials of an account",
        example=FreezeSerials(account="B02", lot=LOT, first=11, last=20, basis=BASIS),
        tag=TAG,
    ),
    Write(
        command="serials.unfreeze.v1",
        path="/v1/freezes/{freeze:path}/release",
        body=UnfreezeSerials,
        operation="unfreezeSerials",
        summary="Lift a freeze of serials",
        example=UnfreezeSerials(freeze="f-18"),
        tag=TAG,
    ),
)


class FreezeView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A freeze of serials; while it is in force they lie under `code`."""

    freeze: str
    account: str
    lot: str
    first: int
    last: int
    code: str
    status: str
    basis: str
    position: int
    at: str
    expires_at: str | None = None


class FreezePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Freezes in the order of their ids."""

    items: tuple[FreezeView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE = FreezePage(
    (
        FreezeView(
            freeze="f-18",
            account="B02",
            lot=LOT,
            first=11,
            last=20,
            code="LOCK:B02:f-18",
            status="in_force",
            basis=BASIS,
            position=18,
            at=AT,
        ),
    )
)


LIST = lists.Listed(
    path="/v1/freezes",
    operation="listFreezes",
    summary="Frozen serials",
    example=EXAMPLE,
    table=freezes,
    key=("freeze",),
    item=lambda row: msgspec.convert(row, FreezeView),
)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the list of freezes: a holder sees those of its own accounts."""
    lists.add(routes, desk, LIST)
