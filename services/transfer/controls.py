"""What the controls of movements can be asked."""

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.instants import Instant
from libs.ledger.serials import LotId, Quantity, Serial
from libs.ledger.texts import Code, Note


class SuspendMovements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let nothing of a scheme move; of no scheme at all where none is named. Two operators."""

    reason: Note
    scheme: Code | UnsetType = UNSET


class ResumeMovements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let move again what was suspended under the same scheme, or under none. Two operators."""

    scheme: Code | UnsetType = UNSET


class FreezeSerials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Freeze the serials `first` to `last` of an account 差押え, on a legal basis 根拠."""

    account: AccountId
    basis: Note
    first: Serial
    last: Serial
    lot: LotId
    expires_at: Instant | UnsetType = UNSET


class UnfreezeSerials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lift a freeze: its serials are the account's free balance again."""

    freeze: Code


class AddTrusted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Trust an account 信頼する口座, once the working days that the rules ask for have passed."""

    account: AccountId
    trusted: AccountId


class RemoveTrusted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Trust an account no more, at once; what waits already goes on waiting."""

    account: AccountId
    trusted: AccountId


class SetLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let at most so many credits of a scheme leave an account in a legal day.

    Without a quantity only the scheme's own limit counts. A holder may lower its limit; only an
    operator raises it again.
    """

    account: AccountId
    scheme: Code
    quantity: Quantity | UnsetType = UNSET


class ReverseTransfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a settled transfer back, whole, while none of its credits moved on. Two operators."""

    order: Code
    reason: Note


class RequestReversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ask for a settled transfer back, as its giver: the receiver, or two operators, may agree."""

    order: Code
    reason: Note


class ConsentToReversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give back what the giver of a settled transfer has asked for, as its receiver."""

    order: Code
