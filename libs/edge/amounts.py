"""Quantities as answers say them: exact, and no number larger than readers of JSON can hold."""

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


def thousandths(whole: int | None) -> str | None:
    """Return kWh as MWh, or MJ as GJ, exactly."""
    return None if whole is None else f"{whole // 1000}.{whole % 1000:03d}"
