"""A TCP proxy that understands Kafka's frames, so that it can lose what a broker answers.

It reads of each request only its size, API key, version and correlation id, and knows by their
order which response answers which request. It changes no byte of what it lets pass. The broker
must advertise the proxy's port, or clients find their way around it.
"""

import asyncio
import socket
import struct
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from random import Random
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

PRODUCE, FETCH, METADATA = 0, 1, 3
"""API keys: https://kafka.apache.org/protocol#protocol_api_keys."""

HEAD = struct.Struct(">hhi")
RESET_AT_ONCE = struct.pack("ii", 1, 0)
FRAME_BYTES_MAX = 128 * 1024 * 1024


class Act(Enum):
    """What becomes of a frame."""

    LET = "let"
    DROP = "drop"
    """It never comes, nor anything behind it; nobody hangs up before the proxy is to `release`."""
    RESET = "reset"
    """The connection is reset in its place."""
    CUT = "cut"
    """Half of it comes, then the connection is reset."""
    TWICE = "twice"
    HOLD = "hold"
    """It comes once the proxy is told to `release`."""


class Frame(NamedTuple):
    """A request, or the response to one."""

    key: int
    version: int
    correlation: int
    size: int
    response: bool


Plan: TypeAlias = Callable[[Frame], Act]


def letting_pass(_: Frame) -> Act:
    """Let everything pass."""
    return Act.LET


def losing(share: float, chance: Random, acts: tuple[Act, ...], key: int = PRODUCE) -> Plan:
    """Lose a share of the responses of one API, by one of the acts each time."""

    def plan(frame: Frame) -> Act:
        strikes = frame.response and frame.key == key and chance.random() < share
        return chance.choice(acts) if strikes else Act.LET

    return plan


class Proxy:
    """Stands between clients and one broker, on 127.0.0.1; `plan` may be changed at any time.

    `done` counts what became of the frames, by API key and act. Requests that ask for no response
    (acks=0) would break the pairing: no client here sends any.
    """

    def __init__(self, port: int, broker: int, plan: Plan = letting_pass) -> None:
        self.port = port
        self.plan = plan
        self.done: Counter[tuple[int, Act]] = Counter()
        self._broker = broker
        self._free = asyncio.Event()
        self._moved = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up on everybody."""
        assert self._server is not None
        self._server.close()
        await asyncio.sleep(0)  # whoever was let in begins
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def lost(self) -> int:
        """How many frames did not come as they should."""
        return sum(count for (_, act), count in self.done.items() if act is not Act.LET)

    def release(self) -> None:
        """Let go of what is held, and hold nothing until the plan says so again."""
        self._free.set()
        self._free = asyncio.Event()

    async def until(self, key: int, act: Act) -> None:
        """Wait until this was done to a frame of this API."""
        while not self.done[key, act]:
            await self._moved.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        task.add_done_callback(self._links.discard)
        try:
            await self._link(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry frames both ways until either side hangs up."""
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._broker)
        except OSError:
            _reset(writer)
            return
        asked: deque[Frame] = deque()
        ways = [
            asyncio.create_task(self._requests(reader, back, asked)),
            asyncio.create_task(self._responses(there, writer, asked)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.close()
            back.close()
            await asyncio.gather(*ways, _closed(writer), _closed(back), return_exceptions=True)

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: deque[Frame]
    ) -> None:
        while True:
            raw = await _frame(reader)
            key, version, correlation = HEAD.unpack_from(raw)
            frame = Frame(key, version, correlation, len(raw), response=False)
            asked.append(frame)
            await self._carry(frame, raw, writer)

    async def _responses(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: deque[Frame]
    ) -> None:
        while True:
            raw = await _frame(reader)
            request = asked.popleft()
            (correlation,) = struct.unpack_from(">i", raw)
            assert correlation == request.correlation, "a response answers another request"
            await self._carry(request._replace(size=len(raw), response=True), raw, writer)

    async def _carry(self, frame: Frame, raw: bytes, writer: asyncio.StreamWriter) -> None:
        act = self.plan(frame)
        self.done[frame.key, act] += 1
        whole = len(raw).to_bytes(4) + raw
        self._moved.set()
        self._moved = asyncio.Event()
        if act in (Act.HOLD, Act.DROP):
            await self._free.wait()
        if act is Act.CUT:
            whole = whole[: len(whole) // 2]
        elif act is Act.TWICE:
            whole += whole
        if act not in (Act.RESET, Act.DROP):
            writer.write(whole)
            await writer.drain()
        if act in (Act.RESET, Act.DROP, Act.CUT):
            _reset(writer)
            raise ConnectionResetError


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Wait until what was written is sent, for a second at most."""
    try:
        async with asyncio.timeout(1):
            await writer.wait_closed()
    finally:
        writer.transport.abort()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """Read one frame without its size; raise ConnectionResetError where there is none any more."""
    try:
        size = int.from_bytes(await reader.readexactly(4))
        if size > FRAME_BYTES_MAX:
            raise ConnectionResetError
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError:
        raise ConnectionResetError from None


def _reset(writer: asyncio.StreamWriter) -> None:
    """Hang up without a word: what waits to be sent is lost, and the other side gets a reset."""
    wire = writer.get_extra_info("socket")
    with suppress(OSError):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
    writer.transport.abort()
