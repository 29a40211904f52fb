"""The journal as a stream: the stored bytes, untouched, one entry after the other."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.responses import StreamingResponse

from libs.edge.registry import Registry

ENTRIES_AT_ONCE = 256
HEARTBEAT_SECONDS = 15.0
LINES, EVENTS = "application/x-ndjson", "text/event-stream"


def stream(registry: Registry, start: int, end: int | None, *, events: bool) -> StreamingResponse:
    """Send entries from a position on: up to `end`, or for as long as the client listens."""
    head = str(registry.head.position - 1)
    headers = {"Ledger-Position": head, "X-Accel-Buffering": "no"}
    body = _chunks(registry, start, end, events=events)
    return StreamingResponse(body, 200, headers, EVENTS if events else LINES)


async def _chunks(
    registry: Registry, position: int, end: int | None, *, events: bool
) -> AsyncIterator[bytes]:
    while end is None or position < end:
        most = ENTRIES_AT_ONCE if end is None else min(ENTRIES_AT_ONCE, end - position)
        entries = await _next(registry, position, most, HEARTBEAT_SECONDS if events else None)
        if not entries:
            yield b":\n\n"
        elif events:
            numbered = enumerate(entries, position)
            yield b"".join(b"id: %d\ndata: %b\n\n" % (number, entry) for number, entry in numbered)
        else:
            yield b"".join(entry + b"\n" for entry in entries)
        position += len(entries)


async def _next(
    registry: Registry, position: int, most: int, patience: float | None
) -> Sequence[bytes]:
    """Wait for entries; where none comes, say so with nothing, so that proxies stay awake."""
    try:
        return await asyncio.wait_for(registry.entries(position, most), patience)
    except TimeoutError:
        return ()
