"""What the transfer room can be asked."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId, Actor
from libs.ledger.instants import Day, Instant
from libs.ledger.serials import LotId, Quantity, Serials
from libs.ledger.texts import Code, Name, Note


class OpenAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open a holding account 保有口座; `representatives` may act for it, beside the operators."""

    account: AccountId
    name: Name
    representatives: Annotated[tuple[Actor, ...], msgspec.Meta(max_length=50)] | UnsetType = UNSET


class FreezeAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let nothing enter or leave an account."""

    account: AccountId
    reason: Note


class UnfreezeAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open a frozen account again."""

    account: AccountId


class CloseAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Close an empty account for ever."""

    account: AccountId


class TransferLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Credits that one account gives another.

    By `serials` of a `lot`; or a `quantity` of a `lot`; or a `quantity` of whatever is eligible,
    oldest certification first. `stated_on` is the day that a takeover's source states.
    """

    source: AccountId
    target: AccountId
    lot: LotId | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    serials: Serials | UnsetType = UNSET
    stated_on: Day | UnsetType = UNSET


class RequestTransfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Transfer credits 移転, all lines or none; line by line where `atomic` is false."""

    lines: Annotated[tuple[TransferLine, ...], msgspec.Meta(min_length=1)]
    atomic: bool | UnsetType = UNSET


class ReserveCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set part of a holding aside 留保, under an order named by this command's position."""

    account: AccountId
    expires_at: Instant | UnsetType = UNSET
    lot: LotId | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    serials: Serials | UnsetType = UNSET


class ReleaseReservation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set free again what an order had set aside."""

    order: Code


class OrderLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Credits that an order is about, chosen as a transfer's are."""

    lot: LotId | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    serials: Serials | UnsetType = UNSET


class PlaceOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ask for a transfer 移転申請; it is settled as soon as everything it waits for has come.

    It waits for what the schemes of its credits ask for, and for what the giver wants besides:
    `approval` by another representative of its own, `acceptance` by the receiver.
    """

    source: AccountId
    target: AccountId
    lines: Annotated[tuple[OrderLine, ...], msgspec.Meta(min_length=1, max_length=1000)]
    expires_at: Instant | UnsetType = UNSET
    waits_for: (
        Annotated[tuple[Literal["approval", "acceptance"], ...], msgspec.Meta(max_length=2)]
        | UnsetType
    ) = UNSET


class ApproveOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Approve an order as another representative than the one who placed it."""

    order: Code


class AcceptOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Accept, as the receiver, what an order gives."""

    order: Code


class DeclineOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Decline, as the receiver, what an order gives; it goes back at once."""

    order: Code


class CancelOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take an order back before it is settled."""

    order: Code
