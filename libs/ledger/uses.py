"""Who used which serials: kept for the day the regulator annuls them."""

from array import array
from collections.abc import Iterator


class Uses:
    """The user of every retired serial, as (start, end, number of the user) per lot: 24 bytes each.

    Retired serials never move again, so the list only grows; it is read when a lot is annulled.
    """

    __slots__ = ("lots", "names", "numbers")

    def __init__(self) -> None:
        self.lots: dict[str, array[int]] = {}
        self.names: list[str] = []
        self.numbers: dict[str, int] = {}

    def add(self, lot: str, start: int, end: int, user: str) -> None:
        """Note that the user used [start, end) of the lot."""
        number = self.numbers.get(user)
        if number is None:
            number = self.numbers[user] = len(self.names)
            self.names.append(user)
        self.lots.setdefault(lot, array("q")).extend((start, end, number))

    def forget(self, lot: str, names: int) -> None:
        """Take back the last use of the lot, and whatever user is new since there were so many."""
        del self.lots[lot][-3:]
        if not self.lots[lot]:
            del self.lots[lot]
        for name in self.names[names:]:
            del self.numbers[name]
        del self.names[names:]

    def of(self, lot: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield what of [start, end) was used, and by whom, in the order of use."""
        uses = iter(self.lots.get(lot, ()))
        for first, last, number in zip(uses, uses, uses, strict=True):
            low, high = max(first, start), min(last, end)
            if low < high:
                yield low, high, self.names[number]
