"""The calendar of a scheme: legal days, working days and hours, as rule data.

Legal dates are those of the scheme's own place (Asia/Tokyo has been +09:00 without a change since
1951), so an offset is enough and no time zone database decides anything.
"""

from datetime import date
from typing import Annotated

import msgspec

from libs.ledger.instants import DAY_MS, Day

MINUTE_MS = 60_000
EPOCH = date(1970, 1, 1).toordinal()
SEARCH_DAYS_MAX = 3660
"""How far a working day is looked for: a calendar without one is told of, not searched for ever."""

Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
Minute = Annotated[int, msgspec.Meta(ge=0, le=24 * 60)]


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a scheme's office works.

    offset_minutes  how far its clocks are ahead of UTC
    weekdays        its working days of the week, Monday is 1
    holidays        days on which it does not work all the same
    opens, closes   its hours, in minutes of the day
    """

    closes: Minute
    holidays: tuple[Day, ...]
    offset_minutes: Annotated[int, msgspec.Meta(ge=-1440, le=1440)]
    opens: Minute
    weekdays: Annotated[tuple[Weekday, ...], msgspec.Meta(min_length=1)]


UTC_ALWAYS = Calendar(1440, (), 0, 0, (1, 2, 3, 4, 5, 6, 7))
"""What counts where a rule set has no calendar: every hour of every day, in UTC."""


def legal_day(calendar: Calendar, at_ms: int) -> str:
    """Return the day that an instant falls on, where the scheme is."""
    return _text(_day(calendar, at_ms))


def begins(calendar: Calendar, day: str) -> int:
    """Return the instant that a day begins at, where the scheme is."""
    days = date.fromisoformat(day).toordinal() - EPOCH
    return days * DAY_MS - calendar.offset_minutes * MINUTE_MS


def works(calendar: Calendar, day: int) -> bool:
    """Say whether a day, counted from 1970-01-01, is a working day."""
    found = date.fromordinal(EPOCH + day)
    return found.isoweekday() in calendar.weekdays and found.isoformat() not in calendar.holidays


def after_working_days(calendar: Calendar, at_ms: int, days: int) -> int:
    """Return the instant so many working days later, at the same time of day.

    What comes outside the hours counts from the next opening. Raises ValueError where no working
    day is found within ten years.
    """
    day, minute_ms = divmod(at_ms + calendar.offset_minutes * MINUTE_MS, DAY_MS)
    opens_ms, closes_ms = calendar.opens * MINUTE_MS, calendar.closes * MINUTE_MS
    if not works(calendar, day) or minute_ms >= closes_ms:
        day, minute_ms = _next(calendar, day), opens_ms
    minute_ms = max(minute_ms, opens_ms)
    for _ in range(days):
        day = _next(calendar, day)
    return day * DAY_MS + minute_ms - calendar.offset_minutes * MINUTE_MS


def _next(calendar: Calendar, day: int) -> int:
    for later in range(day + 1, day + SEARCH_DAYS_MAX):
        if works(calendar, later):
            return later
    raise ValueError("the calendar has no working day")


def _day(calendar: Calendar, at_ms: int) -> int:
    return (at_ms + calendar.offset_minutes * MINUTE_MS) // DAY_MS


def _text(day: int) -> str:
    return date.fromordinal(EPOCH + day).isoformat()
