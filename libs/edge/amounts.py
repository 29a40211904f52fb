"""Quantities summed over lots: they may be larger than what readers of JSON can be trusted with."""

from typing import Annotated, TypeAlias

import msgspec

from libs.ledger.serials import INTEGER_MAX

Amount: TypeAlias = Annotated[
    int | Annotated[str, msgspec.Meta(pattern=r"^-?[1-9][0-9]{15,}(?![\s\S])")],
    msgspec.Meta(description="A whole number; beyond 2^53-1 its digits as a string."),
]
"""A quantity as an answer says it: many readers of JSON would round a larger number."""


def amount(quantity: int) -> Amount:
    """Return a quantity as an answer says it."""
    return quantity if -INTEGER_MAX <= quantity <= INTEGER_MAX else str(quantity)
