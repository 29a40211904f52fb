"""Facts of the controls of movements: what is suspended, frozen, trusted, limited or reversed."""

from typing import TypeAlias

import msgspec

from libs.ledger.events.fact import Fact


class ControlFact(Fact, frozen=True, kw_only=True):
    """A fact of the controls."""


class MovementsSuspended(ControlFact, frozen=True, kw_only=True, tag="movements.suspended.v1"):
    """Nothing of a scheme moves until it is resumed; where none is named, nothing at all."""

    suspension: str
    reason: str
    scheme: str | msgspec.UnsetType = msgspec.UNSET


class MovementsResumed(ControlFact, frozen=True, kw_only=True, tag="movements.resumed.v1"):
    """What was suspended moves again."""

    suspension: str
    scheme: str | msgspec.UnsetType = msgspec.UNSET


class SerialsFrozen(ControlFact, frozen=True, kw_only=True, tag="serials.frozen.v1"):
    """Named serials of an account are frozen 差押え: they are locked until the freeze is over."""

    account: str
    freeze: str
    basis: str
    expires_at: str | msgspec.UnsetType = msgspec.UNSET


class SerialsUnfrozen(ControlFact, frozen=True, kw_only=True, tag="serials.unfrozen.v1"):
    """A freeze was lifted: what it still held is free again."""

    account: str
    freeze: str


class FreezeExpired(ControlFact, frozen=True, kw_only=True, tag="freeze.expired.v1"):
    """A freeze's time is over: what it still held is free again."""

    account: str
    freeze: str


class TrustedAdded(ControlFact, frozen=True, kw_only=True, tag="trusted.added.v1"):
    """An account trusts another 信頼する口座 from an instant on."""

    account: str
    trusted: str
    entry: str
    effective_at: str


class TrustedRemoved(ControlFact, frozen=True, kw_only=True, tag="trusted.removed.v1"):
    """An account trusts another no more, at once."""

    account: str
    trusted: str
    entry: str


class LimitChanged(ControlFact, frozen=True, kw_only=True, tag="limit.changed.v1"):
    """A daily limit of an account's own; without a quantity it has none any more."""

    account: str
    scheme: str
    quantity: int | msgspec.UnsetType = msgspec.UNSET


class LimitCounted(ControlFact, frozen=True, kw_only=True, tag="limit.counted.v1"):
    """Credits of a scheme left an account, or were set aside to: they count on a legal day."""

    account: str
    scheme: str
    day: str
    quantity: int


class ReversalRequested(ControlFact, frozen=True, kw_only=True, tag="reversal.requested.v1"):
    """The giver of a settled transfer wants it back: its receiver, or two operators, may agree."""

    order: str
    source: str
    target: str
    reason: str
    requested_by: str


class TransferReversed(ControlFact, frozen=True, kw_only=True, tag="transfer.reversed.v1"):
    """A settled transfer was taken back: the very serials are the giver's again."""

    order: str
    source: str
    target: str
    reason: str


class ReversalClosed(ControlFact, frozen=True, kw_only=True, tag="reversal.closed.v1"):
    """The time to reverse a settled transfer is over."""

    order: str


ControlEvent: TypeAlias = (
    MovementsSuspended
    | MovementsResumed
    | SerialsFrozen
    | SerialsUnfrozen
    | FreezeExpired
    | TrustedAdded
    | TrustedRemoved
    | LimitChanged
    | LimitCounted
    | ReversalRequested
    | TransferReversed
    | ReversalClosed
)
