"""What every event has, and what it can move: postings of credits, grams and yen."""

from typing import TypeAlias

import msgspec


class CreditPosting(
    msgspec.Struct, frozen=True, tag="t", tag_field="unit", forbid_unknown_fields=True, gc=False
):
    """The serials `first` to `last` of a lot, both included, leave `source` for `target`."""

    lot: str
    first: int
    last: int
    source: str
    target: str


class GramPosting(
    msgspec.Struct, frozen=True, tag="g", tag_field="unit", forbid_unknown_fields=True, gc=False
):
    """Grams of a pool's book leave `source` for `target`."""

    book: str
    quantity: int
    source: str
    target: str


class YenPosting(
    msgspec.Struct, frozen=True, tag="JPY", tag_field="unit", forbid_unknown_fields=True, gc=False
):
    """Yen of a book leave `source` for `target`."""

    book: str
    quantity: int
    source: str
    target: str


Posting: TypeAlias = CreditPosting | GramPosting | YenPosting


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every event has: the line of the command it answers, and what it moves."""

    line: int | msgspec.UnsetType = msgspec.UNSET
    postings: tuple[Posting, ...] = ()
