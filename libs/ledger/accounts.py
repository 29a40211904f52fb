"""Account codes: who can hold credits, as colon paths that begin with their kind."""

from functools import lru_cache
from typing import Annotated

import msgspec

AccountId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?![\s\S])")]
Actor = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9:._@-]{0,127}(?![\s\S])")]

AccountCode = Annotated[
    str,
    msgspec.Meta(
        max_length=200,
        pattern=r"^(WDL|[A-Z]{3,4}(:[A-Za-z0-9][A-Za-z0-9._/-]{0,99}){1,2})(?![\s\S])",
    ),
]
"""An account of the books: its kind, and what else its code has."""

INVALIDATED = "RET:INV"
CANCELLED = "RET:CAN"
BUFFER_CANCELLED = "RET:BUF"
WITHDRAWN = "WDL"
GOVERNMENT = "GOV:HOLD"


class Grammar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kinds of account of a ledger, fixed by its first entry.

    kinds     what an account code may begin with
    terminal  kinds that nothing ever leaves
    negative  kinds whose balance may fall below zero: the sources that units come out of
    """

    kinds: tuple[str, ...]
    terminal: tuple[str, ...]
    negative: tuple[str, ...]


GRAMMAR = Grammar(
    kinds=(
        *("ISS", "HOLD", "LOCK", "SEC", "GOV", "BUF", "RET", "EXT", "WDL"),
        *("G:CAP", "G:ALLOC", "G:SRC", "C:TRUST", "C:PAYABLE", "C:DEPOSIT", "C:POOL"),
    ),
    terminal=("RET", "WDL"),
    negative=("ISS", "G:SRC", "C:DEPOSIT", "C:PAYABLE", "C:POOL"),
)


@lru_cache(maxsize=1 << 14)
def kind(code: str) -> str:
    """Return the kind of an account code: its first part, or two in the gram and yen books."""
    parts = code.split(":", 2)
    return ":".join(parts[:2]) if parts[0] in ("G", "C") else parts[0]


def issuance(lot: str) -> str:
    """Return the source that the credits of a lot come out of."""
    return f"ISS:{lot}"


def holding(account: str) -> str:
    """Return the free balance 保有口座 of an account."""
    return f"HOLD:{account}"


def lock(account: str, order: str) -> str:
    """Return the part of a holding that an order reserves 留保."""
    return f"LOCK:{account}:{order}"


def buffer(name: str) -> str:
    """Return a pooled buffer バッファー管理口座."""
    return f"BUF:{name}"
