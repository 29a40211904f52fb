"""A client that is slow to say what it wants is told so, and keeps nobody's place."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from libs.edge import connections, writes
from libs.edge.connections import Prompt
from libs.edge.documents import Documents
from tests.edge.twin import Client

Speaking = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Open = Callable[[], Awaitable[Speaking]]


@asynccontextmanager
async def served(client: Client) -> AsyncIterator[Open]:
    """Serve the application on a free port of loopback."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    config = uvicorn.Config(
        client.app, log_config=None, access_log=False, http=Prompt, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve(sockets=[listening]))
    try:
        yield lambda: asyncio.open_connection(*listening.getsockname())
    finally:
        server.should_exit = True
        await task


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one answer that says its length."""
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        return int(head.split()[1]), await reader.readexactly(length)


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Read until the server closes."""
    async with asyncio.timeout(10):
        return await reader.read()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)


@pytest.mark.parametrize("said", [b"", b"GET /livez HTTP/1.1\r\nHost: 127", b"GET "])
async def test_a_head_that_does_not_come_is_given_up(
    client: Client, hurry: None, said: bytes
) -> None:
    async with served(client) as connect:
        reader, writer = await connect()
        writer.write(said)
        told = await rest(reader)
        assert told.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"head_too_slow"' in told
        writer.close()


async def test_a_byte_now_and_then_buys_no_time(client: Client, hurry: None) -> None:
    async with served(client) as connect:
        reader, writer = await connect()

        writer.write(b"GET /")

        async def drip() -> None:
            while True:
                writer.write(b"a")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        assert (await rest(reader)).startswith(b"HTTP/1.1 408 ")
        dripping.cancel()
        writer.close()


async def test_the_second_head_of_a_connection_counts_too(client: Client, hurry: None) -> None:
    async with served(client) as connect:
        reader, writer = await connect()
        whole = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        for _ in range(3):
            writer.write(whole)
            assert await answer(reader) == (200, b"ok\n")
            await asyncio.sleep(2 * connections.HEAD_SECONDS)  # longer, between two requests
        writer.write(whole[:20])
        assert (await rest(reader)).startswith(b"HTTP/1.1 408 ")
        writer.close()


@pytest.mark.parametrize("line", [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\nX:1\r\n"])
async def test_a_head_has_a_bound(client: Client, line: bytes) -> None:
    async with served(client) as connect:
        reader, writer = await connect()
        writer.write(line)
        more = b"X: 1\r\n" if line.endswith(b"\n") else b"a"
        writer.write(more * ((connections.HEAD_BYTES_MAX - len(line)) // len(more) + 1))
        told = await rest(reader)
        assert told.startswith(b"HTTP/1.1 431 ")
        assert b'"code":"head_too_large"' in told
        writer.close()


async def test_empty_lines_between_requests_keep_nobodys_place(client: Client, hurry: None) -> None:
    async with served(client) as connect:
        reader, writer = await connect()
        writer.write(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert await answer(reader) == (200, b"ok\n")
        writer.write(b"\r\n")
        assert (await rest(reader)).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_head_that_begins_in_the_piece_of_another_counts(
    client: Client, hurry: None
) -> None:
    async with served(client) as connect:
        reader, writer = await connect()
        whole = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        writer.write(whole + whole + whole[:20])
        assert await answer(reader) == (200, b"ok\n")
        assert await answer(reader) == (200, b"ok\n")
        assert (await rest(reader)).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_slow_answer_and_a_slow_body_are_not_the_heads_fault(
    client: Client, hurry: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(records: list[bytes], _: int) -> list[bytes]:
        await asyncio.sleep(0.5)
        return [client.twin.fold(record) for record in records]

    monkeypatch.setattr(client.twin, "ask", slow)
    body = b'{"account":"A01","name":"A"}'
    async with served(client) as connect:
        reader, writer = await connect()
        writer.write(
            b"POST /v1/accounts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Idempotency-Key: 00000000-0000-0000-0000-0000000000aa\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        await asyncio.sleep(0.5)
        writer.write(body)
        status, told = await answer(reader)
        assert (status, b'"verdict":"accepted"' in told) == (201, True)
        writer.close()


@pytest.mark.parametrize("asked", [b"POST /v1/accounts", b"PUT /v1/documents/" + b"0" * 64])
async def test_a_body_that_does_not_come_is_given_up(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: bytes
) -> None:
    monkeypatch.setattr(writes, "BODY_SECONDS", 0.1)
    client.desk.documents = Documents(tmp_path)
    head = client.twin.head
    async with served(client) as connect:
        reader, writer = await connect()
        writer.write(
            asked + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Idempotency-Key: 00000000-0000-0000-0000-0000000000aa\r\n"
            b'Content-Length: 28\r\n\r\n{"account":"A01"'
        )
        told = await rest(reader)
        assert told.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"body_too_slow"' in told
        writer.close()
    assert client.twin.head == head
