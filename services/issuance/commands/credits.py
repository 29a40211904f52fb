"""What the issuance room can be asked about credits and the buffer."""

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.instants import Day
from libs.ledger.serials import Count, LotId, Quantity, Serial, Serials
from libs.ledger.texts import Code, Note


class BufferShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of the issued credits go to which pooled buffer."""

    account: AccountId
    quantity: Count


class IssueCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Issue a certification's credits to a holder; the buffer's share comes off the top.

    `first` is for a takeover that keeps another registry's numbers; without it serials begin at 1
    and the lot must be new. Without `buffer` the rule set's share of the project's type applies.
    With `certification` all of this must be what the committee approved, and the lot is new.
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
    certification: Code | UnsetType = UNSET


class IssueToGovernment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Issue an approved certification to the state 政府保有クレジット, as its subsidy was given."""

    certification: Code
    lot: LotId


class ReleaseGovernment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give credits of the state 政府保有クレジット to a holder; always an act of two operators.

    What is paid for them is in no book of this ledger; `reason` says by what contract they go.
    """

    account: AccountId
    reason: Note
    lot: LotId | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    serials: Serials | UnsetType = UNSET


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
