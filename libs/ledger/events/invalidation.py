"""Facts of the invalidation room: credits used up, or annulled."""

from typing import TypeAlias

import msgspec

from libs.ledger.events.fact import Fact
from libs.ledger.serials import SerialRange


class InvalidationFact(Fact, frozen=True, kw_only=True):
    """A fact of the invalidation room."""


class CreditsUsed(InvalidationFact, frozen=True, kw_only=True):
    """Credits were used up, once and for ever, for a stated claim."""

    account: str
    beneficiary: str
    purpose: str
    detail: str | msgspec.UnsetType = msgspec.UNSET
    period_from: str | msgspec.UnsetType = msgspec.UNSET
    period_to: str | msgspec.UnsetType = msgspec.UNSET
    stated_on: str | msgspec.UnsetType = msgspec.UNSET
    fiscal_year: int | msgspec.UnsetType = msgspec.UNSET
    scope: str | msgspec.UnsetType = msgspec.UNSET
    warnings: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    application: str | msgspec.UnsetType = msgspec.UNSET
    agent: str | msgspec.UnsetType = msgspec.UNSET
    corporate_number: str | msgspec.UnsetType = msgspec.UNSET
    also: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    place: str | msgspec.UnsetType = msgspec.UNSET
    energy_kwh: int | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    pool: str | msgspec.UnsetType = msgspec.UNSET


class CreditsInvalidated(CreditsUsed, frozen=True, kw_only=True, tag="credits.invalidated.v1"):
    """Credits were used up 無効化, once and for ever, for a stated claim."""


class CreditsCancelled(CreditsUsed, frozen=True, kw_only=True, tag="credits.cancelled.v1"):
    """Credits of a 国内クレジット scheme were used up 償却, once and for ever, for a claim."""


class ReversalCovered(CreditsUsed, frozen=True, kw_only=True, tag="reversal.covered.v1"):
    """A holder used up credits of its own for what its project had lost 補填."""

    project: str


class CreditsAnnulled(InvalidationFact, frozen=True, kw_only=True, tag="credits.annulled.v1"):
    """The regulator annulled serials of a lot: held ones are withdrawn, used ones are marked."""

    lot: str
    reason: str
    used: tuple[SerialRange, ...] = ()


class DutyOpened(InvalidationFact, frozen=True, kw_only=True, tag="duty.opened.v1"):
    """Somebody must replace credits that were used and then annulled."""

    debtor: str
    duty: str
    lot: str
    quantity: int


class DutyDischarged(InvalidationFact, frozen=True, kw_only=True, tag="duty.discharged.v1"):
    """Credits were used up for a duty; the facts behind it say which, `left` what it still asks."""

    account: str
    duty: str
    left: int
    quantity: int


class ApplicationFiled(InvalidationFact, frozen=True, kw_only=True, tag="application.filed.v1"):
    """Credits are held for a use that somebody applied for 無効化申請."""

    account: str
    application: str
    beneficiary: str
    purpose: str
    agent: str | msgspec.UnsetType = msgspec.UNSET
    corporate_number: str | msgspec.UnsetType = msgspec.UNSET
    detail: str | msgspec.UnsetType = msgspec.UNSET
    expires_at: str | msgspec.UnsetType = msgspec.UNSET
    fiscal_year: int | msgspec.UnsetType = msgspec.UNSET
    period_from: str | msgspec.UnsetType = msgspec.UNSET
    period_to: str | msgspec.UnsetType = msgspec.UNSET
    scope: str | msgspec.UnsetType = msgspec.UNSET
    stated_on: str | msgspec.UnsetType = msgspec.UNSET
    warnings: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    also: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    place: str | msgspec.UnsetType = msgspec.UNSET
    energy_kwh: int | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    pool: str | msgspec.UnsetType = msgspec.UNSET


class ApplicationConfirmed(
    InvalidationFact, frozen=True, kw_only=True, tag="application.confirmed.v1"
):
    """An application was confirmed; the facts behind it say what was used up."""

    account: str
    application: str


class ApplicationCancelled(
    InvalidationFact, frozen=True, kw_only=True, tag="application.cancelled.v1"
):
    """An application was taken back, and what it held is free."""

    account: str
    application: str


InvalidationEvent: TypeAlias = (
    CreditsInvalidated
    | CreditsCancelled
    | ReversalCovered
    | CreditsAnnulled
    | DutyOpened
    | DutyDischarged
    | ApplicationFiled
    | ApplicationConfirmed
    | ApplicationCancelled
)
