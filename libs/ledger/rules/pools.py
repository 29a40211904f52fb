"""What a rule set says of pools."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.texts import Code

Factor = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Rounding = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class MeetingRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many grams a meeting emits 算定ツール, in whole numbers.

    room       grams per square metre and hour: light and air of the room
    journey    grams per attendee who comes to it
    screen     grams per attendee and hour, where all are online
    round_up   grams are rounded up to the next multiple of this
    """

    room: Factor
    journey: Factor
    screen: Factor
    round_up: Rounding


class PoolRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What credits may be retired for a pool for.

    purposes  none of them is a report's: a certificate out of a pool is no evidence for one
    meetings  by which factors a meeting can be ordered; where absent, none can
    """

    purposes: tuple[Code, ...]
    meetings: MeetingRules | UnsetType = UNSET
