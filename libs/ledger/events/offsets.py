"""What an offset カーボン・オフセット was for, in the words of who made it.

The same words stand in a command, in its fact and on the certificate: so they are bounded here, for
all three. Days are Tokyo's, both ends of a period are in it.
"""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.instants import Day
from libs.ledger.serials import Quantity
from libs.ledger.texts import Name

Boundary = Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)]
"""The sources of emissions that were counted 算定対象."""


class OffsetWords(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What the words of every offset are like; `type` says which of them these are."""


class Gift(OffsetWords, frozen=True, kw_only=True, tag="gift"):
    """Offset with a gift for a donation to a hometown ふるさと納税返礼品."""

    municipality: Name
    gift: Name
    donated_on: Day | UnsetType = UNSET


class Product(OffsetWords, frozen=True, kw_only=True, tag="product"):
    """Offset with goods or services 製品・サービス: how many, and how much each carries."""

    product: Name
    items: Quantity | UnsetType = UNSET
    grams_each: Quantity | UnsetType = UNSET
    yen_each: Quantity | UnsetType = UNSET
    period_from: Day | UnsetType = UNSET
    period_to: Day | UnsetType = UNSET


class Activity(OffsetWords, frozen=True, kw_only=True, tag="activity"):
    """Offset of activities of one's own 自己活動; `part` says which part of the emissions."""

    activity: Name
    period_from: Day
    period_to: Day
    part: Name | UnsetType = UNSET


class Gathering(OffsetWords, frozen=True, kw_only=True, tag="event"):
    """Offset of a meeting or event 会議・イベント; `boundary` lists the emission sources."""

    event: Name
    held_from: Day
    held_to: Day
    venue: Name | UnsetType = UNSET
    boundary: Boundary = ()


class Travel(OffsetWords, frozen=True, kw_only=True, tag="travel"):
    """Offset of journeys 移動: to what, of how many people."""

    journey: Name
    travelled_from: Day
    travelled_to: Day
    travellers: Quantity | UnsetType = UNSET


Offset: TypeAlias = Gift | Product | Activity | Gathering | Travel


def period(offset: Offset) -> tuple[Day | UnsetType, Day | UnsetType]:
    """Return the first and the last day that an offset names; a gift's is one day."""
    match offset:
        case Gift():
            return offset.donated_on, offset.donated_on
        case Product() | Activity():
            return offset.period_from, offset.period_to
        case Gathering():
            return offset.held_from, offset.held_to
        case Travel():
            return offset.travelled_from, offset.travelled_to
