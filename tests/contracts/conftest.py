"""Logs and processes for the contract tests: each test runs on every log there is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.ledger.log import topics
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog
from libs.ledger.log.memory import MemoryLog
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Log
from services.topics import topics_of
from tests.contracts.processes import HandClock, Process, Start


@pytest.fixture(params=["memory", "sqlite", "kafka"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Log]:
    log: Log
    match request.param:
        case "memory":
            log = MemoryLog()
        case "sqlite":
            log = SqliteLog(tmp_path / "registry.db")
        case _:
            broker = Broker(request.getfixturevalue("kafka").bootstrap)
            name = request.getfixturevalue("ledger_name")
            await topics.create(broker, topics_of(name, replication=1))
            log = await KafkaLog.open(broker, name)
    yield log
    await log.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def start(log: Log, clock: HandClock) -> AsyncIterator[Start]:
    processes: list[Process] = []

    async def begin(patience_ms: int | None = 0) -> Process:
        processes.append(Process(log, clock, patience_ms))
        return await processes[-1].start()

    yield begin
    for process in processes:
        if process.task is not None:
            await process.stop()
