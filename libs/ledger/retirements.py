"""Which retirements a certificate 証明書 may rest on: kept for the day that one is asked for."""

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from libs.ledger.serials import Ranges

V = TypeVar("V", bound=Hashable)


class Retired(msgspec.Struct, frozen=True):
    """Whose credits were used up, for what, and for which pool where it was for one."""

    account: str
    purposes: tuple[str, ...]
    pool: str = ""


class Numbered(Generic[V]):
    """Values that come again and again, each under the number of its first coming."""

    __slots__ = ("numbers", "values")

    def __init__(self, values: Iterable[V] = ()) -> None:
        self.values = list(values)
        self.numbers = {value: number for number, value in enumerate(self.values)}

    def number(self, value: V) -> int:
        """Return the number of a value, which it has from now on."""
        found = self.numbers.get(value)
        if found is None:
            found = self.numbers[value] = len(self.values)
            self.values.append(value)
        return found


class Retirements:
    """Retirements by the place of their fact in the journal: 32 bytes a range of serials.

    Accepted facts come in the order of their places and are never taken back, so the columns are
    sorted as they grow. `certified` are the places whose retirement has its certificate.
    """

    __slots__ = ("certified", "claims", "ends", "lots", "of_claims", "of_lots", "places", "starts")

    def __init__(self) -> None:
        self.places, self.starts, self.ends = array("q"), array("q"), array("q")
        self.of_claims, self.of_lots = array("I"), array("I")
        self.claims: Numbered[Retired] = Numbered()
        self.lots: Numbered[str] = Numbered()
        self.certified = Ranges()

    @property
    def columns(self) -> tuple["array[int]", ...]:
        """What is kept of each range, row by row."""
        return (self.places, self.of_claims, self.of_lots, self.starts, self.ends)

    def add(self, place: int, retired: Retired, ranges: Iterable[tuple[str, int, int]]) -> None:
        """Note which serials, as (lot, start, end), the fact at a place used up."""
        claim = self.claims.number(retired)
        for lot, start, end in ranges:
            row = (place, claim, self.lots.number(lot), start, end)
            for column, value in zip(self.columns, row, strict=True):
                column.append(value)

    def at(self, place: int) -> Retired | None:
        """Return what the fact at a place used up credits for; None where it is not kept."""
        row = bisect_left(self.places, place)
        if self.places[row : row + 1] != array("q", (place,)):
            return None
        return self.claims.values[self.of_claims[row]]

    def ranges(self, place: int) -> Iterator[tuple[str, int, int]]:
        """Yield the serials that the fact at a place used up, as (lot, start, end)."""
        first, behind = bisect_left(self.places, place), bisect_left(self.places, place + 1)
        for row in range(first, behind):
            yield self.lots.values[self.of_lots[row]], self.starts[row], self.ends[row]
