"""What can be asked of meetings."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.instants import Day
from libs.ledger.serials import Quantity
from libs.ledger.texts import Name
from services.pools.commands import Commitment, PoolId

Attendees = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
SquareMetres = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class OrderMeeting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Order that a meeting is offset: its grams follow from the rules, rounded up as they say.

    A dry run is a quote; who names its `grams` here is refused where they are others by now.
    `recipient` or `commitment` say whose certificate it is.
    """

    pool: PoolId
    title: Name
    held_on: Day
    attendees: Attendees
    area_m2: SquareMetres
    minutes: Minutes
    online: bool
    tenant: AccountId | UnsetType = UNSET
    recipient: Name | UnsetType = UNSET
    commitment: Commitment | UnsetType = UNSET
    grams: Quantity | UnsetType = UNSET
