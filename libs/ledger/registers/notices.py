"""What facts of notices leave in the registers, and which facts ask for a notice."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import assert_never, get_args

from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.accounts import GOVERNMENT, kind
from libs.ledger.records import Owed, Standing, Told
from libs.ledger.records.notices import ISSUED, SUPERSEDED, WITHDRAWN, told
from libs.ledger.serials import Ranges
from libs.ledger.state import State

TYPES: Mapping[type, str] = {event: str(event.__struct_config__.tag) for event in get_args(e.Event)}
"""What every type of fact is called on the wire."""

UNDOING = (e.CreditsAnnulled, e.IssuanceWithdrawn, e.LedgerCompensated, e.TransferReversed)
"""What takes back a fact that people may have had a notice of."""

ANY = -1
"""What stands for the undone entry where the fact that undoes it names none."""


def heard(state: State, position: int, events: Sequence[e.Event]) -> None:
    """Note the facts of an entry that ask for a notice, and those that undo another's."""
    rules = state.rules.notices
    if rules is UNSET:
        return
    for number, event in enumerate(events):
        noticed = rules.facts.get(TYPES[type(event)])
        if noticed is not None:
            owed = Told(position, number).number(state.ledger)
            state.put(state.registers.owed, owed, Owed(noticed.kind, _concerned(state, event)))
        if isinstance(event, UNDOING):
            undone = event.position if isinstance(event, e.LedgerCompensated) else ANY
            state.put(state.registers.undoings, position, undone)


def parties(event: e.Event) -> tuple[str, ...]:
    """Return the accounts that a fact concerns: those it names, else those it takes from."""
    match event:
        case e.TransferSettled():
            return (event.source, event.target)
        case e.CreditsIssued():
            return () if event.account == GOVERNMENT else (event.account,)
        case e.AccountDecided() | e.AccountOpened() | e.BalanceRequested() | e.CreditsUsed():
            return (event.account,)
        case _:
            codes = (posting.source for posting in event.postings)
            held = [code.split(":")[1] for code in codes if kind(code) in ("HOLD", "LOCK")]
            return tuple(dict.fromkeys(held))


def _concerned(state: State, event: e.Event) -> tuple[str, ...]:
    """Return whom a notice goes to: of a pool its account, and the tenant that told it out."""
    if isinstance(event, e.GramsAllocated | e.DonationsPledged | e.DonationsSettled):
        tenant = UNSET if isinstance(event, e.DonationsSettled) else event.tenant
        account = state.registers.pools[event.pool].account
        return (account,) if tenant in (UNSET, account) else (account, str(tenant))
    return parties(event)


def note(state: State, event: e.NoticeEvent) -> None:
    """Note what a fact says beside its postings; mypy names the one that is missing here."""
    match event:
        case e.NoticeIssued():
            _issue(state, event)
        case e.NoticeSuperseded():
            named = _stand(state, event.number, SUPERSEDED)
            successor = Told(named.position, named.fact, named.version + 1).number(state.ledger)
            told_as = kind_of(state, named.place)
            assert told_as is not None, "what is superseded was issued"
            state.put(state.registers.owed, successor, Owed(told_as))
        case e.NoticeWithdrawn():
            _stand(state, event.number, WITHDRAWN)
        case e.BalanceRequested():
            pass
        case _:
            assert_never(event)


def kind_of(state: State, place: int) -> str | None:
    """Return the kind of the notice that a fact's place has, or None where it has none."""
    for told_as, places in state.noticed.items():
        if places.holds(place, place + 1):
            return told_as
    return None


def _issue(state: State, event: e.NoticeIssued) -> None:
    state.drop(state.registers.owed, event.number)
    if event.predecessor is not UNSET:
        _stand(state, event.number, ISSUED)
        return
    if event.kind not in state.noticed:
        state.put(state.noticed, event.kind, Ranges())
    place = Told(event.position, event.fact).place
    state.noticed[event.kind].add(place, place + 1)
    state.undo.append(partial(state.noticed[event.kind].take, place, place + 1))


def _stand(state: State, number: str, status: str) -> Told:
    named = told(state.ledger, number)
    assert named is not None, "the rule has read this number"
    state.put(state.registers.standings, named.place, Standing(named.version, status))
    return named
