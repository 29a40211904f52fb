"""The journal as a stream: the stored bytes, untouched, one entry after the other."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.responses import StreamingResponse

from libs.edge.desk import Desk
from libs.edge.problems import Refused
from libs.edge.registry import Registry

ENTRIES_AT_ONCE = 256
BYTES_AT_ONCE = 256 * 1024
"""About how much is read ahead for one client, so that those who never read cost little."""

STREAMS_MAX = 64
HEARTBEATS = 15
LOOK_SECONDS = 1.0
"""How often a waiting stream looks whether the server is about to stop."""

LINES, EVENTS = "application/x-ndjson", "text/event-stream"


def stream(desk: Desk, start: int, end: int | None, *, events: bool) -> StreamingResponse:
    """Send entries from a position on: up to `end`, or for as long as the client listens.

    Raises Refused where as many clients as are served at once follow already.
    """
    if desk.streams >= STREAMS_MAX:
        raise Refused("too_many_streams", headers={"Retry-After": "5"})
    head = str(desk.registry.head.position - 1)
    headers = {"Ledger-Position": head, "X-Accel-Buffering": "no"}
    body = _counted(desk, start, end, events=events)
    return StreamingResponse(body, 200, headers, EVENTS if events else LINES)


async def _counted(
    desk: Desk, start: int, end: int | None, *, events: bool
) -> AsyncIterator[bytes]:
    desk.streams += 1
    try:
        async for chunk in _chunks(desk, start, end, events=events):
            yield chunk
    finally:
        desk.streams -= 1


async def _chunks(
    desk: Desk, position: int, end: int | None, *, events: bool
) -> AsyncIterator[bytes]:
    most, quiet = 1, 0
    while (end is None or position < end) and not desk.draining:
        entries = await _next(
            desk.registry, position, most if end is None else min(most, end - position)
        )
        quiet = 0 if entries else quiet + 1
        if events and quiet == HEARTBEATS:  # so that proxies stay awake
            quiet = 0
            yield b":\n\n"
        for entry in entries:
            yield b"id: %d\ndata: %b\n\n" % (position, entry) if events else entry + b"\n"
            position += 1
        if entries:
            average = sum(map(len, entries)) // len(entries)
            most = max(1, min(ENTRIES_AT_ONCE, BYTES_AT_ONCE // average))


async def _next(registry: Registry, position: int, most: int) -> Sequence[bytes]:
    """Wait a little for entries."""
    try:
        # Not wait_for: up to Python 3.11 it forgets a cancellation that meets the result.
        async with asyncio.timeout(LOOK_SECONDS):
            return await registry.entries(position, most)
    except TimeoutError:
        return ()
