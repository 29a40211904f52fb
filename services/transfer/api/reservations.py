"""What is set aside, over HTTP."""

import msgspec
from fastapi import APIRouter
from msgspec import UNSET, UnsetType

from libs.edge import lists
from libs.edge.desk import Desk
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


LIST = lists.Listed(
    path="/v1/reservations",
    operation="listReservations",
    summary="Credits set aside",
    example=EXAMPLE_RESERVATIONS,
    table=reservations,
    key=("order",),
    item=lambda row: msgspec.convert(row, ReservationView),
)


def of_reservations(routes: APIRouter, desk: Desk) -> None:
    """Add the list of what is set aside."""
    lists.add(routes, desk, LIST)
