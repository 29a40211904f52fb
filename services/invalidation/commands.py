"""What the invalidation room can be asked."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.corporate import CorporateNumber
from libs.ledger.instants import Day, Instant
from libs.ledger.rules.invalidation import Country, FiscalYear, Scope
from libs.ledger.serials import Count, LotId, Quantity, Serials
from libs.ledger.texts import Code, Name, Note


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where credits are used: the prefecture by its number of JIS X 0401, and where in it."""

    prefecture: Annotated[int, msgspec.Meta(ge=1, le=47)]
    site: Name

    @property
    def text(self) -> str:
        """The place as the register of projects writes it."""
        return f"{self.prefecture}/{self.site}"


class Application(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One application: whose credits are used up, for whose claim, for what and when.

    By total 総量指定 (`quantity`, of one `lot` or of whatever is eligible, oldest certification
    first) or by serial シリアル番号指定 (`lot` and `serials`). `beneficiary` is the user of the
    credits クレジット利用者. `stated_on` is the day that a takeover's source states. `fiscal_year`
    年度 is the year of the report, as the purpose's window allows; `scope` is where in it. `also`
    are further reports of the same user that the same use serves; `place` is where what is offset
    is emitted, `country` where it is abroad. `corporate_number` is the user's 法人番号, `agent` who
    applies for it 代理無効化. `energy_kwh` is the renewable electricity エネルギー換算量 that
    the user claims with it: no more than was certified with these credits. `pool` has its grams
    told out to certificates afterwards.
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
    agent: Name | UnsetType = UNSET
    also: Annotated[tuple[Code, ...], msgspec.Meta(min_length=1, max_length=10)] | UnsetType = UNSET
    corporate_number: CorporateNumber | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    place: Place | UnsetType = UNSET
    energy_kwh: Count | UnsetType = UNSET
    pool: Code | UnsetType = UNSET


class InvalidateCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Use credits up 無効化; all lines or none, line by line where `atomic` is false."""

    lines: Annotated[tuple[Application, ...], msgspec.Meta(min_length=1)]
    atomic: bool | UnsetType = UNSET


class Filing(Application, frozen=True, forbid_unknown_fields=True):
    """An application that waits for its confirmation, with one scope for all that it claims.

    What is not confirmed by `expires_at` is free again with the next tick.
    """

    expires_at: Instant | UnsetType = UNSET


class FileApplications(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Apply for credits to be used up 無効化申請: they are held until that is confirmed.

    Each line is an application of its own; all lines or none, or one by one.
    """

    lines: Annotated[tuple[Filing, ...], msgspec.Meta(min_length=1)]
    atomic: bool | UnsetType = UNSET


class ConfirmApplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Carry an application out 無効化: its credits are used up, and nothing takes it back."""

    application: Code


class CancelApplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take an application back: what it held is free again."""

    application: Code


class CancelCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Use credits of a 国内クレジット scheme up 償却; lines as for invalidation."""

    lines: Annotated[tuple[Application, ...], msgspec.Meta(min_length=1)]
    atomic: bool | UnsetType = UNSET


class DischargeDuty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Replace annulled credits 補填: use up others of an account for what a duty asks for."""

    account: AccountId
    duty: Code
    lot: LotId | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    serials: Serials | UnsetType = UNSET


class AnnulCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Declare credits of a lot never to have been good, by the regulator; all where no serials."""

    lot: LotId
    reason: Note
    serials: Serials | UnsetType = UNSET
