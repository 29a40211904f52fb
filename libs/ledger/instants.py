"""Instants: milliseconds inside, RFC 3339 text in UTC with milliseconds outside."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

import msgspec

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
Instant = Annotated[str, msgspec.Meta(pattern=rf"{_DAY}{_TIME}(?![\s\S])")]
Day = Annotated[str, msgspec.Meta(pattern=rf"{_DAY}(?![\s\S])")]

DAY_MS = 24 * 60 * 60 * 1000
SENT_AHEAD_MS_MAX = 5 * 60 * 1000
"""How far the rules' clock may run ahead of what a sender claims."""

_day = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_moment = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]+))?(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=64)
def text(milliseconds: int) -> str:
    """Return an instant as the journal writes it; years 1970 to 9999."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=64)
def _seconds(whole: str) -> int:
    return int(datetime.fromisoformat(whole + "+00:00").timestamp())


def parse(instant: str) -> int:
    """Return the milliseconds of an instant; raise ValueError where there is no such instant."""
    return _seconds(instant[:19]) * 1000 + int(instant[20:23])


def real_day(day: str) -> bool:
    """Say whether a well-formed day is in the calendar (2023-02-29 is not)."""
    try:
        datetime.fromisoformat(day)
    except ValueError:
        return False
    return True


def span(asked: str) -> tuple[int, int]:
    """Return the first and the last millisecond that a day (UTC) or an RFC 3339 instant names.

    An instant between two milliseconds lies behind the last and before the first. Raises ValueError
    for anything else.
    """
    if _day.fullmatch(asked):
        start = _seconds(f"{asked}T00:00:00") * 1000
        return start, start + DAY_MS - 1
    found = _moment.fullmatch(asked)
    if found is None:
        raise ValueError(f"{asked!r} is no day and no instant of RFC 3339")
    whole, fraction, sign, hours, minutes = found.groups(default="")
    seconds = _seconds(whole)
    if sign:
        ahead = int(hours) * 3600 + int(minutes) * 60
        seconds += ahead if sign == "-" else -ahead
    last = seconds * 1000 + int(fraction[:3].ljust(3, "0"))
    return last + (1 if fraction[3:].strip("0") else 0), last
