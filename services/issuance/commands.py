"""What the issuance room can be asked."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.events import AppliedMethodology
from libs.ledger.instants import Day
from libs.ledger.rules.issuance import Months
from libs.ledger.serials import Count, LotId, Quantity, Serial, Serials
from libs.ledger.texts import Code, Name, Note


class RegisterProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Enter a project; its id is the whole key: scheme, type and number in one."""

    kind: Code
    methodologies: Annotated[tuple[Code, ...], msgspec.Meta(max_length=50)]
    name: Name
    project: Code
    scheme: Code
    country: Code | UnsetType = UNSET
    implementer: Name | UnsetType = UNSET
    region: Name | UnsetType = UNSET


class DraftProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hand in the plan of a project プロジェクト計画書: it is in Japan, in one prefecture.

    prefecture      its number of JIS X 0401
    site            where in it; with the methodologies and the day it tells one project of another
    added_on        when the device was added to a plant whose feed-in tariff has ended 卒FIT
    monitorable_on  from when it can be monitored, if later than the application
    payback_months  or the code of an exemption from it
    permanence      how a removal is made to last
    """

    applied_on: Day
    consent: bool
    form: Literal["normal", "programme"]
    implemented_on: Day
    implementer: Name
    kind: Code
    methodologies: Annotated[
        tuple[AppliedMethodology, ...], msgspec.Meta(min_length=1, max_length=50)
    ]
    name: Name
    prefecture: Annotated[int, msgspec.Meta(ge=1, le=47)]
    project: Code
    quality_tested: bool
    scheme: Code
    site: Name
    added_on: Day | UnsetType = UNSET
    exemption: Code | UnsetType = UNSET
    monitorable_on: Day | UnsetType = UNSET
    payback_months: Months | UnsetType = UNSET
    permanence: Note | UnsetType = UNSET


class BufferShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of the issued credits go to which pooled buffer."""

    account: AccountId
    quantity: Count


class IssueCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Issue a certification's credits to a holder; the buffer's share comes off the top.

    `first` is for a takeover that keeps another registry's numbers; without it serials begin at 1
    and the lot must be new. Without `buffer` the rule set's share of the project's type applies.
    """

    account: AccountId
    certified_on: Day
    lot: LotId
    project: Code
    quantity: Quantity
    vintage_from: Day
    vintage_to: Day
    buffer: BufferShare | UnsetType = UNSET
    first: Serial | UnsetType = UNSET


class WithdrawIssuance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take back an issuance made in error, while all of it is where it was issued to."""

    lot: LotId
    reason: Note


class ReleaseBuffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give credits of a buffer to a holder."""

    account: AccountId
    buffer: AccountId
    lot: LotId | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    serials: Serials | UnsetType = UNSET


class CancelBuffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Use up credits of a buffer to make good for a reversal 補填."""

    buffer: AccountId
    reason: Note
    lot: LotId | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    serials: Serials | UnsetType = UNSET
