"""The hours: what is read again counts once, and what a late writer put back is counted anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.ledger.ports import Noted
from services.notify import statistics
from services.notify.statistics import Counted, Hours, Tonnes, hour, read, unbroken, write
from tests.rooms.story import Ledger, story

FIRST = hour("2026-01-01T00:00:00.000Z")

STORY = """
open-ledger
register JC-ER-000001
open A01
open B02
issue JC-ER-000001-01 1000 to A01
transfer 100 A01 -> B02
at 2026-01-01T00:59
invalidate 30 from A01
at 2026-01-01T01:00
invalidate 5 from B02
transfer 7 B02 -> A01
invalidate 5000 from A01   ! quantity_exceeds_holding
open C03
at 2026-01-01T05:30
issue JC-ER-000001-02 50 to A01
transfer 1 A01 -> B02
"""
TOLD = {
    FIRST: Tonnes(issued=1000, transferred=100, retired=30),
    FIRST + 3600: Tonnes(transferred=7, retired=5),
    FIRST + 5 * 3600: Tonnes(issued=50, transferred=1),
}


def written() -> list[bytes]:
    ledger = Ledger()
    for line in STORY.strip().splitlines():
        ledger.say(line)
    return ledger.journal


JOURNAL = written()
NOISY = [
    Noted(*pair) for pair in enumerate([b"noise", *(raw for raw in JOURNAL for _ in "12"), b""])
]
"""The journal as its log may hold it: every entry twice, and what is no entry."""


def tonnes(hours: Hours) -> dict[int, Tonnes]:
    return {start: counted.tonnes for start, counted in hours.hours.items()}


def test_each_hour_has_its_tonnes() -> None:
    hours = Hours()
    hours.take(NOISY)
    assert tonnes(hours) == TOLD
    assert hours.head.position == len(JOURNAL)
    hours.take(NOISY[:5])
    assert hours.place == len(NOISY)


@story
def test_every_credit_used_up_is_retired_and_every_new_one_issued(ledger: Ledger) -> None:
    """
    open A01
    issue JC-FM-000123-01 100 to A01 buffer FOREST:10
    cover 3 from FOREST
    """
    hours = Hours()
    hours.take([Noted(*pair) for pair in enumerate(ledger.journal)])
    assert tonnes(hours) == {FIRST: Tonnes(issued=100, retired=3)}


@given(st.data())
def test_whatever_was_written_before_a_crash_is_counted_once(data: st.DataObject) -> None:
    kept: dict[int, Counted] = {}
    for _ in range(data.draw(st.integers(1, 4), label="starts")):
        hours = Hours()
        hours.resume({start: read(write(counted)) for start, counted in kept.items()})
        records = NOISY[min(hours.place, data.draw(st.integers(0, len(NOISY)), label="from")) :]
        while records:
            size = data.draw(st.integers(1, len(records)), label="batch")
            batch, records = records[:size], records[size:]
            changed = hours.take(batch)
            if data.draw(st.booleans(), label="crash before its record is written"):
                break
            kept |= changed
    hours = Hours()
    hours.resume(kept)
    hours.take(NOISY[hours.place :])
    assert tonnes(hours) == TOLD


@given(st.integers(0, len(NOISY)), st.integers(0, len(NOISY)))
def test_a_late_writer_puts_nothing_wrong(early: int, late: int) -> None:
    """It stood still at `early`, and wrote its older values when another was at `late`."""
    kept: dict[int, Counted] = {}
    for end in (late, early):
        hours = Hours()
        kept |= hours.take(NOISY[:end])
    hours = Hours()
    hours.resume(kept)
    hours.take(NOISY[hours.place :])
    assert tonnes(hours) == TOLD


def test_hours_that_do_not_continue_are_counted_again() -> None:
    hours = Hours()
    kept = hours.take(NOISY)
    first, second, third = sorted(kept)
    assert unbroken(kept) == kept
    assert list(unbroken({first: kept[first], third: kept[third]})) == [first]
    assert unbroken({second: kept[second], third: kept[third]}) == {}


def test_the_cursor_is_written_where_nothing_moves_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = Ledger()
    for line in (*STORY.strip().splitlines()[:5], *(f"open X{n}" for n in range(9))):
        ledger.say(line)
    issued, *rest = (Noted(*pair) for pair in enumerate(ledger.journal[4:], 4))
    hours = Hours()
    hours.take([Noted(*pair) for pair in enumerate(ledger.journal[:4])])
    assert set(hours.take([issued])) == {FIRST}
    assert not hours.take(rest[:3])
    monkeypatch.setattr(statistics, "AHEAD_MAX", 4)
    (kept,) = hours.take(rest[3:]).values()
    assert kept.tonnes == Tonnes(issued=1000)
    assert kept.place == 13  # the entry after which four more had gone by, a second time
    hours.resume({FIRST: kept})
    assert hours.place == kept.place
