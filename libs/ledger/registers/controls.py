"""What facts of the controls leave in the registers."""

from typing import assert_never

from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.records import Suspension
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
        case _:
            assert_never(event)
