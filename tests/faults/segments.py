"""Which account each serial is in, as unbroken ranges: for the books that the checks keep.

Shares nothing with the ledger's own ranges: whether those are right is what is checked.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import TypeAlias

Part: TypeAlias = tuple[int, int]
"""Serials from the first to the last, both included."""


class Misplaced(Exception):
    """A serial is not where it would have to be."""


class Shelf:
    """The serials of one lot; touching ranges of one account are one range."""

    __slots__ = ("firsts", "ranges")

    def __init__(self) -> None:
        self.firsts: list[int] = []
        self.ranges: dict[int, tuple[int, str]] = {}

    def cover(self, serial: int) -> tuple[int, int, str] | None:
        """Return the range that has a serial: first, last, account."""
        place = bisect_right(self.firsts, serial)
        if not place:
            return None
        first = self.firsts[place - 1]
        last, code = self.ranges[first]
        return (first, last, code) if serial <= last else None

    def add(self, first: int, last: int, code: str) -> None:
        """Put in a range that meets no other."""
        insort(self.firsts, first)
        self.ranges[first] = (last, code)

    def within(self, first: int, last: int) -> Iterator[tuple[int, int, str]]:
        """Yield what is known of the serials from first to last, cut to them."""
        place = max(0, bisect_right(self.firsts, first) - 1)
        while place < len(self.firsts) and self.firsts[place] <= last:
            start = self.firsts[place]
            end, code = self.ranges[start]
            if end >= first:
                yield max(start, first), min(end, last), code
            place += 1


class Shelves:
    """All lots, and what each account has of each."""

    def __init__(self) -> None:
        self.lots: dict[str, Shelf] = {}
        self.count: Counter[tuple[str, str]] = Counter()
        self.issued: Counter[str] = Counter()
        self._held: dict[str, dict[str, list[int]]] = {}

    def issue(self, lot: str, first: int, last: int, target: str) -> None:
        """Bring serials into being; raise Misplaced where one was before."""
        shelf = self.lots.setdefault(lot, Shelf())
        there = next(shelf.within(first, last), None)
        if there is not None:
            raise Misplaced(f"{lot} {there[0]} came into being before")
        self.issued[lot] += last - first + 1
        self._join(lot, shelf, first, last, target)

    def move(self, lot: str, first: int, last: int, source: str, target: str) -> None:
        """Move serials; raise Misplaced where one is not in the source."""
        shelf = self.lots.get(lot) or Shelf()
        found = shelf.cover(first)
        if found is None or found[2] != source or found[1] < last:
            where = found[2] if found else "nowhere"
            wrong = first if found is None or found[2] != source else found[1] + 1
            raise Misplaced(f"{lot} {wrong} is not in {source} (the first is in {where})")
        start, end, _ = found
        self._drop(lot, shelf, start)
        if start < first:
            self._put(lot, shelf, start, first - 1, source)
        if last < end:
            self._put(lot, shelf, last + 1, end, source)
        self._join(lot, shelf, first, last, target)

    def withdraw(self, lot: str, first: int, last: int, source: str) -> None:
        """Take serials back as if they had never come into being."""
        self.move(lot, first, last, source, "")
        shelf = self.lots[lot]
        self._drop(lot, shelf, first)
        self.issued[lot] -= last - first + 1

    def lots_of(self, code: str) -> list[str]:
        """Return the lots that an account has something of."""
        return [lot for lot, firsts in self._held.get(code, {}).items() if firsts]

    def parts(self, code: str, lot: str) -> Iterator[Part]:
        """Yield what an account has of a lot, lowest first."""
        shelf = self.lots.get(lot)
        for first in tuple(self._held.get(code, {}).get(lot, ())):
            yield first, shelf.ranges[first][0] if shelf else first

    def balance(self, code: str) -> int:
        """Return how many credits an account has."""
        return sum(self.count[code, lot] for lot in self._held.get(code, ()))

    def holdings(self) -> str:
        """Return the digest of who holds what, as the format of the journal defines it."""
        return digest(
            (lot, first, last, code)
            for lot, shelf in self.lots.items()
            for first, (last, code) in shelf.ranges.items()
        )

    def _join(self, lot: str, shelf: Shelf, first: int, last: int, code: str) -> None:
        left, right = shelf.cover(first - 1), shelf.cover(last + 1)
        if left and left[2] == code:
            self._drop(lot, shelf, left[0])
            first = left[0]
        if right and right[2] == code:
            self._drop(lot, shelf, right[0])
            last = right[1]
        self._put(lot, shelf, first, last, code)

    def _put(self, lot: str, shelf: Shelf, first: int, last: int, code: str) -> None:
        insort(shelf.firsts, first)
        shelf.ranges[first] = (last, code)
        insort(self._held.setdefault(code, {}).setdefault(lot, []), first)
        self.count[code, lot] += last - first + 1

    def _drop(self, lot: str, shelf: Shelf, first: int) -> None:
        last, code = shelf.ranges.pop(first)
        del shelf.firsts[bisect_left(shelf.firsts, first)]
        mine = self._held[code][lot]
        del mine[bisect_left(mine, first)]
        self.count[code, lot] -= last - first + 1


def digest(
    ranges: Iterator[tuple[str, int, int, str]], books: Counter[tuple[str, str, str]] | None = None
) -> str:
    """Return the digest of holdings given as any ranges of lots, and of sub-ledger balances.

    Touching ranges of one account are joined; issuance sources and empty balances are left out.
    """
    joined: list[tuple[str, int, int, str]] = []
    for lot, first, last, code in sorted(ranges):
        before = joined[-1] if joined else None
        if before and (before[0], before[2] + 1, before[3]) == (lot, first, code):
            joined[-1] = (lot, before[1], last, code)
        else:
            joined.append((lot, first, last, code))
    lines = sorted(
        f"t\t{lot}\t{first}\t{last}\t{code}\n".encode()
        for lot, first, last, code in joined
        if not code.startswith("ISS:")
    )
    lines += sorted(
        f"{unit}\t{book}\t{code}\t{quantity}\n".encode()
        for (unit, book, code), quantity in (books or {}).items()
        if quantity
    )
    return sha256(b"".join(lines)).hexdigest()
