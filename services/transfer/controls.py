"""What the controls of movements can be asked."""

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.instants import Instant
from libs.ledger.serials import LotId, Serial
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
