"""One lot's segments in memory: who has which serials, and which rows of them are stored."""

from bisect import bisect_right, insort
from typing import TypeAlias

Segment: TypeAlias = tuple[int, int, str]
"""First serial, last serial, account."""


class Shelf:
    """What is remembered of one lot: its segments by their first serial, and what is stored.

    Not all of the lot need be here: whoever moves serials has read the segments that have them,
    and their neighbours. `absent` are serials that no stored segment has; `dirty` are firsts whose
    rows are not what is remembered.
    """

    __slots__ = ("absent", "dirty", "firsts", "segments", "stored")

    def __init__(self) -> None:
        self.firsts: list[int] = []
        self.segments: dict[int, tuple[int, str]] = {}
        self.stored: set[int] = set()
        self.dirty: set[int] = set()
        self.absent: set[int] = set()

    def knows(self, serial: int) -> bool:
        """Say whether it is remembered which segment has the serial, or that none has."""
        place = self._place(serial)
        covered = place >= 0 and serial <= self.segments[self.firsts[place]][0]
        return covered or serial in self.absent

    def keep(self, first: int, last: int, account: str) -> bool:
        """Remember a segment that is stored; say whether it was not remembered yet."""
        if first in self.stored:
            return False
        insort(self.firsts, first)
        self.segments[first] = (last, account)
        self.stored.add(first)
        return True

    def issue(self, first: int, last: int, target: str) -> bool:
        """Enter new serials; say whether nobody has any of them."""
        place = self._place(last)
        if place >= 0 and self.segments[self.firsts[place]][0] >= first:
            return False
        self._put((first, last, target), place + 1, place + 1)
        return True

    def move(self, first: int, last: int, source: str, target: str) -> bool:
        """Move serials that one segment has; say whether the source has them all."""
        place = self._place(first)
        if place < 0:
            return False
        start = self.firsts[place]
        end, account = self.segments[start]
        if account != source or end < last:
            return False
        left = (start, first - 1, source) if start < first else None
        right = (last + 1, end, source) if last < end else None
        self._put((first, last, target), place, place + 1, left, right)
        return True

    def _place(self, serial: int) -> int:
        """Return the place of the last segment that begins at a serial or before, or -1."""
        return bisect_right(self.firsts, serial) - 1

    def _put(
        self,
        moved: Segment,
        start: int,
        end: int,
        left: Segment | None = None,
        right: Segment | None = None,
    ) -> None:
        """Put a segment, and what is left and right of it, in the place of others.

        Where nothing is left, it is joined with what touches it in the same account.
        """
        first, last, account = moved
        if left is None and start > 0:
            near = self.firsts[start - 1]
            if self.segments[near] == (first - 1, account):
                start, first = start - 1, near
        if right is None and end < len(self.firsts) and self.firsts[end] == last + 1:
            behind, holder = self.segments[last + 1]
            if holder == account:
                end, last = end + 1, behind
        for gone in self.firsts[start:end]:
            del self.segments[gone]
            self.dirty.add(gone)
        put = [one for one in (left, (first, last, account), right) if one is not None]
        self.firsts[start:end] = [begin for begin, _, _ in put]
        for begin, behind, holder in put:
            self.segments[begin] = (behind, holder)
            self.dirty.add(begin)
