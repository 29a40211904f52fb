"""What facts of the transfer room leave in the registers."""

from typing import assert_never

import msgspec
from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.instants import parse
from libs.ledger.records import Account, Order, Reservation, Settled
from libs.ledger.records.transfer import ACCEPTANCE, APPROVAL
from libs.ledger.state import State


def note(state: State, event: e.TransferEvent) -> None:
    """Note what a fact says beside its postings; mypy names the one that is missing here."""
    match event:
        case e.TransferSettled():
            if event.order is not UNSET:
                _settle(state, event, event.order)
        case e.CreditsReserved():
            due = None if event.expires_at is UNSET else parse(event.expires_at)
            reservation = Reservation(event.order, event.account, due)
            state.put(state.reservations, event.order, reservation)
        case e.ReservationReleased() | e.ReservationExpired():
            state.drop(state.reservations, event.order)
            if event.order in state.applications:
                state.drop(state.applications, event.order)
        case e.OrderPlaced():
            _place(state, event)
        case e.OrderApproved():
            _came(state, event.order, APPROVAL)
        case e.OrderAccepted():
            _came(state, event.order, ACCEPTANCE)
        case e.OrderDeclined() | e.OrderCancelled() | e.OrderExpired():
            state.drop(state.orders, event.order)
        case e.AccountOpened() | e.AccountFrozen() | e.AccountUnfrozen() | e.AccountClosed():
            _account(state, event)
        case _:
            assert_never(event)


def _settle(state: State, event: e.TransferSettled, order: str) -> None:
    """Forget an order that is settled, but for what it takes to reverse it.

    What was settled at once was no order before.
    """
    if order in state.orders:
        state.drop(state.orders, order)
    if event.reversible_until is not UNSET:
        picked = tuple(
            (one.lot, one.first, one.last + 1)
            for one in event.postings
            if isinstance(one, e.CreditPosting)
        )
        until = parse(event.reversible_until)
        kept = Settled(order, event.source, event.target, until, picked)
        state.put(state.registers.settled, order, kept)


def _place(state: State, event: e.OrderPlaced) -> None:
    order = Order(
        order=event.order,
        source=event.source,
        target=event.target,
        placed_by=event.placed_by,
        waits_for=event.waits_for,
        expires_ms=None if event.expires_at is UNSET else parse(event.expires_at),
        settles_ms=None if event.settles_at is UNSET else parse(event.settles_at),
    )
    state.put(state.orders, event.order, order)


def _came(state: State, order: str, what: str) -> None:
    """Take one thing off what an order waits for."""
    before = state.orders[order]
    left = tuple(still for still in before.waits_for if still != what)
    state.put(state.orders, order, msgspec.structs.replace(before, waits_for=left))


def _account(
    state: State,
    event: e.AccountOpened | e.AccountFrozen | e.AccountUnfrozen | e.AccountClosed,
) -> None:
    if isinstance(event, e.AccountOpened):
        account = Account(event.account, "open", event.representatives)
    else:
        status = {e.AccountFrozen: "frozen", e.AccountUnfrozen: "open"}.get(type(event), "closed")
        before = state.accounts[event.account]
        account = msgspec.structs.replace(before, status=status)
    state.put(state.accounts, event.account, account)
