"""What an app reports of a programme's members 会員の取組み."""

from typing import Annotated

import msgspec

from libs.ledger.accounts import AccountId
from libs.ledger.events import LINES_MAX, Activity
from libs.ledger.texts import Code


class ReportActivities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Report in bulk what members of a programme did, as their app counted it.

    `account` is that of the implementer 運営・管理者, for whom the app's key acts. A report is a
    word of the members, and no monitoring report: nothing is certified by it.
    """

    project: Code
    account: AccountId
    lines: Annotated[tuple[Activity, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]
