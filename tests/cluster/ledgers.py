"""Ledgers on any log, as the tests of moving and keeping them need them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import insert

from libs.edge import keys
from libs.edge.database import connect
from libs.edge.identity import Caller, Role
from libs.ledger.entry import Head, decode
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Log
from libs.ledger.replica import Reader
from services import rules
from services.audit.full import Report, audit
from services.audit.journal import opened
from services.bench.workload import Workload
from services.bootstrap import opening
from services.decider import decider
from services.logs import opened as logs_opened
from services.moving import Copied, copy
from services.node import Node
from services.notify import outbox
from services.places import place
from services.recovery import Recovery
from services.settings import Settings
from services.surveying import Told, quiet, survey

WAIT_MS = 20_000


class Load(Workload):
    """Commands of a ledger of any name."""

    def begin(self, ledger: str) -> list[bytes]:
        """Return what opens the ledger and fills its accounts."""
        _, *rest = self.setting()
        return [opening(ledger, rules.default(), 0), *rest]


@asynccontextmanager
async def deciding(log: Log, ledger: str, patience_ms: int | None = 0) -> AsyncIterator[Node]:
    """Run a process that answers what is in a log."""
    recovery = Recovery(log, None)
    replica = await recovery.start(decider(), ledger, patience_ms)
    engine = connect("sqlite://")
    node = Node(log, replica, recovery, engine)
    try:
        async with node.running():
            yield node
    finally:
        engine.dispose()


@asynccontextmanager
async def file(path: Path, generation: int = 0) -> AsyncIterator[SqliteLog]:
    log = SqliteLog(path, generation=generation)
    try:
        yield log
    finally:
        await log.close()


@asynccontextmanager
async def topics_of(broker: Broker, ledger: str) -> AsyncIterator[KafkaLog]:
    log = await KafkaLog.open(broker, ledger)
    try:
        yield log
    finally:
        await log.close()


async def loaded(log: Log, ledger: str, load: Load, count: int = 60) -> None:
    """Answer some commands, with noise between the entries, and leave some without an answer."""
    async with deciding(log, ledger) as node:
        await node.ask(load.begin(ledger), WAIT_MS)
        for _ in range(3):
            entries = await node.ask(load.mixed(count // 3), WAIT_MS)
            await log.propose([b"noise", entries[-1], b"\xff"])
    await log.submit([*load.mixed(5), b"\xff no command", b"\xff no command", b""])


async def accepted(log: Log) -> list[bytes]:
    """Return the bytes of every entry."""
    reader, offset, end, found = Reader(Head()), 0, await log.journal_end(), list[bytes]()
    while offset < end:
        records = await log.entries(offset, 1000)
        offset = records[-1].offset + 1
        found += [one.value for one in records if reader.read(one.value) is not None]
    return found


async def answers_all(log: Log, ledger: str) -> Sequence[bytes]:
    """Let a process answer everything that waits, and return all entries."""
    async with deciding(log, ledger) as node:
        end = await log.commands_end()
        async with asyncio.timeout(30):
            while (node.head.log, node.head.offset) != (log.generation, end):
                assert node.fault is None, node.fault
                await asyncio.sleep(0.01)
    return await accepted(log)


def proven(url: str, ledger: str) -> Report:
    """Decide a whole log again, as `tonne audit` does."""
    with opened(None, url, ledger) as source:
        return audit(source)


def request_digests(entries: Sequence[bytes]) -> list[str]:
    return [decode(raw).request for raw in entries]


async def caught_up(*nodes: Node) -> None:
    """Wait until all of them have accepted the same."""
    async with asyncio.timeout(30):
        while len({node.head for node in nodes}) > 1:  # noqa: ASYNC110 - a head has no event
            await asyncio.sleep(0.01)


async def move(source: str, chosen: Settings, told: Told = quiet, *, sure: bool = True) -> Copied:
    """Do what `tonne journal copy` does."""
    async with logs_opened(source, chosen.name) as kept:
        seen = await survey(kept, chosen.name)
        goal = place(chosen.log, chosen, seen.head.log + 1, 1)
        return await copy(kept, source, goal, seen, told, sure=sure)


def stand_beside(chosen: Settings) -> None:
    """Put a key and contacts beside a file."""
    for url, tables in (
        (chosen.database_url, keys.metadata),
        (outbox.notices_url(chosen.database_url), outbox.contacts.metadata),
    ):
        engine = connect(url)
        tables.create_all(engine)
        if tables is keys.metadata:
            keys.create(engine, Caller("operator:1", Role.OPERATOR, frozenset()), 0)
        else:
            with engine.begin() as connection:
                connection.execute(
                    insert(outbox.contacts), [{"account": "A0001", "email": "a@example.org"}]
                )
        engine.dispose()


@asynccontextmanager
async def two(broker: Broker, ledger: str) -> AsyncIterator[tuple[Node, Node]]:
    """Run a leader and a standby, each on connections of its own."""
    async with (
        topics_of(broker, ledger) as one,
        topics_of(broker, ledger) as other,
        deciding(one, ledger, 0) as leader,
        deciding(other, ledger, 1000) as standby,
    ):
        yield leader, standby
