"""What time brings: what was set aside is over, and what has waited long enough happens."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from msgspec import UNSET, UnsetType

from libs.ledger.accounts import holding, lock
from libs.ledger.commands import Tick
from libs.ledger.crediting import passing, step
from libs.ledger.decide import SYSTEM, everything, may_operate
from libs.ledger.decider import Act
from libs.ledger.events import (
    Event,
    FreezeExpired,
    OrderExpired,
    ReservationExpired,
    ReversalClosed,
    TimePassed,
    TransferSettled,
)
from libs.ledger.instants import text
from libs.ledger.postings import Picked, moves
from libs.ledger.records import Freeze, Order
from libs.ledger.records.transfer import DELAY
from libs.ledger.rules.calendar import after_working_days
from libs.ledger.standing import not_open, office, suspended
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse

Expired: TypeAlias = type[ReservationExpired] | type[OrderExpired]

FREED_BYTES = 512
"""What a fact that time brings, and each of its postings, takes in an entry at most."""


class Due(NamedTuple):
    """What is due: since when, of which order, and the fact that it makes."""

    expires_ms: int
    order: str
    fact: Callable[[], Event]


def tick(state: State, act: Act, _: Tick) -> Outcome:
    """Let time pass: what was set aside until now is free again, in the order of its due.

    One entry frees what fits into it, at least one; the next tick goes on.
    """
    if not (act.actor.startswith(SYSTEM) or may_operate(state, act.actor)):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    events: list[Event] = [TimePassed()]
    room = state.limits.bytes // FREED_BYTES - 2
    for one in sorted(due(state, act.at_ms), key=lambda one: one[:2]):
        event = one.fact()
        room -= 1 + len(event.postings)
        if room < 0 and len(events) > 1:
            break
        events.append(event)
    return tuple(events)


def due(state: State, at_ms: int) -> Iterator[Due]:
    """Yield what an instant brings, in no order."""
    for kept in state.reservations.values():
        if kept.expires_ms is not None and kept.expires_ms <= at_ms:
            fact = partial(_freed, state, ReservationExpired, kept.account, kept.order)
            yield Due(kept.expires_ms, kept.order, fact)
    for order in state.orders.values():
        if _ripe(state, order, at_ms):
            yield Due(order.settles_ms or 0, order.order, partial(settled, state, at_ms, order))
        elif order.expires_ms is not None and order.expires_ms <= at_ms:
            fact = partial(_freed, state, OrderExpired, order.source, order.order)
            yield Due(order.expires_ms, order.order, fact)
    for freeze in state.freezes.values():
        if freeze.expires_ms is not None and freeze.expires_ms <= at_ms:
            yield Due(freeze.expires_ms, freeze.freeze, partial(_thawed, state, freeze))
    for done in state.registers.settled.values():
        if done.until_ms <= at_ms:
            yield Due(done.until_ms, done.order, partial(ReversalClosed, order=done.order))
    for since_ms, plan in passing(state, at_ms):
        yield Due(since_ms, plan.project, partial(step, state.rules, plan))


def _ripe(state: State, order: Order, at_ms: int) -> bool:
    """Say whether an order has waited for its day only, and may be settled since it has come.

    While an account is frozen or movements are suspended it waits on; it may expire before.
    """
    if order.settles_ms is None or order.settles_ms > at_ms or order.waits_for != (DELAY,):
        return False
    if order.expires_ms is not None and order.expires_ms < order.settles_ms:
        return False
    locked = everything(state, lock(order.source, order.order))
    held = suspended(state, *(state.lots[lot].scheme for lot, _, _ in locked))
    return (held or not_open(state, order.source, order.target, leaving=order.source)) is None


def settled(
    state: State, at_ms: int, order: Order, picked: Sequence[Picked] | None = None
) -> TransferSettled:
    """Give the receiver what an order set aside; `picked` where it does so in the same entry."""
    code = lock(order.source, order.order)
    given = everything(state, code) if picked is None else picked
    return TransferSettled(
        order=order.order,
        source=order.source,
        target=order.target,
        reversible_until=reversible(state, at_ms, given, _windows(state)),
        postings=moves(given, code, holding(order.target)),
    )


def _windows(state: State) -> Mapping[str, int]:
    """Return the working days in which a settled order may be reversed, by scheme."""
    rules = state.rules.transfer
    profiles = {} if rules is UNSET else rules.controls
    asked = ((scheme, profile.reversal_days) for scheme, profile in profiles.items())
    return {scheme: days for scheme, days in asked if days is not UNSET}


def reversible(
    state: State, at_ms: int, given: Sequence[Picked], days: Mapping[str, int]
) -> str | UnsetType:
    """Return until when a transfer may be reversed: by all its schemes, the strictest counts."""
    schemes = {state.lots[lot].scheme for lot, _, _ in given}
    fewest = min((days.get(scheme, 0) for scheme in schemes), default=0)
    return text(after_working_days(office(state), at_ms, fewest)) if fewest else UNSET


def _freed(state: State, expired: Expired, account: str, order: str) -> Event:
    code = lock(account, order)
    back = moves(everything(state, code), code, holding(account))
    return expired(account=account, order=order, postings=back)


def _thawed(state: State, freeze: Freeze) -> Event:
    code = lock(freeze.account, freeze.freeze)
    back = moves(everything(state, code), code, holding(freeze.account))
    return FreezeExpired(account=freeze.account, freeze=freeze.freeze, postings=back)
