"""The log in memory keeps the contract of a log."""

from collections.abc import AsyncIterator

import pytest

from libs.ledger.log.memory import MemoryLog
from tests.contracts.log_contract import LogContract


@pytest.fixture
async def log() -> AsyncIterator[MemoryLog]:
    log = MemoryLog()
    yield log
    await log.close()


class TestMemoryLog(LogContract):
    async def test_a_record_is_stamped_with_the_time_of_the_log(self) -> None:
        log = MemoryLog(now_ms=7, generation=3)
        await log.submit([b"a"])
        log.now_ms = 5
        await log.submit([b"b"])
        assert [(r.log, r.appended_ms) for r in await log.commands(0, 9)] == [(3, 7), (3, 5)]
