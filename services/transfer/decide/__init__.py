"""The rules of the transfer room."""

from collections.abc import Sequence
from functools import partial

from msgspec import UNSET, UnsetType

from libs.ledger.accounts import holding, lock
from libs.ledger.decide import everything, may_operate
from libs.ledger.decider import Act, line_ruling, ruling
from libs.ledger.dues import reversible
from libs.ledger.events import (
    AccountClosed,
    AccountFrozen,
    AccountOpened,
    AccountUnfrozen,
    CreditsReserved,
    ReservationReleased,
    TransferSettled,
)
from libs.ledger.instants import real_day
from libs.ledger.postings import Picked, moves
from libs.ledger.records import Lot
from libs.ledger.selection import any_lot, choose
from libs.ledger.standing import not_allowed, not_open
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.transfer.commands import (
    CloseAccount,
    FreezeAccount,
    OpenAccount,
    ReleaseReservation,
    RequestTransfer,
    ReserveCredits,
    TransferLine,
    UnfreezeAccount,
)
from services.transfer.decide import (
    accounts,
    freezing,
    limits,
    orders,
    people,
    reversals,
    suspensions,
    trusting,
)
from services.transfer.decide.orders import bound, not_ahead


def open_account(state: State, act: Act, asked: OpenAccount) -> Outcome:
    """Open an account under a code that was never used."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    if asked.account in state.accounts or asked.account in state.openings:
        return refuse(Reason.ACCOUNT_EXISTS, account=asked.account)
    representatives = () if asked.representatives is UNSET else asked.representatives
    return (AccountOpened(account=asked.account, name=asked.name, representatives=representatives),)


def freeze_account(state: State, act: Act, asked: FreezeAccount) -> Outcome:
    """Freeze an open account."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    return not_open(state, asked.account, leaving=asked.account) or (
        AccountFrozen(account=asked.account, reason=asked.reason),
    )


def unfreeze_account(state: State, act: Act, asked: UnfreezeAccount) -> Outcome:
    """Unfreeze a frozen account."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    wrong = not_open(state, asked.account)
    if wrong is None:
        return refuse(Reason.ACCOUNT_NOT_FROZEN, account=asked.account)
    if wrong.reason is not Reason.ACCOUNT_FROZEN:
        return wrong
    return (AccountUnfrozen(account=asked.account),)


def close_account(state: State, act: Act, asked: CloseAccount) -> Outcome:
    """Close an open or closing account that holds nothing, free or set aside.

    Where the rules say who may have an account, no order may be on its way from or to it either.
    """
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    wrong = not_open(state, asked.account, leaving=asked.account)
    if wrong:
        return wrong
    for order in state.orders.values() if state.rules.accounts is not UNSET else ():
        if asked.account in (order.source, order.target):
            return refuse(Reason.ORDERS_OUTSTANDING, account=asked.account, order=order.order)
    held = state.quantity(holding(asked.account)) + sum(
        state.quantity(lock(asked.account, order))
        for order, reservation in state.reservations.items()
        if reservation.account == asked.account
    )
    held += sum(
        state.quantity(lock(asked.account, order.order))
        for order in state.orders.values()
        if order.source == asked.account
    )
    held += sum(
        state.quantity(lock(asked.account, freeze.freeze))
        for freeze in state.freezes.values()
        if freeze.account == asked.account
    )
    if held:
        return refuse(Reason.ACCOUNT_NOT_EMPTY, account=asked.account, holding=held)
    return (AccountClosed(account=asked.account),)


def transfer(state: State, act: Act, line: TransferLine) -> Outcome:
    """Move credits between two open accounts; requested and settled at once."""
    wrong = not_allowed(state, act, line.source, "transfer")
    if wrong:
        return wrong
    if line.stated_on is not UNSET and not real_day(line.stated_on):
        return refuse(Reason.DAY_NOT_IN_CALENDAR, day=line.stated_on)
    wrong = not_open(state, line.source, line.target, leaving=line.source)
    if wrong:
        return wrong
    if line.source == line.target:
        return refuse(Reason.ACCOUNTS_MUST_DIFFER, account=line.source)
    source = holding(line.source)
    eligible = partial(_stuck, state, act)
    picked = choose(state, source, line.lot, line.quantity, line.serials, eligible)
    if isinstance(picked, Rejected):
        return picked
    leaving = limits.counted(state, act, line.source, picked)
    if isinstance(leaving, Rejected):
        return leaving
    until = _reversible(state, act, picked)
    return (
        *leaving,
        TransferSettled(
            line=act.line,
            source=line.source,
            target=line.target,
            order=UNSET if until is UNSET else f"o-{act.position}-{act.line}",
            reversible_until=until,
            stated_on=line.stated_on,
            postings=moves(picked, source, holding(line.target)),
        ),
    )


def _reversible(state: State, act: Act, picked: Sequence[Picked]) -> str | UnsetType:
    """Return until when what is settled at once may be reversed, where the rules let it."""
    rules = state.rules.transfer
    if rules is UNSET or rules.reversal_days is UNSET:
        return UNSET
    return reversible(state, act.at_ms, picked, rules.reversal_days)


def _stuck(state: State, act: Act, lot: Lot) -> Reason | None:
    """Say why a lot cannot change hands at once; operators are not bound to orders."""
    rules = state.rules
    why = bound(state, act, lot)
    if why is not None:
        return why
    if rules.transfer is UNSET or lot.scheme not in rules.transfer.controls:
        return None
    return None if may_operate(state, act.actor) else Reason.ORDER_REQUIRED


def reserve(state: State, act: Act, asked: ReserveCredits) -> Outcome:
    """Set credits aside under an order of their own."""
    wrong = not_allowed(state, act, asked.account, "transfer") or not_ahead(act, asked.expires_at)
    wrong = wrong or not_open(state, asked.account)
    if wrong:
        return wrong
    source, order = holding(asked.account), f"o-{act.position}"
    picked = choose(state, source, asked.lot, asked.quantity, asked.serials, any_lot)
    if isinstance(picked, Rejected):
        return picked
    return (
        CreditsReserved(
            account=asked.account,
            order=order,
            expires_at=asked.expires_at,
            postings=moves(picked, source, lock(asked.account, order)),
        ),
    )


def release(state: State, act: Act, asked: ReleaseReservation) -> Outcome:
    """Set an order's credits free; those of an application only as who could have filed it."""
    reservation = state.reservations.get(asked.order)
    if reservation is None:
        return refuse(Reason.RESERVATION_NOT_FOUND, order=asked.order)
    account = reservation.account
    what = "invalidate" if asked.order in state.applications else "transfer"
    wrong = not_allowed(state, act, account, what)
    wrong = wrong or not_open(state, account, leaving=account)
    if wrong:
        return wrong
    code = lock(account, asked.order)
    postings = moves(everything(state, code), code, holding(account))
    return (ReservationReleased(account=account, order=asked.order, postings=postings),)


RULINGS = {
    "account.open.v1": ruling(OpenAccount, open_account),
    "account.freeze.v1": ruling(FreezeAccount, freeze_account),
    "account.unfreeze.v1": ruling(UnfreezeAccount, unfreeze_account),
    "account.close.v1": ruling(CloseAccount, close_account),
    "transfer.request.v1": line_ruling(RequestTransfer, transfer),
    "credits.reserve.v1": ruling(ReserveCredits, reserve),
    "reservation.release.v1": ruling(ReleaseReservation, release),
    **orders.RULINGS,
    **suspensions.RULINGS,
    **freezing.RULINGS,
    **accounts.RULINGS,
    **people.RULINGS,
    **trusting.RULINGS,
    **limits.RULINGS,
    **reversals.RULINGS,
}
