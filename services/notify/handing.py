"""Handing documents out: sealed when somebody asks, and sent to be saved."""

from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from libs.edge import checkpoints, tree_api
from libs.edge.cursors import snapshot
from libs.edge.desk import Desk
from libs.edge.problems import Refused
from libs.ledger.instants import text
from services.notify.batches import Found
from services.notify.documents import Sealer
from services.notify.pages import PDF


async def of_batch(desk: Desk, sealer: Sealer | None, found: Found | None) -> Response:
    """Return a document of a batch: set now, and sealed with its place among the others.

    Raises Refused where the name in it was erased, and as `sealed` does.
    """
    assert found is not None, "whoever has the document is sent it again"
    if found.document is None:
        raise Refused("document_erased")
    from libs.edge.paper.render import render  # noqa: PLC0415 - loads a typesetter

    base = await run_in_threadpool(render, found.document)
    data = await sealed(desk, sealer, base, found.issued_by, found.place)
    return saved(found.number, found.status, PDF, data)


async def sealed(
    desk: Desk, sealer: Sealer | None, base: bytes, position: int, batch: bytes | None = None
) -> bytes:
    """Return a PDF with the entry that records it, the proof of that, and a signature.

    `batch` is its place in a batch, if the entry records the root of one. Raises Refused where
    nobody may seal it, or no checkpoint covers the entry yet.
    """
    if sealer is None:
        raise Refused("seal_unavailable")
    signed = await tree_api.covering(desk, position)
    (entry,) = await desk.registry.entries(position, 1)

    def seal() -> bytes:
        with snapshot(desk.registry.views) as connection:
            proof = checkpoints.proof(connection, signed, position)
        return sealer.seal(base, entry, proof, text(desk.registry.now_ms()), batch)

    return await run_in_threadpool(seal)


def saved(number: str, status: str, media: str, data: bytes) -> Response:
    """Return a document to be saved, never shown as what it says it is."""
    name = f"{number}.{'pdf' if media == PDF else 'json'}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Notice-Status": status,
        "Cache-Control": "private, no-store",
    }
    return Response(data, 200, headers, media)
