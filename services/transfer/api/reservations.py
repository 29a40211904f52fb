"""What is set aside, over HTTP."""

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.identity import caller
from services.transfer.projection import reservations

AT = "2026-04-01T00:00:00.000Z"


class ReservationView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Credits set aside under an order."""

    order: str
    account: str
    code: str
    quantity: int
    status: str
    position: int
    at: str
    expires_at: str | None = None


class ReservationPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Reservations in the order of their ids."""

    items: tuple[ReservationView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE_RESERVATIONS = ReservationPage(
    (
        ReservationView(
            order="o-9",
            account="B02",
            code="LOCK:B02:o-9",
            quantity=10,
            status="open",
            position=9,
            at=AT,
        ),
    )
)


def of_reservations(routes: APIRouter, desk: Desk) -> None:
    """Add the list of what is set aside."""

    @routes.get(
        "/v1/reservations",
        operation_id="listReservations",
        summary="Credits set aside",
        openapi_extra=reads.described(desk, ReservationPage, EXAMPLE_RESERVATIONS),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        account: paging.Filter = None,
        status: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> ReservationPage:
            wanted = caller(request).own(select(reservations), reservations.c.account)
            if account is not None:
                wanted = wanted.where(reservations.c.account == account)
            if status is not None:
                wanted = wanted.where(reservations.c.status == status)
            rows, more = paging.page(connection, wanted, (reservations.c.order,), limit, after)
            items = tuple(msgspec.convert(row, ReservationView) for row in rows)
            return ReservationPage(items, more)

        return await reads.show(desk, request, view)
