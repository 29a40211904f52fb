"""What can be asked of the members of a programme プログラム型."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.events import AppliedMethodology
from libs.ledger.instants import Day
from libs.ledger.rules.issuance import BasisPoints, Months
from libs.ledger.texts import Code, Name, Note


class JoinMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a member 会員 and its activity into a programme, with a crediting period of its own.

    A household is not named here: `member` is the programme's own number for it, and `site` tells
    one place from another, as a commitment where an address would tell who lives there.
    """

    applied_on: Day
    consent: bool
    implemented_on: Day
    member: Code
    methodologies: Annotated[
        tuple[AppliedMethodology, ...], msgspec.Meta(min_length=1, max_length=50)
    ]
    prefecture: Annotated[int, msgspec.Meta(ge=1, le=47)]
    project: Code
    quality_tested: bool
    site: Name
    added_on: Day | UnsetType = UNSET
    exemption: Code | UnsetType = UNSET
    monitorable_on: Day | UnsetType = UNSET
    payback_months: Months | UnsetType = UNSET
    permanence: Note | UnsetType = UNSET
    added_device: Code | UnsetType = UNSET
    post_fit: bool | UnsetType = UNSET
    residual_share: BasisPoints | UnsetType = UNSET
    survey: Code | UnsetType = UNSET


class LeaveProgramme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a member out of a programme: the day named is the last that it is credited for."""

    left_on: Day
    member: Code
    project: Code
    reason: Note
