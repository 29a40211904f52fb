"""Instants: milliseconds inside, RFC 3339 text in UTC with milliseconds outside."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

import msgspec

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
Instant = Annotated[str, msgspec.Meta(pattern=rf"{_DAY}{_TIME}(?![\s\S])")]
Day = Annotated[str, msgspec.Meta(pattern=rf"{_DAY}(?![\s\S])")]

SENT_AHEAD_MS_MAX = 5 * 60 * 1000
"""How far the rules' clock may run ahead of what a sender claims."""


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


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
