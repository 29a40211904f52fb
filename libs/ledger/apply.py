"""The only function that changes the state."""

from collections.abc import Iterator
from functools import partial
from typing import assert_never

from libs.ledger import events as e
from libs.ledger.laws import check
from libs.ledger.registers import (
    accounts,
    certification,
    controls,
    invalidation,
    issuance,
    ledger,
    notices,
    pools,
    projects,
    transfer,
)
from libs.ledger.state import State


def apply(state: State, event: e.Event) -> None:
    """Fold one event into the state; raise Breach, and change nothing more, where a law forbids it.

    The caller rolls back what an entry began when any of its events fails.
    """
    _register(state, event)
    for posting in event.postings:
        check(state, posting)
        if isinstance(posting, e.CreditPosting):
            _move(state, posting)
        else:
            _book(state, posting)
    if isinstance(event, e.CreditsUsed):
        _use(state, event)


def _move(state: State, posting: e.CreditPosting) -> None:
    lot, start, end = posting.lot, posting.first, posting.last + 1
    if posting.source.startswith("ISS:"):
        state.issued[lot].add(start, end)
        state.undo.append(partial(state.issued[lot].take, start, end))
    else:
        state.take(posting.source, lot, start, end)
        state.undo.append(partial(state.give, posting.source, lot, start, end))
    state.give(posting.target, lot, start, end)
    state.undo.append(partial(state.take, posting.target, lot, start, end))


def _book(state: State, posting: e.GramPosting | e.YenPosting) -> None:
    unit = "g" if isinstance(posting, e.GramPosting) else "JPY"
    for code, change in ((posting.source, -posting.quantity), (posting.target, posting.quantity)):
        book = (unit, posting.book, code)
        state.put(state.balances, book, state.balances.get(book, 0) + change)


def _use(state: State, event: e.CreditsUsed) -> None:
    for posting in _credits(event):
        state.undo.append(partial(state.uses.forget, posting.lot, len(state.uses.names)))
        state.uses.add(posting.lot, posting.first, posting.last + 1, event.beneficiary)


def _credits(event: e.Fact) -> Iterator[e.CreditPosting]:
    return (posting for posting in event.postings if isinstance(posting, e.CreditPosting))


def _register(state: State, event: e.Event) -> None:
    """Note what an event says beside its postings, in the registers of its room."""
    match event:
        case e.TransferFact():
            transfer.note(state, event)
        case e.AccountFact():
            accounts.note(state, event)
        case e.InvalidationFact():
            invalidation.note(state, event)
        case e.IssuanceFact():
            issuance.note(state, event)
        case e.ProjectFact():
            projects.note(state, event)
        case e.CertificationFact():
            certification.note(state, event)
        case e.ControlFact():
            controls.note(state, event)
        case e.PoolFact():
            pools.note(state, event)
        case e.NoticeFact():
            notices.note(state, event)
        case e.LedgerFact():
            ledger.note(state, event)
        case _:
            assert_never(event)
