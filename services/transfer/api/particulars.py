"""Who a representative is in person, for operators alone, until it is erased."""

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from libs.edge import particulars
from libs.edge.answers import JSON
from libs.edge.desk import Desk
from libs.edge.openapi import RESPONSES, ok, problems
from libs.edge.particulars import Kept, Particulars
from libs.edge.problems import Refused
from libs.ledger.codec import encode

AT = "2026-04-01T00:00:00.000Z"
EXAMPLE = Kept(
    commitment="3" * 64,
    actor="holder:d04",
    status="kept",
    created_at=AT,
    particulars=Particulars(name="例示 太郎", position="環境部長"),
)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the one read; `tonne particulars` keeps and erases."""
    found = ok(desk.catalog, Kept, "What is kept, or that it was erased.", EXAMPLE)
    named = {
        "name": "commitment",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "example": EXAMPLE.commitment,
    }
    said = {"parameters": [named], RESPONSES: {"200": found, **problems(404, 422, 500, 503)}}

    @routes.get(
        "/v1/particulars/{commitment}",
        operation_id="getParticulars",
        summary="Who a representative is in person",
        openapi_extra=said,
    )
    async def one(_: Request, commitment: str) -> Response:
        kept = await run_in_threadpool(particulars.find, desk.registry.views, commitment)
        if kept is None:
            raise Refused("particulars_not_found")
        position = str(desk.registry.head.position - 1)
        headers = {"Cache-Control": "no-store", "Ledger-Position": position}
        return Response(encode(msgspec.to_builtins(kept)), 200, headers, JSON)
