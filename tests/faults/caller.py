"""HTTP as the clients of a run speak it: one connection, and no doubt about what was sent.

A library would try again by itself, and the history would not know.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

import msgspec

LINE_BYTES_MAX = 1024 * 1024


class NotSent(ConnectionError):
    """Nobody listens there: certainly nothing was asked."""


class Reply(NamedTuple):
    """An answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """Return the body, an object."""
        return msgspec.json.decode(self.body, type=dict[str, object])

    @property
    def position(self) -> int | None:
        """The position that the answer was given behind, if it says one."""
        said = self.headers.get("ledger-position")
        return None if said is None else int(said)


class Caller:
    """One connection to a server on 127.0.0.1, made when it is needed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds: float = 10,
    ) -> Reply:
        """Send a request and return the answer.

        Raises NotSent where there is no connection; OSError or TimeoutError where nobody knows
        what became of the request. A connection that failed is not used again.
        """
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await self._connected()
                writer.write(_request(method, path, headers or {}, body))
                reply = await _reply(reader)
        except BaseException:
            self.hang_up()
            raise
        if reply.headers.get("connection") == "close":
            self.hang_up()
        return reply

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        seconds: float,
    ) -> None:
        """Send a request and hang up a moment later, whatever comes."""
        _, writer = await self._connected()
        writer.write(_request(method, path, headers, body))
        with suppress(OSError):
            await writer.drain()
        await asyncio.sleep(seconds)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection."""
        if self._wire is not None:
            self._wire[1].close()
            self._wire = None

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._wire is None or self._wire[0].at_eof() or self._wire[1].is_closing():
            self.hang_up()
            try:
                self._wire = await asyncio.open_connection(
                    "127.0.0.1", self.port, limit=LINE_BYTES_MAX
                )
            except OSError as wrong:
                raise NotSent(str(wrong)) from None
        return self._wire


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


async def _reply(reader: asyncio.StreamReader) -> Reply:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        status = int(head[0].split(" ")[1])
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        size = int(headers.get("content-length", "0"))
        return Reply(status, headers, await reader.readexactly(size))
    except (asyncio.IncompleteReadError, ValueError, IndexError) as wrong:
        raise ConnectionResetError(str(wrong)) from None
