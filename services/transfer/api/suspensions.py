"""Suspended movements over HTTP."""

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.writes import Write
from services.transfer.control_tables import suspensions
from services.transfer.controls import ResumeMovements, SuspendMovements

TAG = "transfer"
AT = "2026-04-01T00:00:00.000Z"
WHY = "Keys of several holders were stolen."

WRITES = (
    Write(
        command="movements.suspend.v1",
        path="/v1/suspensions",
        body=SuspendMovements,
        operation="suspendMovements",
        summary="Propose that nothing of a scheme moves",
        example=SuspendMovements(scheme="JC", reason=WHY),
        tag=TAG,
    ),
    Write(
        command="movements.resume.v1",
        path="/v1/suspensions/resumption",
        body=ResumeMovements,
        operation="resumeMovements",
        summary="Propose that a scheme moves again",
        example=ResumeMovements(scheme="JC"),
        tag=TAG,
    ),
)


class SuspensionView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Movements that are suspended; of every scheme where none is named."""

    suspension: str
    status: str
    reason: str
    position: int
    at: str
    scheme: str | None = None


class SuspensionPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Suspensions in the order of their ids."""

    items: tuple[SuspensionView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE = SuspensionPage(
    (
        SuspensionView(
            suspension="s-18", scheme="JC", status="in_force", reason=WHY, position=18, at=AT
        ),
    )
)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the list of suspensions, those in force and those of the past."""

    @routes.get(
        "/v1/suspensions",
        operation_id="listSuspensions",
        summary="Suspended movements",
        openapi_extra=reads.described(desk, SuspensionPage, EXAMPLE),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        status: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> SuspensionPage:
            wanted = select(suspensions)
            if status is not None:
                wanted = wanted.where(suspensions.c.status == status)
            key = (suspensions.c.suspension,)
            rows, more = paging.page(connection, wanted, key, limit, after)
            return SuspensionPage(tuple(msgspec.convert(row, SuspensionView) for row in rows), more)

        return await reads.show(desk, request, view)
