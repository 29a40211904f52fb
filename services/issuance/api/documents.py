"""The documents of plans over HTTP: which there are, and what they say, to the byte."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.answers import JSON
from libs.edge.desk import Desk
from libs.edge.documents import Documents
from libs.edge.openapi import RESPONSES, ok, problems
from libs.edge.problems import Refused
from libs.edge.writes import Write, received
from libs.ledger.codec import encode
from services.issuance.api.machine import AT, PLAN, must_be_planned
from services.issuance.commands import AttachDocument
from services.issuance.projection.projects import plan_documents

CONTENT = b"Validation report of JC-ER-000124"
DIGEST = "83adc07d6c81e483d084cebed6b863dcf0d31151206ac8e7bda5a6987d3caf30"
BYTES = "application/octet-stream"
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", examples=[DIGEST])]
NAMED = {
    "name": "sha256",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "example": DIGEST,
}
BINARY = {BYTES: {"schema": {"type": "string", "format": "binary"}}}

WRITES = (
    Write(
        command="document.attach.v1",
        path="/v1/plans/{project:path}/documents",
        body=AttachDocument,
        operation="attachDocument",
        summary="Name a document of a plan by its SHA-256",
        example=AttachDocument(kind="VALIDATION_REPORT", project=PLAN, sha256=DIGEST),
        tag="issuance",
    ),
)


class PlanDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The document of a kind that a plan has now."""

    project: str
    kind: str
    sha256: str
    position: int
    at: str


class PlanDocumentPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Documents in the order of their kinds."""

    items: tuple[PlanDocument, ...]
    next_cursor: str | UnsetType = UNSET


class KeptDocument(msgspec.Struct, frozen=True):
    """A document that is kept under its digest."""

    sha256: str
    size: int


EXAMPLE = PlanDocument(project=PLAN, kind="VALIDATION_REPORT", sha256=DIGEST, position=7, at=AT)


def add(routes: APIRouter, desk: Desk) -> None:
    """Add the list of a plan's documents, and the documents themselves."""

    @routes.get(
        "/v1/plans/{project:path}/documents",
        operation_id="listPlanDocuments",
        summary="The documents of a plan",
        openapi_extra=reads.described(
            desk, PlanDocumentPage, PlanDocumentPage((EXAMPLE,)), {"project": PLAN}
        ),
    )
    async def every(
        request: Request,
        project: str,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
    ) -> Response:
        def view(connection: Connection) -> PlanDocumentPage:
            must_be_planned(connection, project)
            wanted = select(plan_documents).where(plan_documents.c.project == project)
            keys = (plan_documents.c.kind,)
            rows, more = paging.page(connection, wanted, keys, limit, after)
            items = tuple(msgspec.convert(row, PlanDocument) for row in rows)
            return PlanDocumentPage(items, more)

        return await reads.show(desk, request, view)

    _kept(routes, desk)


def _kept(routes: APIRouter, desk: Desk) -> None:
    said = ok(desk.catalog, KeptDocument, "It is kept.", KeptDocument(DIGEST, len(CONTENT)))
    refused = problems(404, 408, 413, 422, 500, 503)

    @routes.put(
        "/v1/documents/{sha256}",
        operation_id="putDocument",
        summary="Keep a document under its SHA-256",
        openapi_extra={
            "parameters": [NAMED],
            "requestBody": {"required": True, "content": BINARY},
            RESPONSES: {"200": said, **refused},
        },
    )
    async def put(request: Request, sha256: Sha256) -> Response:
        store = _store(desk)
        data = await received(request)
        await run_in_threadpool(store.put, sha256, data)
        return Response(encode(KeptDocument(sha256, len(data))), 200, media_type=JSON)

    @routes.get(
        "/v1/documents/{sha256}",
        operation_id="getKeptDocument",
        summary="A document by its SHA-256",
        openapi_extra={
            "parameters": [NAMED],
            RESPONSES: {"200": {"description": "Its bytes.", "content": BINARY}, **refused},
        },
    )
    async def get(sha256: Sha256) -> Response:
        data = await run_in_threadpool(_store(desk).get, sha256)
        shown = {"Content-Disposition": f'attachment; filename="{sha256}"'}
        return Response(data, 200, shown, BYTES)


def _store(desk: Desk) -> Documents:
    """Return where documents are kept; never are they shown as what they say they are."""
    if desk.documents is None:
        raise Refused("documents_not_kept")
    return desk.documents
