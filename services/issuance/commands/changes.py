"""What can be asked of a plan that changes, and of a project whose circumstances do."""

import msgspec

from libs.ledger.instants import Day
from libs.ledger.serials import Quantity
from libs.ledger.texts import Code, Name, Note
from services.issuance.commands.projects import DraftProject


class ChangePlan(DraftProject, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Put another plan in the place of one 計画変更, given whole.

    Before its registration it has to be validated anew. After it the period stays as it is, and so
    does what makes the project this one: scheme, type, form, implementer, application, methodology.
    """

    reason: Note


class HandOverProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let another implementer プロジェクト実施者 take over a project and its duties 承継."""

    handed_on: Day
    implementer: Name
    project: Code
    reason: Note


class ReportLoss(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Report that a removal was lost 吸収効果消失, whole tonnes of it, and by what cause.

    The rule set says of the cause who makes good for it 補填, and whether the implementer owes it
    from now on; making good is a command of its own.
    """

    cause: Code
    detail: Note
    happened_on: Day
    project: Code
    quantity: Quantity
