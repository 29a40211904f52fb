"""One example of every event ever shipped, each field said: what golden bytes are made of."""

from typing import get_args

from libs.ledger.events import Event
from services.golden import (
    accounts,
    invalidation,
    issuance,
    ledger,
    notices,
    pools,
    projects,
    transfer,
)

GOLDEN: tuple[Event, ...] = tuple(
    sorted(
        (
            *ledger.EXAMPLES,
            *issuance.EXAMPLES,
            *projects.EXAMPLES,
            *transfer.EXAMPLES,
            *accounts.EXAMPLES,
            *invalidation.EXAMPLES,
            *pools.EXAMPLES,
            *notices.EXAMPLES,
        ),
        key=lambda example: get_args(Event).index(type(example)),
    )
)
"""In the order of the union that they belong to."""
