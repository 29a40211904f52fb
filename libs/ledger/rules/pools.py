"""What a rule set says of pools."""

import msgspec

from libs.ledger.texts import Code


class PoolRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What credits may be retired for a pool for.

    purposes  none of them is a report's: a certificate out of a pool is no evidence for one
    """

    purposes: tuple[Code, ...]
