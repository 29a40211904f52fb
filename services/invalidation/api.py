"""The invalidation room over HTTP: using credits up, and the regulator's own act."""

from collections.abc import Iterable

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Select, select

from libs.edge import paging, reads, writes
from libs.edge.desk import Desk
from libs.edge.identity import caller
from libs.edge.writes import Write
from libs.ledger.serials import SerialRange
from services.invalidation import applying, asking, owing, public, reversals
from services.invalidation.commands import (
    AnnulCredits,
    Application,
    CancelCredits,
    InvalidateCredits,
)
from services.invalidation.projection import annulments, retirements
from services.invalidation.telling import told

TAG = ("invalidation", "Using credits up for a stated claim, and annulling them.")
LOT = "JC-FM-000123-01"


async def _used(_: Desk, asked: InvalidateCredits | CancelCredits) -> Iterable[str]:
    """Credits are used up out of the accounts that the lines name."""
    return {line.account for line in asked.lines}


WRITES = (
    Write(
        command="credits.invalidate.v1",
        path="/v1/invalidations",
        body=InvalidateCredits,
        operation="invalidateCredits",
        summary="Use credits up, once and for ever",
        example=InvalidateCredits(
            lines=(
                Application(
                    account="A01",
                    beneficiary="Example Foods Co., Ltd.",
                    purpose="OFFSET_EVENT",
                    detail="Offset of the summer fair 2026.",
                    lot=LOT,
                    serials=(SerialRange(first=401, last=537),),
                ),
            )
        ),
        tag=TAG[0],
        concerns=_used,
        tells=told,
    ),
    Write(
        command="credits.cancel.v1",
        path="/v1/cancellations",
        body=CancelCredits,
        operation="cancelCredits",
        summary="Use credits of a domestic scheme up",
        example=CancelCredits(
            lines=(
                Application(
                    account="A01",
                    beneficiary="Example Foods Co., Ltd.",
                    purpose="ONTAI_NON_UTILITY",
                    lot="KC-000456-01",
                    quantity=5,
                ),
            )
        ),
        tag=TAG[0],
        concerns=_used,
        tells=told,
    ),
    Write(
        command="credits.annul.v1",
        path="/v1/annulments",
        body=AnnulCredits,
        operation="annulCredits",
        summary="Declare credits never to have been good",
        example=AnnulCredits(
            lot=LOT,
            reason="The reduction did not take place.",
            serials=(SerialRange(first=501, last=600),),
        ),
        tag=TAG[0],
    ),
    reversals.COVER,
    *applying.WRITES,
    *owing.WRITES,
)
ROUTES = writes.routes(WRITES)


class RetirementView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Serials that were used up, by whom, for whose claim.

    `energy_kwh` is told with the first range of a use, for all of it.
    """

    position: int
    index: int
    at: str
    verb: str
    account: str
    lot: str
    first: int
    last: int
    quantity: int
    beneficiary: str
    purpose: str
    detail: str | None = None
    period_from: str | None = None
    period_to: str | None = None
    stated_on: str | None = None
    line: int | None = None
    fiscal_year: int | None = None
    scope: str | None = None
    agent: str | None = None
    also: tuple[str, ...] = ()
    place: str | None = None
    country: str | None = None
    energy_kwh: int | None = None
    pool: str | None = None
    corporate_number: str | None = None
    application: str | None = None


class RetirementPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Retirements in the order of the journal."""

    items: tuple[RetirementView, ...]
    next_cursor: str | UnsetType = UNSET


class AnnulmentView(msgspec.Struct, frozen=True, kw_only=True):
    """Serials that were annulled: withdrawn where they were held, marked where they were used."""

    position: int
    index: int
    at: str
    lot: str
    first: int
    last: int
    state: str
    reason: str


class AnnulmentPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Annulments in the order of the journal."""

    items: tuple[AnnulmentView, ...]
    next_cursor: str | UnsetType = UNSET


AT = "2026-04-01T00:00:00.000Z"
EXAMPLE_RETIREMENTS = RetirementPage(
    (
        RetirementView(
            position=8,
            index=0,
            at=AT,
            verb="invalidate",
            account="A01",
            lot=LOT,
            first=401,
            last=537,
            quantity=137,
            beneficiary="Example Foods Co., Ltd.",
            purpose="OFFSET_EVENT",
        ),
    )
)
EXAMPLE_ANNULMENTS = AnnulmentPage(
    (
        AnnulmentView(
            position=9,
            index=0,
            at=AT,
            lot=LOT,
            first=501,
            last=537,
            state="used",
            reason="The reduction did not take place.",
        ),
    )
)


def witness(lot: str, number: int) -> Select[tuple[int]]:
    """Find the annulments of a serial: they mark used credits without moving them."""
    return (
        select(annulments.c.position)
        .where(annulments.c.lot == lot, annulments.c.first <= number)
        .where(annulments.c.last >= number)
    )


def router(desk: Desk) -> APIRouter:
    """Return the room's routes."""
    routes = APIRouter(tags=[TAG[0]])
    writes.add(routes, desk, WRITES)
    _retirements(routes, desk)
    _annulments(routes, desk)
    asking.add(routes, desk)
    applying.add(routes, desk)
    public.add(routes, desk)
    owing.add(routes, desk)
    return routes


def _retirements(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/retirements",
        operation_id="listRetirements",
        summary="Credits that were used up, and for what",
        openapi_extra=reads.described(desk, RetirementPage, EXAMPLE_RETIREMENTS),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        account: paging.Filter = None,
        beneficiary: paging.Filter = None,
        lot: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> RetirementPage:
            wanted = caller(request).own(select(retirements), retirements.c.account)
            asked = {"account": account, "beneficiary": beneficiary, "lot": lot}
            for name, value in asked.items():
                if value is not None:
                    wanted = wanted.where(retirements.c[name] == value)
            keys = (retirements.c.position, retirements.c.index)
            rows, more = paging.page(connection, wanted, keys, limit, after)
            items = tuple(msgspec.convert(applying.opened(row), RetirementView) for row in rows)
            return RetirementPage(items, more)

        return await reads.show(desk, request, view)


def _annulments(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/annulments",
        operation_id="listAnnulments",
        summary="Credits that were annulled",
        openapi_extra=reads.described(desk, AnnulmentPage, EXAMPLE_ANNULMENTS),
    )
    async def annulled(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        lot: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> AnnulmentPage:
            wanted = select(annulments)
            if lot is not None:
                wanted = wanted.where(annulments.c.lot == lot)
            keys = (annulments.c.position, annulments.c.index)
            rows, more = paging.page(connection, wanted, keys, limit, after)
            return AnnulmentPage(tuple(msgspec.convert(row, AnnulmentView) for row in rows), more)

        return await reads.show(desk, request, view)
