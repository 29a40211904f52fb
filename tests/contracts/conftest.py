"""Logs and processes for the contract tests: each test runs on the log in memory and on a file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.ledger.log.memory import MemoryLog
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Log
from tests.contracts.processes import HandClock, Process, Start


@pytest.fixture(params=["memory", "sqlite"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Log]:
    log: Log = MemoryLog() if request.param == "memory" else SqliteLog(tmp_path / "registry.db")
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
