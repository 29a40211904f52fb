"""The calendar: working days and hours, legal days, and what a delay comes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.ledger.instants import DAY_MS, parse
from libs.ledger.rules.calendar import UTC_ALWAYS, Calendar, after_working_days, legal_day, works

OFFICE = Calendar(16 * 60, ("2026-01-01", "2026-01-12"), 60, 10 * 60, (1, 2, 3, 4, 5))
TOKYO = Calendar(23 * 60, (), 9 * 60, 9 * 60, (1, 2, 3, 4, 5))


def local(told: str) -> int:
    """Read a local instant of the office, an hour ahead of UTC."""
    return parse(f"{told}:00.000Z") - 3_600_000


@pytest.mark.parametrize(
    ("asked", "effective"),
    [
        ("2026-04-09T11:30", "2026-04-15T11:30"),  # Thursday to Wednesday
        ("2026-04-11T12:00", "2026-04-17T10:00"),  # Saturday counts from Monday 10:00
        ("2026-04-13T19:00", "2026-04-20T10:00"),  # Monday evening counts from Tuesday 10:00
        ("2026-04-13T16:00", "2026-04-20T10:00"),  # the hour of closing is outside
        ("2026-04-13T15:59", "2026-04-17T15:59"),
        ("2026-04-13T08:00", "2026-04-17T10:00"),  # before the opening counts from it
        ("2025-12-30T11:00", "2026-01-06T11:00"),  # New Year's Day does not count
        ("2026-01-09T11:00", "2026-01-16T11:00"),  # nor a holiday on a Monday
    ],
)
def test_four_working_days(asked: str, effective: str) -> None:
    assert after_working_days(OFFICE, local(asked), 4) == local(effective)


def test_a_legal_day_is_that_of_the_place() -> None:
    assert legal_day(TOKYO, parse("2024-06-30T14:59:59.999Z")) == "2024-06-30"
    assert legal_day(TOKYO, parse("2024-06-30T15:00:00.000Z")) == "2024-07-01"
    assert legal_day(UTC_ALWAYS, parse("2024-06-30T15:00:00.000Z")) == "2024-06-30"


def test_a_calendar_without_working_days_is_told_of() -> None:
    with pytest.raises(ValueError, match="no working day"):
        after_working_days(Calendar(1440, (), 0, 0, ()), 0, 1)


@given(st.integers(0, 2**42), st.integers(0, 30), st.integers(0, 30))
def test_delays_end_in_the_hours_and_add_up(at_ms: int, some: int, more: int) -> None:
    end = after_working_days(OFFICE, at_ms, some)
    day, rest = divmod(end + 3_600_000, DAY_MS)
    assert works(OFFICE, day)
    assert 10 * 3_600_000 <= rest < 16 * 3_600_000
    assert end >= at_ms
    assert after_working_days(OFFICE, end, more) == after_working_days(OFFICE, at_ms, some + more)
