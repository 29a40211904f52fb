"""What an embedded registry does by itself: time, and the comparison of its two logs."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from libs.ledger.comparison import compare, keep_comparing
from libs.ledger.decider import Record
from libs.ledger.entry import Head, decode
from libs.ledger.follower import Feed
from libs.ledger.instants import text
from libs.ledger.log.memory import MemoryLog
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import LogDamaged, LogUnavailable
from libs.ledger.records import Reservation
from libs.ledger.replica import Replica
from libs.ledger.running import restore
from libs.ledger.state import State
from services import bootstrap, node
from services.bench.workload import Workload, account, lot
from services.decider import decider
from services.transfer import react
from services.transfer.commands import ReserveCredits

WAIT_MS = 60_000


async def test_an_expired_reservation_is_released_by_the_registry_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "GLANCE_SECONDS", 0.01)
    path, work = tmp_path / "registry.db", Workload(1)
    async with bootstrap.embedded(path, "sqlite://") as registry:
        await registry.ask(list(work.setting())[1:], WAIT_MS)
        expires_at = text(registry.now_ms() + 150)
        asked = ReserveCredits(account(3), expires_at, lot(0), 10)
        (released,) = await registry.ask([work.record("credits.reserve.v1", asked)], WAIT_MS)
        position = decode(released).position + 1
        while b"reservation.expired.v1" not in released:
            (released,) = await registry.entries(position, 1)
            position += 1
        assert not registry.replica.state.reservations


def test_a_tick_is_due_at_the_earliest_expiry_that_has_come() -> None:
    def kept(order: str, expires_ms: int | None) -> Reservation:
        return Reservation(order, "A", expires_ms)

    waiting = [kept("o-1", 300), kept("o-2", 200), kept("o-3", None)]
    assert react.due(waiting, 199) is None
    assert react.due(waiting, 200) == waiting[1]
    assert react.due(waiting, 1000) == waiting[1]
    assert react.tick(waiting[1], 250) == react.tick(waiting[1], 250)
    assert react.tick(waiting[1], 250) != react.tick(waiting[0], 250)


async def test_a_commands_log_that_was_rewritten_is_found_at_its_record(tmp_path: Path) -> None:
    path, work = tmp_path / "registry.db", Workload(2)
    async with bootstrap.embedded(path, "sqlite://") as registry:
        await registry.ask(list(work.setting())[1:], WAIT_MS)
        await registry.ask(work.mixed(400), WAIT_MS)
        end = registry.head.position
    assert await _compared(path) == end
    database = sqlite3.connect(path)
    database.execute("UPDATE commands SET value = CAST(value || ' ' AS BLOB) WHERE offset = 500")
    database.commit()
    database.close()
    with pytest.raises(LogDamaged, match="command 500 is not what position 500 answered"):
        await _compared(path)


async def _compared(path: Path) -> int:
    log = SqliteLog(path, create=False)
    try:
        replica = Replica(decider(), State("main"), Head(), 0)
        await restore(replica, log)
        feed = Feed(log, replica)
        return await compare(log, feed, 0, feed.position)
    finally:
        await log.close()


async def test_a_comparison_goes_on_where_a_log_answers_in_pieces() -> None:
    work, log = Workload(3), MemoryLog()
    await log.submit(list(work.setting()) + work.mixed(300))
    replica = Replica(decider(), State("main"), Head(), 0)
    replica.take(await log.commands(0, 10_000))
    await log.propose(list(replica.due(0)))
    replica.accept(await log.entries(0, 10_000), 0)
    whole = log.commands

    async def some(offset: int, most: int) -> Sequence[Record]:
        return await whole(offset, min(most, 7))

    log.commands = some  # type: ignore[method-assign]  # as a broker answers
    feed = Feed(log, replica)
    assert await compare(log, feed, 0, feed.position) == feed.position > 300


async def test_a_log_that_is_away_is_compared_later() -> None:
    """A replica whose brokers were all gone in its comparing minute once ended of it."""
    log, replica = MemoryLog(), Replica(decider(), State("main"), Head(), 0)
    await log.submit(list(Workload(3).setting()))
    replica.take(await log.commands(0, 10_000))
    await log.propose(list(replica.due(0)))
    replica.accept(await log.entries(0, 10_000), 0)
    whole, failures, there = log.commands, iter([True, True]), asyncio.Event()

    async def away(offset: int, most: int) -> Sequence[Record]:
        if next(failures, False):
            raise LogUnavailable("no broker answers")
        there.set()
        return await whole(offset, most)

    log.commands = away  # type: ignore[method-assign]  # as a broker that comes back
    comparing = asyncio.create_task(keep_comparing(log, Feed(log, replica), pause=0))
    async with asyncio.timeout(10):
        await there.wait()
    assert not comparing.done()
    comparing.cancel()
