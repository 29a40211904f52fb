"""Who enters what a scheme's committee decides, as rule data."""

import msgspec

from libs.ledger.texts import Code


class CommitteeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The committee 認証委員会 that registers projects and approves certifications.

    body       the body 機関 that it stands in the register as: whoever speaks for it enters what it
               decided, and where its minutes say so
    operators  whether operators may enter that too
    """

    body: Code
    operators: bool
