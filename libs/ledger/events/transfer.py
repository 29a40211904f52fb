"""Facts of the transfer room: accounts, and credits that change hands or are set aside."""

from typing import TypeAlias

import msgspec

from libs.ledger.events.fact import Fact


class TransferFact(Fact, frozen=True, kw_only=True):
    """A fact of the transfer room."""


class AccountOpened(TransferFact, frozen=True, kw_only=True, tag="account.opened.v1"):
    """A holding account 保有口座 is open."""

    account: str
    name: str
    representatives: tuple[str, ...] = ()


class AccountFrozen(TransferFact, frozen=True, kw_only=True, tag="account.frozen.v1"):
    """Nothing enters or leaves the account until it is unfrozen."""

    account: str
    reason: str


class AccountUnfrozen(TransferFact, frozen=True, kw_only=True, tag="account.unfrozen.v1"):
    """The account is open again."""

    account: str


class AccountClosed(TransferFact, frozen=True, kw_only=True, tag="account.closed.v1"):
    """The account was empty and is closed for ever."""

    account: str


class TransferSettled(TransferFact, frozen=True, kw_only=True, tag="transfer.settled.v1"):
    """Credits changed hands 移転: requested and settled in one entry."""

    source: str
    target: str
    stated_on: str | msgspec.UnsetType = msgspec.UNSET


class CreditsReserved(TransferFact, frozen=True, kw_only=True, tag="credits.reserved.v1"):
    """Part of a holding is set aside 留保 for an order."""

    account: str
    order: str
    expires_at: str | msgspec.UnsetType = msgspec.UNSET


class ReservationReleased(TransferFact, frozen=True, kw_only=True, tag="reservation.released.v1"):
    """What was set aside is free again."""

    account: str
    order: str


class ReservationExpired(TransferFact, frozen=True, kw_only=True, tag="reservation.expired.v1"):
    """What was set aside is free again because its time is over."""

    account: str
    order: str


TransferEvent: TypeAlias = (
    AccountOpened
    | AccountFrozen
    | AccountUnfrozen
    | AccountClosed
    | TransferSettled
    | CreditsReserved
    | ReservationReleased
    | ReservationExpired
)
