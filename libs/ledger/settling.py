"""Donated yen that become grams: what a settlement makes of them, and what each donor has of that.

Of a settlement a donor has the grams that fall into its yen, floor(b * 1,000,000 / price) -
floor(a * 1,000,000 / price) for the yen of the settlement from a to b: so what donors have adds up
to what was told out, to the gram. The part of a gram at the settlement's end is nobody's.
"""

import msgspec

from libs.ledger.events import GRAMS


class Settled(msgspec.Struct, frozen=True):
    """The yen of a pool from `first` on that became grams, and the yen that a tonne cost."""

    first: int
    yen: int
    price: int


class Part(msgspec.Struct, frozen=True):
    """A donor's part of a settlement: its grams from `first` on, as the settlement counts them."""

    first: int
    grams: int
    yen: int


def grams(yen: int, price: int) -> int:
    """Return the whole grams that so many yen buy at a price for a tonne."""
    return yen * GRAMS // price


def part(settled: Settled, first: int, yen: int) -> Part:
    """Return what a settlement made of the yen of its pool from `first` on: nothing, if of none."""
    start, end = (min(max(one - settled.first, 0), settled.yen) for one in (first, first + yen))
    before = grams(start, settled.price)
    return Part(before, grams(end, settled.price) - before, end - start)


def yen_of(gram: int, price: int) -> int:
    """Return which yen of a settlement, from 1, its gram falls into, from 1."""
    return -(-gram * price // GRAMS)
