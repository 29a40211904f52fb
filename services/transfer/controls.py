"""What the controls of movements can be asked."""

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.texts import Code, Note


class SuspendMovements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let nothing of a scheme move; of no scheme at all where none is named. Two operators."""

    reason: Note
    scheme: Code | UnsetType = UNSET


class ResumeMovements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let move again what was suspended under the same scheme, or under none. Two operators."""

    scheme: Code | UnsetType = UNSET
