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
    """Credits changed hands 移転: at once, or by the order that waited for it.

    What was settled at once has an `order` where it may be reversed, to be named by.
    """

    source: str
    target: str
    order: str | msgspec.UnsetType = msgspec.UNSET
    reversible_until: str | msgspec.UnsetType = msgspec.UNSET
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


class OrderPlaced(TransferFact, frozen=True, kw_only=True, tag="order.placed.v1"):
    """A transfer is asked for 移転申請: its credits are set aside until it is settled or ended."""

    order: str
    source: str
    target: str
    placed_by: str
    waits_for: tuple[str, ...]
    expires_at: str | msgspec.UnsetType = msgspec.UNSET
    settles_at: str | msgspec.UnsetType = msgspec.UNSET


class OrderApproved(TransferFact, frozen=True, kw_only=True, tag="order.approved.v1"):
    """A second representative of the giver approves."""

    order: str


class OrderAccepted(TransferFact, frozen=True, kw_only=True, tag="order.accepted.v1"):
    """The receiver accepts."""

    order: str


class OrderDeclined(TransferFact, frozen=True, kw_only=True, tag="order.declined.v1"):
    """The receiver declines: what was set aside is the giver's own again."""

    account: str
    order: str


class OrderCancelled(TransferFact, frozen=True, kw_only=True, tag="order.cancelled.v1"):
    """The giver takes the order back: what was set aside is free again."""

    account: str
    order: str


class OrderExpired(TransferFact, frozen=True, kw_only=True, tag="order.expired.v1"):
    """The order's time is over: what was set aside is free again."""

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
    | OrderPlaced
    | OrderApproved
    | OrderAccepted
    | OrderDeclined
    | OrderCancelled
    | OrderExpired
)
