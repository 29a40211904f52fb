"""What facts of the controls leave in the registers."""

from typing import assert_never

from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.instants import parse
from libs.ledger.records import Freeze, Suspension
from libs.ledger.records.controls import EVERY
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
        case _:
            assert_never(event)
