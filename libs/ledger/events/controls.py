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


ControlEvent: TypeAlias = MovementsSuspended | MovementsResumed
