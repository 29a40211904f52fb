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


ControlEvent: TypeAlias = (
    MovementsSuspended | MovementsResumed | SerialsFrozen | SerialsUnfrozen | FreezeExpired
)
