"""What facts of the invalidation room leave in the registers."""

from typing import assert_never

from libs.ledger import events as e
from libs.ledger.serials import Ranges
from libs.ledger.state import State


def note(state: State, event: e.InvalidationEvent) -> None:
    """Note what a fact says beside its postings; mypy names the one that is missing here."""
    match event:
        case e.CreditsUsed() | e.DutyOpened():
            pass
        case e.CreditsAnnulled():
            _annul(state, event)
        case _:
            assert_never(event)


def _annul(state: State, event: e.CreditsAnnulled) -> None:
    annulled = Ranges(state.annulled.get(event.lot, ()))
    for posting in (one for one in event.postings if isinstance(one, e.CreditPosting)):
        annulled.add(posting.first, posting.last + 1)
    for used in event.used:
        annulled.add(used.first, used.last + 1)
    state.put(state.annulled, event.lot, annulled)
