"""Postings: what an act moves, built from what was picked."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from libs.ledger.accounts import issuance
from libs.ledger.events import CreditPosting

Picked: TypeAlias = tuple[str, int, int]
"""Serials of a lot that an act is about: lot, start, end (half-open)."""


def moves(picked: Iterable[Picked], source: str, target: str) -> tuple[CreditPosting, ...]:
    """Move what was picked from one account to another."""
    return tuple(CreditPosting(lot, start, end - 1, source, target) for lot, start, end in picked)


def issue(
    lot: str, first: int, quantity: int, holder: str, buffer: tuple[str, int] | None
) -> Iterator[CreditPosting]:
    """Bring credits into being: the lowest serials to the holder, the buffer's share last."""
    share = buffer[1] if buffer else 0
    middle, last = first + quantity - share, first + quantity - 1
    if middle > first:
        yield CreditPosting(lot, first, middle - 1, issuance(lot), holder)
    if buffer and share:
        yield CreditPosting(lot, middle, last, issuance(lot), buffer[0])


def size(posting: CreditPosting) -> int:
    """Return how many credits a posting moves."""
    return posting.last - posting.first + 1
