"""Report windows: which fiscal years 年度 a use may be told of, by the day it was made."""

from libs.ledger.rules.invalidation import Window

MONTHS = 12


def assignable(window: Window, day: str) -> tuple[int, ...]:
    """Return the fiscal years that a use of this legal day may be assigned to, the older first."""
    year, month = int(day[:4]), int(day[5:7])
    current = year if month >= window.begins else year - 1
    since, open_for = (month - window.begins) % MONTHS, (window.until - window.begins) % MONTHS
    return (current - 1, current) if since <= open_for else (current,)
