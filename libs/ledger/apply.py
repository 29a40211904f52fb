"""The only function that changes the state."""

from collections.abc import Iterator
from functools import partial
from typing import assert_never

from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.instants import parse
from libs.ledger.laws import check
from libs.ledger.serials import Ranges
from libs.ledger.state import Account, Lot, Project, Proposal, Reservation, State

USES = (e.CreditsInvalidated, e.CreditsCancelled)


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
    if isinstance(event, USES):
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


def _use(state: State, event: e.CreditsInvalidated | e.CreditsCancelled) -> None:
    for posting in _credits(event):
        state.undo.append(partial(state.uses.forget, posting.lot, len(state.uses.names)))
        state.uses.add(posting.lot, posting.first, posting.last + 1, event.beneficiary)


def _credits(event: e.Event) -> Iterator[e.CreditPosting]:
    return (posting for posting in event.postings if isinstance(posting, e.CreditPosting))


def _register(state: State, event: e.Event) -> None:
    """Note what an event says beside its postings; mypy names the event that is missing here."""
    match event:
        case e.TransferSettled() | e.CreditsInvalidated() | e.CreditsCancelled():
            pass
        case e.CreditsReserved():
            due = None if event.expires_at is UNSET else parse(event.expires_at)
            reservation = Reservation(event.order, event.account, due)
            state.put(state.reservations, event.order, reservation)
        case e.ReservationReleased() | e.ReservationExpired():
            state.drop(state.reservations, event.order)
        case e.CreditsIssued():
            _issue(state, event)
        case e.CreditsAnnulled():
            _annul(state, event)
        case e.AccountOpened() | e.AccountFrozen() | e.AccountUnfrozen() | e.AccountClosed():
            _account(state, event)
        case e.ProjectRegistered():
            implementer = "" if event.implementer is UNSET else event.implementer
            project = Project(event.project, event.scheme, event.kind, implementer)
            state.put(state.projects, event.project, project)
        case e.LedgerOpened():
            state.set("open", value=True)
            state.set("limits", event.limits)
            state.set("operators", event.operators)
            state.adopt(event.accounts, event.rules, event.digest)
        case e.RulesAdopted():
            state.adopt(state.grammar, event.rules, event.digest)
        case e.ActProposed():
            proposal = Proposal(event.act, event.actor, bytes(event.body))
            state.put(state.proposals, event.position, proposal)
        case e.ActApproved():
            state.drop(state.proposals, event.position)
        case (
            e.LogAttached()
            | e.TimePassed()
            | e.CheckpointRecorded()
            | e.IssuanceWithdrawn()
            | e.BufferReleased()
            | e.BufferCancelled()
            | e.DutyOpened()
        ):
            pass
        case _:
            assert_never(event)


def _issue(state: State, event: e.CreditsIssued) -> None:
    if event.lot not in state.lots:
        scheme = state.projects[event.project].scheme
        rank = (event.certified_on, event.lot)
        lot = Lot(event.lot, event.project, scheme, event.account, rank)
        state.put(state.lots, event.lot, lot)
        state.put(state.issued, event.lot, Ranges())


def _annul(state: State, event: e.CreditsAnnulled) -> None:
    annulled = Ranges(state.annulled.get(event.lot, ()))
    for posting in _credits(event):
        annulled.add(posting.first, posting.last + 1)
    for used in event.used:
        annulled.add(used.first, used.last + 1)
    state.put(state.annulled, event.lot, annulled)


def _account(
    state: State,
    event: e.AccountOpened | e.AccountFrozen | e.AccountUnfrozen | e.AccountClosed,
) -> None:
    if isinstance(event, e.AccountOpened):
        account = Account(event.account, "open", event.representatives)
    else:
        status = {e.AccountFrozen: "frozen", e.AccountUnfrozen: "open"}.get(type(event), "closed")
        before = state.accounts[event.account]
        account = Account(event.account, status, before.representatives)
    state.put(state.accounts, event.account, account)
