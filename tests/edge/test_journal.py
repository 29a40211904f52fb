"""The journal over HTTP: the stored bytes, untouched, once or for as long as one listens."""

import asyncio
from collections.abc import MutableMapping, Sequence
from typing import Any

import pytest

from libs.edge import stream
from tests.edge.twin import Client, move


async def test_the_lines_are_the_stored_bytes(filled: Client) -> None:
    response = await filled.get("/v1/journal?follow=false")
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.content == b"".join(raw + b"\n" for raw in filled.twin.journal)
    rest = await filled.get("/v1/journal?follow=false&after=2")
    assert rest.content == b"".join(raw + b"\n" for raw in filled.twin.journal[3:])
    none = await filled.get("/v1/journal?follow=false&after=999")
    assert (none.status_code, none.content) == (200, b"")


async def test_events_carry_their_position(filled: Client) -> None:
    response = await filled.get("/v1/journal?follow=false", Accept="text/event-stream")
    assert response.headers["content-type"].startswith("text/event-stream")
    events = response.text.rstrip("\n").split("\n\n")
    assert [event.split("\n")[0] for event in events] == [
        f"id: {position}" for position in range(filled.twin.head.position)
    ]
    assert events[1].split("\n")[1] == f"data: {filled.twin.journal[1].decode()}"
    later = await filled.get(
        "/v1/journal?follow=false", Accept="text/event-stream", Last_Event_ID="3"
    )
    assert later.text.startswith("id: 4\n")
    wrong = await filled.get("/v1/journal", Accept="text/event-stream", Last_Event_ID="9" * 5000)
    assert wrong.json()["errors"][0]["parameter"] == "Last-Event-ID"


class Listener:
    """An open request to the application, as a server would hand it over."""

    def __init__(self, client: Client, query: bytes, accept: bytes) -> None:
        self.sent: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "path": "/v1/journal",
            "raw_path": b"/v1/journal",
            "query_string": query,
            "headers": [(b"accept", accept), (b"host", b"127.0.0.1")],
        }
        self.task = asyncio.create_task(client.app(scope, self.receive, self.sent.put))

    async def receive(self) -> MutableMapping[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def body(self) -> bytes:
        async with asyncio.timeout(2):
            message = await self.sent.get()
            return bytes(message.get("body", b""))

    async def leave(self) -> None:
        self.gone.set()
        async with asyncio.timeout(2):
            await self.task


@pytest.fixture
async def listener(filled: Client) -> Listener:
    head = str(filled.twin.head.position - 1).encode()
    return Listener(filled, b"after=" + head, b"*/*")


async def test_a_follower_hears_what_comes_and_can_leave(
    filled: Client, listener: Listener
) -> None:
    assert await listener.body() == b""
    await filled.made("/v1/transfers", move(1))
    assert await listener.body() == filled.twin.journal[-1] + b"\n"
    await filled.made("/v1/transfers", move(2))
    assert await listener.body() == filled.twin.journal[-1] + b"\n"
    await listener.leave()


async def test_a_silent_journal_keeps_the_line_open(
    filled: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(stream, "HEARTBEATS", 1)
    position = filled.twin.head.position
    listener = Listener(filled, b"after=%d" % (position - 1), b"text/event-stream")
    assert await listener.body() == b""
    assert await listener.body() == b":\n\n"
    await filled.made("/v1/transfers", move(1))
    while (event := await listener.body()) == b":\n\n":
        pass
    assert event == b"id: %d\ndata: %b\n\n" % (position, filled.twin.journal[-1])
    await listener.leave()


class Slow:
    """A registry whose next entry comes when the test says so."""

    def __init__(self) -> None:
        self.next = asyncio.get_running_loop().create_future()

    async def entries(self, position: int, most: int) -> Sequence[bytes]:
        found: Sequence[bytes] = await self.next
        return found


@pytest.mark.parametrize("steps", range(5))
async def test_a_cancellation_that_meets_an_entry_is_not_forgotten(steps: int) -> None:
    registry = Slow()
    task = asyncio.create_task(stream._next(registry, 0, 1))  # type: ignore[arg-type]  # all that it asks for
    for _ in range(3):
        await asyncio.sleep(0)
    registry.next.set_result([b"entry"])
    for _ in range(steps):
        await asyncio.sleep(0)
    late = task.done()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() or late


async def test_those_who_never_read_are_counted_and_refused_beyond_a_number(
    filled: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAMS_MAX", 1)
    first = Listener(filled, b"after=0", b"*/*")
    assert await first.body() == b""
    refused = await filled.get("/v1/journal")
    assert (refused.status_code, refused.json()["code"]) == (503, "too_many_streams")
    await first.leave()
    assert (await filled.get("/v1/journal?follow=false")).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:8000"])
async def test_a_page_elsewhere_cannot_speak_to_the_server(filled: Client, host: str) -> None:
    refused = await filled.get("/v1/accounts", Host=host)
    assert (refused.status_code, refused.json()["code"]) == (421, "host_not_allowed")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "LOCALHOST:1"])
async def test_loopback_names_are_ours(filled: Client, host: str) -> None:
    assert (await filled.get("/v1/accounts", Host=host)).status_code == 200
