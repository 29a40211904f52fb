"""What can be asked of a reversal 吸収効果消失: that its holder makes good for it."""

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.serials import LotId, Quantity, Serials
from libs.ledger.texts import Code, Note

PURPOSE = "REVERSAL_COVER"
"""The purpose 目的 of credits that make good for others."""


class CoverReversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make good 補填 for a loss that was intended, with credits of the project's holder.

    `account` is one that credits of the project were issued to. A natural disturbance is covered
    from the buffer instead, by the operators.
    """

    account: AccountId
    project: Code
    reason: Note
    lot: LotId | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    serials: Serials | UnsetType = UNSET
