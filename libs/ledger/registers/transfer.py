"""What facts of the transfer room leave in the registers."""

from typing import assert_never

from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.instants import parse
from libs.ledger.records import Account, Reservation
from libs.ledger.state import State


def note(state: State, event: e.TransferEvent) -> None:
    """Note what a fact says beside its postings; mypy names the one that is missing here."""
    match event:
        case e.TransferSettled():
            pass
        case e.CreditsReserved():
            due = None if event.expires_at is UNSET else parse(event.expires_at)
            reservation = Reservation(event.order, event.account, due)
            state.put(state.reservations, event.order, reservation)
        case e.ReservationReleased() | e.ReservationExpired():
            state.drop(state.reservations, event.order)
            if event.order in state.applications:
                state.drop(state.applications, event.order)
        case e.AccountOpened() | e.AccountFrozen() | e.AccountUnfrozen() | e.AccountClosed():
            _account(state, event)
        case _:
            assert_never(event)


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
