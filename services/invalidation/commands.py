"""What the invalidation room can be asked."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.instants import Day
from libs.ledger.rules.invalidation import FiscalYear, Scope
from libs.ledger.serials import LotId, Quantity, Serials
from libs.ledger.texts import Code, Name, Note


class Application(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One application: whose credits are used up, for whose claim, for what and when.

    By total 総量指定 (`quantity`, of one `lot` or of whatever is eligible, oldest certification
    first) or by serial シリアル番号指定 (`lot` and `serials`). `beneficiary` is the user of the
    credits クレジット利用者. `stated_on` is the day that a takeover's source states. `fiscal_year`
    年度 is the year of the report, as the purpose's window allows; `scope` is where in it.
    """

    account: AccountId
    beneficiary: Name
    purpose: Code
    detail: Note | UnsetType = UNSET
    lot: LotId | UnsetType = UNSET
    period_from: Day | UnsetType = UNSET
    period_to: Day | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    serials: Serials | UnsetType = UNSET
    stated_on: Day | UnsetType = UNSET
    fiscal_year: FiscalYear | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET


class InvalidateCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Use credits up 無効化; all lines or none, line by line where `atomic` is false."""

    lines: Annotated[tuple[Application, ...], msgspec.Meta(min_length=1)]
    atomic: bool | UnsetType = UNSET


class CancelCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Use credits of a 国内クレジット scheme up 償却; lines as for invalidation."""

    lines: Annotated[tuple[Application, ...], msgspec.Meta(min_length=1)]
    atomic: bool | UnsetType = UNSET


class AnnulCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Declare credits of a lot never to have been good, by the regulator; all where no serials."""

    lot: LotId
    reason: Note
    serials: Serials | UnsetType = UNSET
