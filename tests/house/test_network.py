"""The tests' own guard holds: loopback is reached, nothing else is."""

import asyncio
import socket

import pytest

OUTSIDE = "192.0.2.1"  # reserved for documentation, routed nowhere


def test_another_machine_is_not_reached() -> None:
    with socket.socket() as plain, pytest.raises(Exception, match=OUTSIDE):
        plain.connect((OUTSIDE, 80))
    with socket.socket() as plain, pytest.raises(Exception, match=OUTSIDE):
        plain.connect_ex((OUTSIDE, 80))


def test_another_name_is_not_looked_up() -> None:
    with pytest.raises(Exception, match=r"example\.org"):
        socket.create_connection(("example.org", 80))


async def test_asyncio_reaches_loopback_only() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.close()
        await writer.wait_closed()
    with pytest.raises(Exception, match=OUTSIDE):
        await asyncio.open_connection(OUTSIDE, 80)
