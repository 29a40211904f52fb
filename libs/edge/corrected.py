"""Errors that were put right 訂正仕訳, over HTTP: which entry, by which, what went back."""

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.answered import compensations
from libs.edge.desk import Desk


class Back(msgspec.Struct, frozen=True):
    """Serials of a lot that went back to where they had come from."""

    lot: str
    first: int
    last: int
    source: str
    target: str


class Compensation(msgspec.Struct, frozen=True):
    """An entry that was compensated, once, by that at `position`."""

    position: int
    at: str
    compensated: int
    reason: str
    moved: tuple[Back, ...]


class CompensationPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Compensations in the order of the journal."""

    items: tuple[Compensation, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE = CompensationPage(
    (
        Compensation(
            position=12,
            at="2026-04-01T00:00:00.000Z",
            compensated=9,
            reason="Sent to the wrong company of the group.",
            moved=(Back("JC-FM-000123-01", 1, 20, "HOLD:B02", "HOLD:A01"),),
        ),
    )
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Add the list of compensations."""

    @routes.get(
        "/v1/compensations",
        operation_id="listCompensations",
        summary="What entries moved in error and went back",
        openapi_extra=reads.described(desk, CompensationPage, EXAMPLE),
    )
    async def every(
        request: Request, limit: paging.Limit = paging.PAGE, after: paging.After = None
    ) -> Response:
        def view(connection: Connection) -> CompensationPage:
            keys = (compensations.c.position,)
            rows, more = paging.page(connection, select(compensations), keys, limit, after)
            for row in rows:
                row["moved"] = msgspec.json.decode(row["moved"])
            return CompensationPage(tuple(msgspec.convert(row, Compensation) for row in rows), more)

        return await reads.show(desk, request, view)
