"""What facts of the invalidation room leave in the registers."""

from typing import assert_never

from msgspec import UNSET
from msgspec.structs import replace

from libs.ledger import events as e
from libs.ledger.instants import parse
from libs.ledger.records import Claim, Duty, Reservation
from libs.ledger.registers import pools
from libs.ledger.serials import Ranges
from libs.ledger.state import State


def note(state: State, event: e.InvalidationEvent) -> None:
    """Note what a fact says beside its postings; mypy names the one that is missing here."""
    match event:
        case e.CreditsUsed():
            pools.retire(state, event)
        case e.DutyOpened():
            duty = Duty(event.duty, event.debtor, event.lot, event.quantity)
            state.put(state.registers.duties, event.duty, duty)
        case e.DutyDischarged():
            _discharge(state, event)
        case e.CreditsAnnulled():
            _annul(state, event)
        case e.ApplicationFiled():
            _file(state, event)
        case e.ApplicationConfirmed() | e.ApplicationCancelled():
            state.drop(state.reservations, event.application)
            state.drop(state.applications, event.application)
        case _:
            assert_never(event)


def _file(state: State, event: e.ApplicationFiled) -> None:
    """Keep the claim, and what it holds as a reservation of the same name."""
    due = None if event.expires_at is UNSET else parse(event.expires_at)
    held = Reservation(event.application, event.account, due)
    state.put(state.reservations, event.application, held)
    claim = Claim(**{name: getattr(event, name) for name in Claim.__struct_fields__})
    state.put(state.applications, event.application, claim)


def _discharge(state: State, event: e.DutyDischarged) -> None:
    """Keep what a duty still asks for; one that asks for nothing is over."""
    duties = state.registers.duties
    if event.left:
        state.put(duties, event.duty, replace(duties[event.duty], quantity=event.left))
    else:
        state.drop(duties, event.duty)


def _annul(state: State, event: e.CreditsAnnulled) -> None:
    annulled = Ranges(state.annulled.get(event.lot, ()))
    for posting in (one for one in event.postings if isinstance(one, e.CreditPosting)):
        annulled.add(posting.first, posting.last + 1)
    for used in event.used:
        annulled.add(used.first, used.last + 1)
    state.put(state.annulled, event.lot, annulled)
