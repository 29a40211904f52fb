"""What the agent does with records that come twice, late, torn, or not at all."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.edge.database import connect
from libs.ledger.log.broker import Broker
from libs.ledger.log.memory import MemoryLog
from libs.ledger.ports import Halted, Noted
from services.notify.agents import Following, runs
from services.notify.outbox import Outbox
from services.notify.place import find
from tests.notify.test_statistics import JOURNAL, NOISY, TOLD, tonnes


class Log:
    """The journal's log as a test has written it, with offsets that hold no record."""

    def __init__(self, records: Sequence[Noted]) -> None:
        self.records = list(records)

    async def read(self, offset: int, most: int) -> Sequence[Noted]:
        return [record for record in self.records if record.offset >= offset][:most]

    async def end(self) -> int:
        return self.records[-1].offset + 1 if self.records else 0


async def following(path: Path, monkeypatch: pytest.MonkeyPatch, log: Log) -> Following:
    """Return one that stands at the beginning; its table is not written anywhere."""
    engine = connect(f"sqlite:///{path}/registry.db.notices")
    one = Following(Broker("127.0.0.1:1"), "main", Outbox(engine), asyncio.Event())
    monkeypatch.setattr(one, "tails", log)
    monkeypatch.setattr(one, "_count", one.hours.take)
    assert await one.resume() == 0
    return one


async def test_a_record_that_did_not_come_is_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await following(tmp_path, monkeypatch, Log(NOISY))
    await one.take([*NOISY[:4], *NOISY[5:9]])
    assert (one.place, one.outbox.place, one.hours.place) == (9, 9, 9)
    await one.take(NOISY[7:11])
    assert one.place == 11
    await one.take([NOISY[-1], *NOISY[2:9], NOISY[0]])  # far ahead, while others go on writing
    assert one.outbox.head.position == one.hours.head.position == len(JOURNAL)
    assert tonnes(one.hours) == TOLD


async def test_an_offset_without_a_record_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = [Noted(record.offset * 2, record.value) for record in NOISY]
    one = await following(tmp_path, monkeypatch, Log(marked))
    await one.take(marked[:5])
    await one.take(marked)
    assert one.outbox.head.position == one.hours.head.position == len(JOURNAL)
    assert one.place == marked[-1].offset + 1


async def test_whoever_stands_by_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await following(tmp_path, monkeypatch, Log(NOISY))
    one.active = False
    await one.take(NOISY)
    assert one.outbox.head.position == 0


async def test_the_slower_of_two_goes_on_where_the_quicker_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await following(tmp_path, monkeypatch, Log(NOISY))
    other = await following(tmp_path, monkeypatch, Log(NOISY))
    await one.take(NOISY[:8])
    # The outbox is ahead of what it reads now, its hours are not: they begin where they must.
    await other.take(NOISY[6:])
    assert other.outbox.head.position == len(JOURNAL)
    assert tonnes(other.hours) == TOLD


async def test_a_journal_that_lacks_what_was_followed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await following(tmp_path, monkeypatch, Log(NOISY))
    await one.take(NOISY)
    copied = [Noted(*pair) for pair in enumerate([b"noise", b"noise", *JOURNAL])]
    for log in (NOISY, copied, NOISY):
        monkeypatch.setattr(one, "tails", Log(log))
        assert await one.resume() == 0  # the hours have no topic here: they count from the start
        assert log[one.outbox.place - 1].value == JOURNAL[-1]
    for cut in ((), copied[:-1], copied[:4]):
        monkeypatch.setattr(one, "tails", Log(cut))
        with pytest.raises(Halted, match="notices has followed"):
            await one.resume()


async def test_a_head_is_found_where_it_is() -> None:
    log = MemoryLog()
    await log.propose([b"noise", *JOURNAL, b"noise"])
    one = Log(await log.entries(0, 99))
    outbox = Outbox(connect("sqlite://"))
    assert await find(one, outbox.head, 0) == 0
    outbox.take(one.records)
    for place in (0, 3, len(JOURNAL) + 1, 999):
        assert await find(one, outbox.head, place) == len(JOURNAL) + 1
    assert await find(Log(one.records[:-2]), outbox.head, 0) is None


@given(st.lists(st.integers(0, 12)), st.integers(0, 12))
def test_runs_are_whole_and_never_go_back(offsets: list[int], place: int) -> None:
    taken = list(runs((Noted(offset, b"") for offset in offsets), place))
    flat = [record.offset for run in taken for record in run]
    assert flat == sorted(set(flat))
    assert all(offset >= place for offset in flat)
    for run in taken:
        assert run
        assert run[-1].offset - run[0].offset == len(run) - 1
    for one, other in pairwise(taken):
        assert other[0].offset > one[-1].offset + 1
