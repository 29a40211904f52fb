"""`tonne bench webhooks`: calls of one receiver, one behind the other, while very many wait."""

import asyncio
import tempfile
import time
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import msgspec
from sqlalchemy import Engine, insert

from libs.edge.bulk import Row
from libs.edge.database import connect
from services.bench.figures import Bench, Figure, figure, machine, percentile
from services.node import SystemClock
from services.notify import signing
from services.notify.calling import Caller
from services.notify.hooking import Hooking
from services.notify.hooks import PENDING, SENT, Keys, calls, endpoints, sealed
from services.notify.links import Links
from services.notify.outbox import create

Told = Callable[[str], None]

NAME = "receiver"
LINKS = Links("a key of the benchmark")
KEYS = Keys(signing.shared(b"s" * 32), signing.private(b"p" * 32))
PAYLOAD = '{"data":"' + "x" * 600 + '"}'
"""As long as a transfer of a few lines."""

TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


class Size(msgspec.Struct, frozen=True):
    """How much is measured: `calls` in each of `runs`, out of those that wait."""

    calls: int
    runs: int
    waiting: int


FULL = Size(calls=2_000, runs=5, waiting=100_000)
QUICK = Size(calls=100, runs=2, waiting=1_000)


def webhooks(size: Size, told: Told) -> Bench:
    """Measure in a temporary folder, with a receiver on loopback that takes whatever comes."""
    with tempfile.TemporaryDirectory(prefix="tonne-bench-") as folder:
        engine = connect(f"sqlite:///{folder}/registry.db.notices")
        try:
            found = asyncio.run(_rates(engine, size, told))
        finally:
            engine.dispose()
    settings: dict[str, str | int] = {**msgspec.structs.asdict(size), "receivers": 1}
    settings["signatures"] = "HMAC-SHA256 and Ed25519"
    return Bench(machine(), settings, [found])


async def _rates(engine: Engine, size: Size, told: Told) -> Figure:
    """Measure calls per second, beside bare requests to the same receiver."""
    rates: list[float] = []
    floors: list[float] = []
    async with _receiving() as url:
        _fill(engine, url, size.waiting)
        for run in range(size.runs):
            told(f"calls, run {run + 1} of {size.runs}")
            begun = time.perf_counter()
            await _bare(url, size.calls)
            between = time.perf_counter()
            await _called(engine, size.calls)
            floors.append(size.calls / (between - begun))
            rates.append(size.calls / (time.perf_counter() - between))
    return figure("calls of one webhook", "per s", rates, ">= 100", percentile(floors, 0.5))


async def _called(engine: Engine, count: int) -> None:
    """Call until so many calls were taken, as a registry does it all day."""
    assert LINKS.box is not None, "there is a key"
    left, done, now_ms = iter(range(count - 1)), asyncio.Event(), SystemClock().wall_ms

    def told(outcome: str) -> None:
        if outcome != SENT:
            raise RuntimeError(f"a call was {outcome}")
        if next(left, None) is None:
            done.set()

    hooking = Hooking(engine, LINKS.box, Caller(loopback=True), now_ms, told)
    keeping = asyncio.create_task(hooking.keep())
    await done.wait()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def _bare(url: str, count: int) -> None:
    """Send as many requests over one connection, and nothing else."""
    async with httpx.AsyncHTTPTransport(trust_env=False) as wire:
        for _ in range(count):
            asked = httpx.Request("POST", url, content=PAYLOAD)
            response = await wire.handle_async_request(asked)
            await response.aread()
            await response.aclose()


def _fill(engine: Engine, url: str, count: int) -> None:
    """Let one receiver have so many calls to hear."""
    assert LINKS.box is not None, "there is a key"
    create(engine)
    whose: Row = {"name": NAME, "account": "", "url": url, "events": "[]", "state": "active"}
    whose |= {"keys": sealed(LINKS.box, NAME, KEYS), "created_at": 0}
    call: Row = {"endpoint": NAME, "fact": 0, "type": "credits.transferred.v1", "attempts": 0}
    call |= {"payload": PAYLOAD, "state": PENDING, "next_at": 0}
    with engine.begin() as connection:
        connection.execute(insert(endpoints), whose | {"failures": 0, "paused_until": 0})
        rows = [call | {"position": one, "id": f"main-{one}-0"} for one in range(count)]
        connection.execute(insert(calls), rows)


@asynccontextmanager
async def _receiving() -> AsyncIterator[str]:
    """Take every request on loopback, over connections that last; yield where."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                writer.write(TAKEN)
        except (ConnectionError, IncompleteReadError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
