"""What time brings: what was set aside is over, and what has waited long enough happens."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, TypeAlias

from libs.ledger.accounts import holding, lock
from libs.ledger.commands import Tick
from libs.ledger.crediting import passing, step
from libs.ledger.decide import SYSTEM, everything, may_operate
from libs.ledger.decider import Act
from libs.ledger.events import Event, FreezeExpired, OrderExpired, ReservationExpired, TimePassed
from libs.ledger.postings import moves
from libs.ledger.records import Freeze
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
        if order.expires_ms is not None and order.expires_ms <= at_ms:
            fact = partial(_freed, state, OrderExpired, order.source, order.order)
            yield Due(order.expires_ms, order.order, fact)
    for freeze in state.freezes.values():
        if freeze.expires_ms is not None and freeze.expires_ms <= at_ms:
            yield Due(freeze.expires_ms, freeze.freeze, partial(_thawed, state, freeze))
    for since_ms, plan in passing(state, at_ms):
        yield Due(since_ms, plan.project, partial(step, state.rules, plan))


def _freed(state: State, expired: Expired, account: str, order: str) -> Event:
    code = lock(account, order)
    back = moves(everything(state, code), code, holding(account))
    return expired(account=account, order=order, postings=back)


def _thawed(state: State, freeze: Freeze) -> Event:
    code = lock(freeze.account, freeze.freeze)
    back = moves(everything(state, code), code, holding(freeze.account))
    return FreezeExpired(account=freeze.account, freeze=freeze.freeze, postings=back)
