"""Duties over HTTP: who must make good for credits, and what was used up for that."""

from collections.abc import Iterable

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, func, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.identity import caller
from libs.edge.writes import Write
from services.invalidation.commands import DischargeDuty
from services.invalidation.projection import discharges, duties
from services.invalidation.telling import told

LOT, AT = "JC-FM-000123-01", "2026-04-01T00:00:00.000Z"


async def _paid(_: Desk, asked: DischargeDuty) -> Iterable[str]:
    """A duty is discharged out of the account that the command names."""
    return {asked.account}


WRITES = (
    Write(
        command="duty.discharge.v1",
        path="/v1/duties/{duty}/discharge",
        body=DischargeDuty,
        operation="dischargeDuty",
        summary="Use up credits for annulled ones that must be replaced",
        example=DischargeDuty(account="A01", duty="d-9-0", quantity=5),
        tag="invalidation",
        concerns=_paid,
        tells=told,
    ),
)


class DutyView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who must make good for how many credits, and how many of them are left.

    They were annulled, of the `lot`, or a removal of the `project` was lost.
    """

    duty: str
    debtor: str
    lot: str = ""
    project: str | None = None
    quantity: int
    left: int
    position: int
    at: str


class DutyPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Duties in the order of their ids."""

    items: tuple[DutyView, ...]
    next_cursor: str | UnsetType = UNSET


class DischargeView(msgspec.Struct, frozen=True, kw_only=True):
    """Credits of an account that were used up for a duty, and what it still asked for after."""

    position: int
    at: str
    duty: str
    account: str
    quantity: int
    remaining: int


class DischargePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Discharges in the order of the journal."""

    items: tuple[DischargeView, ...]
    next_cursor: str | UnsetType = UNSET


DUTIES = DutyPage(
    (
        DutyView(
            duty="d-9-0",
            debtor="Example Forestry Co., Ltd.",
            lot=LOT,
            quantity=37,
            left=32,
            position=9,
            at=AT,
        ),
    )
)
DISCHARGES = DischargePage(
    (DischargeView(position=12, at=AT, duty="d-9-0", account="A01", quantity=5, remaining=32),)
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Give the lists of duties and of what was used up for them their routes."""

    @routes.get(
        "/v1/duties",
        operation_id="listDuties",
        summary="Who must make good for credits that were annulled or lost",
        openapi_extra=reads.described(desk, DutyPage, DUTIES),
    )
    async def owed(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        debtor: paging.Filter = None,
        lot: paging.Filter = None,
        project: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> DutyPage:
            paid = select(func.sum(discharges.c.quantity)).where(discharges.c.duty == duties.c.duty)
            left = duties.c.quantity - func.coalesce(paid.scalar_subquery(), 0)
            wanted = select(duties, left.label("left"))
            for name, value in {"debtor": debtor, "lot": lot, "project": project}.items():
                if value is not None:
                    wanted = wanted.where(duties.c[name] == value)
            rows, more = paging.page(connection, wanted, (duties.c.duty,), limit, after)
            shown = (msgspec.convert({**row, "left": int(row["left"])}, DutyView) for row in rows)
            return DutyPage(tuple(shown), more)

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/discharges",
        operation_id="listDischarges",
        summary="What was used up to replace annulled credits",
        openapi_extra=reads.described(desk, DischargePage, DISCHARGES),
    )
    async def paid_for(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        duty: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> DischargePage:
            wanted = caller(request).own(select(discharges), discharges.c.account)
            if duty is not None:
                wanted = wanted.where(discharges.c.duty == duty)
            rows, more = paging.page(connection, wanted, (discharges.c.position,), limit, after)
            return DischargePage(tuple(msgspec.convert(row, DischargeView) for row in rows), more)

        return await reads.show(desk, request, view)
