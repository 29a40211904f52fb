"""What facts of the controls leave in the registers."""

from typing import assert_never

from msgspec import UNSET
from msgspec.structs import replace

from libs.ledger import events as e
from libs.ledger.instants import parse
from libs.ledger.records import Freeze, Moved, Suspension, Trusted
from libs.ledger.records.controls import EVERY, pair
from libs.ledger.state import State


def note(state: State, event: e.ControlEvent) -> None:
    """Note what a fact says beside its postings; mypy names the one that is missing here."""
    match event:
        case e.MovementsSuspended():
            scheme = EVERY if event.scheme is UNSET else event.scheme
            state.put(state.suspended, scheme, Suspension(event.suspension))
        case e.MovementsResumed():
            state.drop(state.suspended, EVERY if event.scheme is UNSET else event.scheme)
        case e.SerialsFrozen():
            due = None if event.expires_at is UNSET else parse(event.expires_at)
            state.put(state.freezes, event.freeze, Freeze(event.freeze, event.account, due))
        case e.SerialsUnfrozen() | e.FreezeExpired():
            state.drop(state.freezes, event.freeze)
        case e.TrustedAdded():
            trusted = Trusted(event.entry, parse(event.effective_at))
            state.put(state.registers.trusted, pair(event.account, event.trusted), trusted)
        case e.TrustedRemoved():
            state.drop(state.registers.trusted, pair(event.account, event.trusted))
        case e.LimitChanged():
            _limit(state, event)
        case e.LimitCounted():
            _count(state, event)
        case e.ReversalRequested():
            kept = replace(state.registers.settled[event.order], asked=event.reason)
            state.put(state.registers.settled, event.order, kept)
        case e.TransferReversed() | e.ReversalClosed():
            state.drop(state.registers.settled, event.order)
        case _:
            assert_never(event)


def _limit(state: State, event: e.LimitChanged) -> None:
    key = pair(event.account, event.scheme)
    if event.quantity is not UNSET:
        state.put(state.registers.limits, key, event.quantity)
    elif key in state.registers.limits:
        state.drop(state.registers.limits, key)


def _count(state: State, event: e.LimitCounted) -> None:
    """Add to what left the account on the day; of an earlier day nothing is kept."""
    key = pair(event.account, event.scheme)
    before = state.registers.moved.get(key)
    left = before.quantity if before is not None and before.day == event.day else 0
    state.put(state.registers.moved, key, Moved(event.day, left + event.quantity))
