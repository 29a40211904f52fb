"""One process of notify: the agent, the delivery and their HTTP, in one event loop.

Faust's own worker is not used: it would take the signals and the logging of the process. Its
application is a service like any other, which starts and stops here.
"""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import structlog
import uvicorn
from sqlalchemy import Engine
from typing_extensions import override

from libs.edge.connections import Prompt
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog
from libs.ledger.ports import LedgerFault, LogUnavailable
from services.notify import api
from services.notify.agents import Following
from services.notify.calling import Caller
from services.notify.delivery import LEASE_MS, Post, delivering, wall_ms
from services.notify.documents import Renderer
from services.notify.footing import Footing
from services.notify.hooking import Hooking
from services.notify.issuing import Issuing
from services.notify.links import Links
from services.notify.meters import Meters
from services.notify.outbox import Outbox

GLANCE_SECONDS = 5.0
STALL_SECONDS = 60.0
"""A consumer may live and hear nothing: after so long without a record taken, while there are
some, the process ends, and whoever started it starts another."""

FAUST_SECONDS, HTTP_SECONDS = 3, 2
"""How the ten seconds behind SIGTERM are shared out; delivery has four for the mail on its way."""

_log = structlog.get_logger("notify")


async def run(
    *,
    broker: Broker,
    ledger: str,
    engine: Engine,
    listening: socket.socket,
    smtp: str,
    sender: str,
    lease_ms: int = LEASE_MS,
    links: Links | None = None,
    renderer: Renderer | None = None,
    root: str = "",
    loopback: bool = False,
) -> None:
    """Follow, issue, deliver and answer until SIGTERM or SIGINT; then leave nothing half done.

    Without `smtp` notices wait in the outbox; with `loopback` webhooks may go to this very machine.
    `root` is the address that `links` are at, https://HOST.
    Raises the fault that ended it by itself, if so:
    Halted where a person must look, LogUnavailable where another start may help; ValueError where
    `smtp` or `sender` is no address.
    """
    post = Post(smtp, sender) if smtp else None
    links = links or Links("")
    meters = Meters()
    ended = asyncio.Event()
    following = Following(broker, ledger, await asyncio.to_thread(Outbox, engine), ended)
    desk = api.Desk(following, engine, meters)
    with _signals(ended):
        async with (
            _serving(desk, listening, ended),
            _followed(following),
            _issuing(following, engine, broker, ledger, links, renderer),
            _hooking(following, engine, links, Caller(loopback=loopback)),
            delivering(
                engine, post, meters.delivered, following.fail, lease_ms, Footing(root, links)
            ),
        ):
            await ended.wait()
            desk.draining = True
    if following.fault is not None:
        raise following.fault


@asynccontextmanager
async def _issuing(
    following: Following,
    engine: Engine,
    broker: Broker,
    ledger: str,
    links: Links,
    renderer: Renderer | None,
) -> AsyncIterator[None]:
    """Issue what is owed until the block ends; the reader sees what became of it."""
    log: KafkaLog | None = None

    async def send(records: Sequence[bytes]) -> None:
        nonlocal log
        log = log or await KafkaLog.open(broker, ledger)
        await log.submit(records)

    issuing = Issuing(engine, engine, send, links, wall_ms, renderer)
    try:
        async with _beside(following, issuing.keep(), "issuing"):
            yield
    finally:
        if log is not None:
            await log.close()


@asynccontextmanager
async def _hooking(
    following: Following, engine: Engine, links: Links, caller: Caller
) -> AsyncIterator[None]:
    """Call webhooks until the block ends; without a key there are none."""
    if links.box is None:
        yield
        return
    hooking = Hooking(engine, links.box, caller, wall_ms)
    async with _beside(following, hooking.keep(), "webhooks"):
        yield


@asynccontextmanager
async def _beside(
    following: Following, work: Coroutine[Any, Any, None], name: str
) -> AsyncIterator[None]:
    """Let work go on until the block ends; a bug in it ends the process."""

    def done(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (wrong := task.exception()) is not None:
            following.fail(wrong)

    task = asyncio.create_task(work, name=name)
    task.add_done_callback(done)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=FAUST_SECONDS)


@asynccontextmanager
async def _followed(following: Following) -> AsyncIterator[None]:
    """Run the agent until the block ends."""
    starting = asyncio.create_task(_start(following), name="faust")
    watching = asyncio.create_task(_watch(following), name="watch")
    try:
        yield
    finally:
        for task in (starting, watching):
            task.cancel()
        await asyncio.wait({starting, watching}, timeout=1)
        # A task of its own: what Faust cancels while it stops is not to be us.
        stopping = asyncio.create_task(following.app.stop(), name="faust")
        await asyncio.wait({stopping}, timeout=FAUST_SECONDS)
        if not stopping.done() or stopping.cancelled() or stopping.exception():
            _log.warning("faust_left")  # the broker finds out by itself that we are gone
        await following.tails.close()


async def _start(following: Following) -> None:
    try:
        await following.app.start()
    except Exception as wrong:  # noqa: BLE001 - whatever it is: nothing is followed then
        following.fail(LogUnavailable(f"Faust does not start: {type(wrong).__name__}: {wrong}"))


async def _watch(following: Following) -> None:
    """Fail where there is something to read and nothing is taken for long."""
    place, still = following.place, 0.0
    while True:
        await asyncio.sleep(GLANCE_SECONDS)
        try:
            lag = await following.lag()
        except LedgerFault:
            lag = 0  # the brokers are away: that is no stall of ours
        moved = following.place != place
        place = following.place
        still = still + GLANCE_SECONDS if lag and following.idle and not moved else 0.0
        if still >= STALL_SECONDS:
            told = f"{following.topic}: {lag} records wait, and none came for {still:.0f} s"
            following.fail(LogUnavailable(told))


class _Server(uvicorn.Server):
    """A server that leaves the signals to the process."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _serving(
    desk: api.Desk, listening: socket.socket, ended: asyncio.Event
) -> AsyncIterator[None]:
    """Serve HTTP until the block ends: readiness fails first, the rest is answered to the end."""
    config = uvicorn.Config(
        api.application(desk),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=HTTP_SECONDS,
        http=Prompt,  # the parser that bounds a request's head, in size and in time
        limit_concurrency=100,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    task.add_done_callback(lambda _: ended.set())
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({task})


@contextmanager
def _signals(ended: asyncio.Event) -> Iterator[None]:
    """End in order at SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sig, ended.set)
    try:
        yield
    finally:
        for sig in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(sig)
