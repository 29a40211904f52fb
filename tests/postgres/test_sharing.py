"""Several processes on one database: the cursor is the safety, whose turn it is the economy."""

import asyncio
import random
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from libs.edge.projection import Projection
from libs.edge.turn import Turn
from libs.ledger.ports import Halted
from services import views
from tests.edge.journals import contents, follow, journal
from tests.postgres.feeds import Written


@pytest.fixture(scope="module")
def entries() -> list[bytes]:
    return journal(11, 500)


def test_two_that_follow_at_once_make_what_one_makes(
    opened: Callable[..., Engine], tables: str, entries: list[bytes]
) -> None:
    first, second = (views.followers(opened(tables))[0] for _ in range(2))
    written = Written(entries)
    both = threading.Barrier(2)
    faults: list[BaseException] = []

    def work(projection: Projection, seed: int) -> None:
        chance, position = random.Random(seed), 0
        both.wait()
        try:
            while position < len(entries):
                some = entries[position : position + chance.randint(1, 30)]
                position += len(some)
                projection.follow(some, written.cursor(position))
        except BaseException as fault:
            faults.append(fault)
            raise

    workers = [
        threading.Thread(target=work, args=(projection, seed))
        for seed, projection in enumerate((first, second))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults == []
    assert first.cursor() == second.cursor() == written.cursor(len(entries))
    assert first.contents() == contents(entries)


def test_one_that_was_overtaken_goes_on_behind_the_other(
    opened: Callable[..., Engine], tables: str, entries: list[bytes]
) -> None:
    first, second = (views.followers(opened(tables))[0] for _ in range(2))
    written = Written(entries)
    follow(first, entries[:10])
    second.follow(entries[10:100], written.cursor(100))
    assert second.cursor() == written.cursor(100), "it took none of what the other had"
    first.follow(entries[10:50], written.cursor(50))
    assert first.cursor() == written.cursor(100)
    first.follow(entries[50:], written.cursor(len(entries)))
    assert first.contents() == contents(entries)
    assert second.refresh() == written.cursor(len(entries))


def test_whoever_follows_another_journal_stops(
    opened: Callable[..., Engine], tables: str, entries: list[bytes]
) -> None:
    first, second = (views.followers(opened(tables))[0] for _ in range(2))
    other = journal(12, 60)
    follow(first, entries[:20])
    with pytest.raises(Halted, match="came"):
        second.follow(other[:30], Written(other).cursor(30))
    assert first.contents() == contents(entries[:20])


def test_tables_that_were_emptied_are_not_followed_as_if_they_were_not(
    opened: Callable[..., Engine], tables: str, entries: list[bytes]
) -> None:
    first, second = (views.followers(opened(tables))[0] for _ in range(2))
    follow(first, entries[:20])
    second.drop()
    with pytest.raises(Halted, match="is at 0"):
        first.follow(entries[20:30], Written(entries).cursor(30))
    first.follow(entries, Written(entries).cursor(len(entries)))
    assert first.contents() == contents(entries)


async def test_one_writes_and_the_next_takes_over_when_it_dies(
    opened: Callable[..., Engine], tables: str, entries: list[bytes]
) -> None:
    written = Written(entries)
    written.end = 100
    started = [asyncio.Event(), asyncio.Event()]
    projections = [views.followers(opened(tables))[0] for _ in range(2)]
    turns = [Turn(projection.engine, "views", 0.02) for projection in projections]

    async def process(number: int) -> None:
        async def work() -> None:
            started[number].set()
            projections[number].refresh()
            await written.follow(projections[number])

        await turns[number].keep(work)

    first = asyncio.create_task(process(0))
    await started[0].wait()
    second = asyncio.create_task(process(1))
    await written.followed(projections[0], 100)
    assert (turns[0].ours, turns[1].ours, started[1].is_set()) == (True, False, False)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    written.grow(len(entries))
    await started[1].wait()
    await written.followed(projections[1], len(entries))
    assert projections[0].cursor() == written.cursor(100)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert projections[1].contents() == contents(entries)


async def test_a_turn_that_the_server_ended_is_noticed_and_taken_again(
    opened: Callable[..., Engine], tables: str
) -> None:
    turn = Turn(opened(tables), "views", 0.02)
    begun: asyncio.Queue[int] = asyncio.Queue()
    ended: asyncio.Queue[int] = asyncio.Queue()

    async def work() -> None:
        begun.put_nowait(1)
        try:
            await asyncio.Event().wait()
        finally:
            ended.put_nowait(1)

    keeping = asyncio.create_task(turn.keep(work))
    await begun.get()
    with opened(tables).connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        )
    await ended.get()
    await begun.get()
    assert turn.ours
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert not turn.ours


async def test_work_that_fails_says_so_and_gives_the_turn_away(
    opened: Callable[..., Engine], tables: str
) -> None:
    engine = opened(tables)

    async def failing() -> None:
        raise Halted("so")

    async def ending() -> None:
        return

    with pytest.raises(Halted, match="so"):
        await Turn(engine, "views", 0.02).keep(failing)
    await Turn(opened(tables), "views", 0.02).keep(ending)


async def test_a_file_has_one_process_and_always_its_turn(opened: Callable[..., Engine]) -> None:
    turn = Turn(opened("sqlite://"), "views")
    seen: list[bool] = []

    async def work() -> None:
        seen.append(turn.ours)

    await turn.keep(work)
    assert seen == [True]
