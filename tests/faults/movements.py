"""Checks of what moved: nothing is used twice, nothing comes back, nothing is lost: C5 to C7."""

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterator

from tests.faults.run import Run, Tables, Violation
from tests.faults.segments import Misplaced, Shelves

TERMINAL = ("RET:", "WDL")
NEGATIVE = ("ISS", "G:SRC", "C:DEPOSIT", "C:PAYABLE", "C:POOL")


def ended(code: str) -> bool:
    """Say whether an account is one that nothing leaves."""
    return code.startswith(TERMINAL)


class Intervals:
    """Intervals of serials of each lot, none of which overlaps another."""

    def __init__(self) -> None:
        self._firsts: dict[str, list[int]] = {}
        self._ranges: dict[str, dict[int, tuple[int, int]]] = {}

    def meeting(self, lot: str, first: int, last: int) -> tuple[int, int, int] | None:
        """Return an interval that has any of the serials: first, last, position."""
        firsts = self._firsts.get(lot, [])
        place = bisect_right(firsts, last)
        if not place:
            return None
        start = firsts[place - 1]
        end, position = self._ranges[lot][start]
        return (start, end, position) if end >= first else None

    def add(self, lot: str, first: int, last: int, position: int) -> None:
        """Put in an interval that overlaps no other."""
        insort(self._firsts.setdefault(lot, []), first)
        self._ranges.setdefault(lot, {})[first] = (last, position)


def c5_double_use(run: Run) -> Iterator[Violation]:
    """No serial is used up twice, and none that was used up moves again."""
    used = Intervals()
    for entry in run.entries:
        for posting in entry.postings():
            if posting["unit"] != "t":
                continue
            lot, first, last = posting["lot"], posting["first"], posting["last"]
            before = used.meeting(lot, first, last)
            if before is not None:
                what = f"{lot} {first}-{last}: {before[0]}-{before[1]} ended at {before[2]}"
                yield Violation("C5", what, entry.position)
            elif ended(posting["target"]):
                used.add(lot, first, last, entry.position)


def c6_revival(run: Run) -> Iterator[Violation]:
    """Nothing leaves an account that nothing leaves, and no table shows what ended as held."""
    used = Intervals()
    for entry in run.entries:
        for posting in entry.postings():
            if ended(posting["source"]):
                what = f"{posting['source']} gives {posting.get('lot', posting.get('book'))}"
                yield Violation("C6", what, entry.position)
            elif posting["unit"] == "t" and ended(posting["target"]):
                lot, first, last = posting["lot"], posting["first"], posting["last"]
                if used.meeting(lot, first, last) is None:
                    used.add(lot, first, last, entry.position)
    for name, tables in run.tables.items():
        for row in tables.rows.get("holdings", ()):
            over = used.meeting(row["lot"], row["first"], row["last"])
            if over is not None and not ended(row["account"]):
                what = f"{name}: {row['account']} holds {row['lot']} {over[0]}-{over[1]}"
                yield Violation("C6", what, over[2])


def c7_conservation(run: Run) -> Iterator[Violation]:
    """At every prefix each serial is in one account, and no balance is below zero."""
    books = Shelves()
    balances: Counter[tuple[str, str, str]] = Counter()
    for entry in run.entries:
        for posting in entry.postings():
            source, target = posting["source"], posting["target"]
            if source == target or not source or not target:
                yield Violation("C7", f"a posting has one end: {source}", entry.position)
            elif posting["unit"] != "t":
                unit, book, quantity = posting["unit"], posting["book"], posting["quantity"]
                balances[unit, book, source] -= quantity
                balances[unit, book, target] += quantity
                low = balances[unit, book, source] < 0 and not source.startswith(NEGATIVE)
                if low or quantity < 1:
                    yield Violation("C7", f"{source} falls below zero", entry.position)
            else:
                try:
                    move(books, posting["lot"], posting["first"], posting["last"], source, target)
                except Misplaced as wrong:
                    yield Violation("C7", str(wrong), entry.position)
    for name, tables in run.tables.items():
        if tables.position == len(run.entries):
            yield from _same_sums(name, tables, books)


def move(books: Shelves, lot: str, first: int, last: int, source: str, target: str) -> None:
    """Do what a posting says; raise Misplaced where the source has not what it gives."""
    if first > last:
        raise Misplaced(f"{lot}: {first} is behind {last}")
    if source.startswith("ISS:"):
        if source != f"ISS:{lot}":
            raise Misplaced(f"{lot} comes out of {source}")
        books.issue(lot, first, last, target)
    else:
        books.move(lot, first, last, source, target)


def _same_sums(name: str, tables: Tables, books: Shelves) -> Iterator[Violation]:
    """Every serial is in exactly one row, and each account has what the postings gave it."""
    sums: Counter[tuple[str, str]] = Counter()
    lot, behind = "", 0
    for row in sorted(tables.rows.get("holdings", ()), key=lambda row: (row["lot"], row["first"])):
        if (row["lot"] == lot and row["first"] <= behind) or row["first"] > row["last"]:
            yield Violation("C7", f"{name}: {row['lot']} {row['first']} stands there twice")
        lot, behind = row["lot"], row["last"]
        sums[row["account"], lot] += row["last"] - row["first"] + 1
    for key in sums.keys() | books.count.keys():
        if sums[key] != books.count[key]:
            what = f"{name}: {key[0]} has {sums[key]} of {key[1]}, not {books.count[key]}"
            yield Violation("C7", what)
