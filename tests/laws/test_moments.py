"""A moment that people type: a day or an instant, read strictly, compared in milliseconds."""

import pytest

from libs.ledger.instants import parse, span

NOON = parse("2026-04-01T12:00:00.000Z")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("2026-04-01", NOON - 43_200_000, NOON + 43_199_999),
        ("2026-04-01T12:00:00Z", NOON, NOON),
        ("2026-04-01T12:00:00.5Z", NOON + 500, NOON + 500),
        ("2026-04-01T12:00:00.1230Z", NOON + 123, NOON + 123),
        ("2026-04-01T12:00:00.1239Z", NOON + 124, NOON + 123),
        ("2026-04-01T21:00:00+09:00", NOON, NOON),
        ("2026-04-01T05:15:00.007-06:45", NOON + 7, NOON + 7),
        ("9999-12-31T23:59:59-23:59", 253_402_387_139_000, 253_402_387_139_000),
        ("1969-12-31", -86_400_000, -1),
    ],
)
def test_a_day_or_an_instant_is_read(asked: str, first: int, last: int) -> None:
    assert span(asked) == (first, last)


NONSENSE = (
    "yesterday",
    "31.12.1999",
    "1999-1-1",
    "20260401",
    "2026-W14",
    "2026-02-30",
    "2026-04-01 12:00:00Z",
    "2026-04-01T12:00:00",
    "2026-04-01T12:00Z",
    "2026-04-01T24:00:00Z",
    "2026-04-01T12:00:00.Z",
    "2026-04-01T12:00:00+0900",
    "2026-04-01T12:00:00+24:00",
    "2026-04-01\n",
    "٢٠٢٦-٠٤-٠١",
    "",
)


@pytest.mark.parametrize("asked", NONSENSE)
def test_anything_else_is_refused(asked: str) -> None:
    with pytest.raises(ValueError):
        span(asked)
