"""Serial numbers: ranges of them, and sets of ranges that stay cheap however large they grow."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Annotated

import msgspec

INTEGER_MAX = 2**53 - 1
"""The largest integer a journal holds: what every JSON reader keeps exact (RFC 8785, 3.2.2.3)."""

Serial = Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)]
Count = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
LotId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}(?![\s\S])")]

CHUNK_BOUNDS = 1024
NO_BOUNDS = array("q")
BEYOND = 2**63 - 1
_first_bound = itemgetter(0)


class SerialRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The serials from `first` to `last`, both included, as people and the wire write them."""

    first: Serial
    last: Serial


Serials = Annotated[tuple[SerialRange, ...], msgspec.Meta(min_length=1, max_length=10_000)]


class Overlap(AssertionError):
    """A serial would be held twice."""


class Missing(AssertionError):
    """A serial is not where it should be."""


class Ranges:
    """A set of serials: sorted half-open ranges that never touch, in chunks of flat bounds.

    A chunk is `[start, end, start, end, ...]`, so a serial is inside where an odd number of bounds
    lies at or below it. One range costs 16 bytes; adding and taking cost the logarithm of the
    number of chunks plus one chunk, so a hot account with a million pieces stays as quick as one
    with ten. The normal form (nothing touches) does not depend on the order of changes, so two
    replicas with the same content answer `lowest` alike.
    """

    __slots__ = ("chunks", "count")

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self.chunks: list[array[int]] = []
        self.count = 0
        for start, end in pairs:
            self.add(start, end)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        for chunk in self.chunks:
            bounds = iter(chunk)
            yield from zip(bounds, bounds, strict=True)

    def __len__(self) -> int:
        return sum(len(chunk) for chunk in self.chunks) // 2

    def __bool__(self) -> bool:
        return bool(self.chunks)

    def _chunk(self, serial: int) -> int:
        """The last chunk that starts at or below the serial (the first one where none does)."""
        if len(self.chunks) <= 1:
            return 0
        return max(0, bisect_right(self.chunks, serial, key=_first_bound) - 1)

    def holds(self, start: int, end: int) -> bool:
        """Say whether every serial of [start, end) is in the set."""
        if not self.chunks or start >= end:
            return False
        chunk = self.chunks[self._chunk(start)]
        index = bisect_right(chunk, start)
        return index % 2 == 1 and chunk[index] >= end

    def meets(self, start: int, end: int) -> bool:
        """Say whether any serial of [start, end) is in the set."""
        if not self.chunks:
            return False
        number = self._chunk(start)
        chunk = self.chunks[number]
        index = bisect_right(chunk, start)
        return index % 2 == 1 or self._first_behind(number, index) < end

    def _first_behind(self, number: int, index: int) -> int:
        """The bound at an index of a chunk, or the one that follows its end."""
        chunk = self.chunks[number]
        if index < len(chunk):
            return chunk[index]
        return self.chunks[number + 1][0] if number + 1 < len(self.chunks) else BEYOND

    def add(self, start: int, end: int) -> None:
        """Put [start, end) in; raise Overlap where any of it is there already."""
        if start >= end:
            raise Overlap(f"{start}-{end - 1}")
        if not self.chunks:
            self.chunks.append(array("q", (start, end)))
            self.count = end - start
            return
        number = self._chunk(start)
        chunk = self.chunks[number]
        index = bisect_right(chunk, start)
        if index % 2 == 1 or self._first_behind(number, index) < end:
            raise Overlap(f"{start}-{end - 1}")
        self.count += end - start
        left = index > 0 and chunk[index - 1] == start
        if index == len(chunk) and number + 1 < len(self.chunks):
            following = self.chunks[number + 1]
            if following[0] == end:
                following[0] = chunk[index - 2] if left else start
                if left:
                    self._drop(number, index - 2)
                return
        right = index < len(chunk) and chunk[index] == end
        if left and right:
            del chunk[index - 1 : index + 1]
        elif left:
            chunk[index - 1] = end
        elif right:
            chunk[index] = start
        else:
            self._insert(number, index, start, end)

    def take(self, start: int, end: int) -> None:
        """Take [start, end) out; raise Missing where any of it is not there."""
        number = self._chunk(start)
        chunk = self.chunks[number] if self.chunks else NO_BOUNDS
        index = bisect_right(chunk, start)
        if index % 2 == 0 or chunk[index] < end or start >= end:
            raise Missing(f"{start}-{end - 1}")
        self.count -= end - start
        starts, ends = chunk[index - 1] == start, chunk[index] == end
        if starts and ends:
            self._drop(number, index - 1)
        elif starts:
            chunk[index - 1] = end
        elif ends:
            chunk[index] = start
        else:
            self._insert(number, index, start, end)

    def lowest(self, quantity: int) -> list[tuple[int, int]]:
        """Return the lowest `quantity` serials as ranges (fewer where the set holds fewer)."""
        found = []
        for chunk in self.chunks:
            for index in range(0, len(chunk), 2):
                start, end = chunk[index], chunk[index + 1]
                if end - start >= quantity:
                    found.append((start, start + quantity))
                    return found
                found.append((start, end))
                quantity -= end - start
        return found

    def parts(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield what the set holds of [start, end)."""
        for number in range(self._chunk(start), len(self.chunks)):
            chunk = self.chunks[number]
            if chunk[0] >= end:
                return
            for index in range(bisect_right(chunk, start) // 2 * 2, len(chunk), 2):
                if chunk[index] >= end:
                    return
                low, high = max(chunk[index], start), min(chunk[index + 1], end)
                if low < high:
                    yield low, high

    def gaps(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield what the set lacks of [start, end)."""
        for low, high in self.parts(start, end):
            if start < low:
                yield start, low
            start = high
        if start < end:
            yield start, end

    def _insert(self, number: int, index: int, first: int, second: int) -> None:
        chunk = self.chunks[number]
        chunk[index:index] = array("q", (first, second))
        if len(chunk) > CHUNK_BOUNDS:
            middle = len(chunk) // 4 * 2
            self.chunks[number : number + 1] = [chunk[:middle], chunk[middle:]]

    def _drop(self, number: int, index: int) -> None:
        chunk = self.chunks[number]
        del chunk[index : index + 2]
        if not chunk:
            del self.chunks[number]
