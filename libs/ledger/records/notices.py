"""What the registers keep of notices: those that are owed, and those that were changed.

A notice that stands as it was first issued is one place in a set of places, 16 bytes at most; of
what it tells nothing is kept, for the fact is in the journal.
"""

import re

import msgspec

FACTS_MAX = 1 << 20
"""No entry has so many facts: each takes more bytes than its share of the largest entry."""

ISSUED, SUPERSEDED, WITHDRAWN = "issued", "superseded", "withdrawn"

_number = re.compile(r"(.+)-(\d{1,16})-(\d{1,7})(?:-r(\d{1,7}))?")


class Owed(msgspec.Struct, frozen=True):
    """A notice that a fact asks for: its kind, and the accounts that the fact concerns."""

    kind: str
    parties: tuple[str, ...] = ()


class Standing(msgspec.Struct, frozen=True):
    """The newest notice of a fact, where that is not its first one as it was issued."""

    version: int
    status: str


class Told(msgspec.Struct, frozen=True):
    """What a number names: the fact in an entry, and the how manieth notice of it."""

    position: int
    fact: int
    version: int = 1

    @property
    def place(self) -> int:
        """The fact's place in the journal as one number."""
        return self.position * FACTS_MAX + self.fact

    def number(self, ledger: str) -> str:
        """Return the number that people quote: LEDGER-POSITION-FACT, successors with -r2."""
        first = f"{ledger}-{self.position}-{self.fact + 1}"
        return first if self.version == 1 else f"{first}-r{self.version}"


def told(ledger: str, number: str) -> Told | None:
    """Return what a number of this ledger names, or None where it is no such number."""
    found = _number.fullmatch(number)
    if found is None:
        return None
    named = Told(int(found[2]), int(found[3]) - 1, int(found[4] or 1))
    return named if named.number(ledger) == number and named.fact < FACTS_MAX else None
