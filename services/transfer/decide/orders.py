"""The rules of transfer orders 移転申請: placed, approved, accepted, and settled or given back."""

from functools import partial

from msgspec import UNSET, UnsetType, structs

from libs.ledger.accounts import holding, lock
from libs.ledger.decide import everything
from libs.ledger.decider import Act, ruling
from libs.ledger.events import (
    OrderAccepted,
    OrderApproved,
    OrderCancelled,
    OrderDeclined,
    OrderPlaced,
    TransferSettled,
)
from libs.ledger.instants import parse, real_day
from libs.ledger.postings import Picked, moves
from libs.ledger.records import Lot, Order
from libs.ledger.records.transfer import ACCEPTANCE, APPROVAL
from libs.ledger.rules.transfer import Controls
from libs.ledger.selection import choose
from libs.ledger.standing import not_for, not_open, suspended
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.transfer.commands import (
    AcceptOrder,
    ApproveOrder,
    CancelOrder,
    DeclineOrder,
    PlaceOrder,
)


def not_ahead(act: Act, expires_at: str | UnsetType) -> Rejected | None:
    """Refuse an expiry that no calendar has, or that is over already."""
    if expires_at is UNSET:
        return None
    if not real_day(expires_at[:10]):
        return refuse(Reason.DAY_NOT_IN_CALENDAR, day=expires_at)
    if parse(expires_at) <= act.at_ms:
        return refuse(Reason.EXPIRY_PAST, expires_at=expires_at)
    return None


def bound(state: State, lot: Lot) -> Reason | None:
    """Refuse a lot whose scheme lets nothing change hands."""
    transferable = state.rules.schemes[lot.scheme].transferable
    return None if transferable else Reason.SCHEME_NOT_TRANSFERABLE


def controls(state: State, scheme: str) -> Controls | None:
    """Return what a scheme asks of a transfer, or None where that is nothing."""
    rules = state.rules.transfer
    return None if rules is UNSET else rules.controls.get(scheme)


def place(state: State, act: Act, asked: PlaceOrder) -> Outcome:
    """Set an order's credits aside, and settle it at once where it waits for nothing."""
    wrong = not_for(state, act.actor, asked.source) or not_ahead(act, asked.expires_at)
    wrong = wrong or not_open(state, asked.source, asked.target)
    if wrong:
        return wrong
    if asked.source == asked.target:
        return refuse(Reason.ACCOUNTS_MUST_DIFFER, account=asked.source)
    picked = _pick(state, asked)
    if isinstance(picked, Rejected):
        return picked
    order = Order(
        order=f"o-{act.position}",
        source=asked.source,
        target=asked.target,
        placed_by=act.actor,
        waits_for=_waits_for(state, asked, picked),
    )
    code = lock(order.source, order.order)
    placed = OrderPlaced(
        order=order.order,
        source=order.source,
        target=order.target,
        placed_by=order.placed_by,
        waits_for=order.waits_for,
        expires_at=asked.expires_at,
        postings=moves(picked, holding(order.source), code),
    )
    return (placed,) if order.waits_for else (placed, _settled(order, picked))


def approve(state: State, act: Act, asked: ApproveOrder) -> Outcome:
    """Approve as a second representative 承認者."""
    order = _waiting(state, act, asked.order, APPROVAL)
    if isinstance(order, Rejected):
        return order
    approved = OrderApproved(order=order.order)
    return (approved,) if order.waits_for else (approved, _settled(order, _locked(state, order)))


def accept(state: State, act: Act, asked: AcceptOrder) -> Outcome:
    """Accept as the receiver."""
    order = _waiting(state, act, asked.order, ACCEPTANCE)
    if isinstance(order, Rejected):
        return order
    accepted = OrderAccepted(order=order.order)
    return (accepted,) if order.waits_for else (accepted, _settled(order, _locked(state, order)))


def decline(state: State, act: Act, asked: DeclineOrder) -> Outcome:
    """Decline as the receiver; the credits go back to the giver's holding."""
    order = _waiting(state, act, asked.order, ACCEPTANCE)
    if isinstance(order, Rejected):
        return order
    back = moves(_locked(state, order), lock(order.source, order.order), holding(order.source))
    return (OrderDeclined(account=order.source, order=order.order, postings=back),)


def cancel(state: State, act: Act, asked: CancelOrder) -> Outcome:
    """Take an order back, as any representative of its giver."""
    order = state.orders.get(asked.order)
    if order is None:
        return refuse(Reason.ORDER_NOT_FOUND, order=asked.order)
    wrong = not_for(state, act.actor, order.source) or not_open(state, order.source)
    if wrong:
        return wrong
    back = moves(_locked(state, order), lock(order.source, order.order), holding(order.source))
    return (OrderCancelled(account=order.source, order=order.order, postings=back),)


def _waiting(state: State, act: Act, named: str, step: str) -> Order | Rejected:
    """Return an order as it is once this step has come, or why it must not come."""
    order = state.orders.get(named)
    if order is None:
        return refuse(Reason.ORDER_NOT_FOUND, order=named)
    wrong = not_for(state, act.actor, order.source if step == APPROVAL else order.target)
    if wrong:
        return wrong
    if step == APPROVAL and act.actor == order.placed_by:
        return refuse(Reason.APPROVER_MUST_DIFFER, actor=act.actor)
    if order.expires_ms is not None and order.expires_ms <= act.at_ms:
        return refuse(Reason.EXPIRY_PAST, order=named)
    wrong = not_open(state, order.source, order.target)
    if wrong:
        return wrong
    if step not in order.waits_for:
        return refuse(Reason.ORDER_NOT_WAITING, order=named)
    wrong = suspended(state, *schemes(state, _locked(state, order)))
    if wrong:
        return wrong
    left = tuple(still for still in order.waits_for if still != step)
    return structs.replace(order, waits_for=left)


def _pick(state: State, asked: PlaceOrder) -> tuple[Picked, ...] | Rejected:
    """Choose line by line, each of what the lines before it have left."""
    source, mark = holding(asked.source), len(state.undo)
    picked: list[Picked] = []
    for number, line in enumerate(asked.lines):
        chosen = choose(state, source, line.lot, line.quantity, line.serials, partial(bound, state))
        if isinstance(chosen, Rejected):
            state.rollback(mark)
            return Rejected(chosen.reason, {**chosen.facts, "line": number})
        for lot, start, end in chosen:
            state.take(source, lot, start, end)
            state.undo.append(partial(state.give, source, lot, start, end))
        picked += chosen
    state.rollback(mark)
    return tuple(picked)


def schemes(state: State, picked: tuple[Picked, ...]) -> list[str]:
    """Return the schemes of credits, each once and in order."""
    return sorted({state.lots[lot].scheme for lot, _, _ in picked})


def _waits_for(state: State, asked: PlaceOrder, picked: tuple[Picked, ...]) -> tuple[str, ...]:
    """Return what the giver wants, and what the schemes of its credits ask for."""
    wanted: set[str] = set(() if asked.waits_for is UNSET else asked.waits_for)
    for scheme in schemes(state, picked):
        profile = controls(state, scheme)
        if profile is not None:
            wanted |= {APPROVAL} if profile.second_approver else set()
            wanted |= {ACCEPTANCE} if profile.acceptance else set()
    return tuple(step for step in (APPROVAL, ACCEPTANCE) if step in wanted)


def _locked(state: State, order: Order) -> tuple[Picked, ...]:
    return tuple(everything(state, lock(order.source, order.order)))


def _settled(order: Order, picked: tuple[Picked, ...]) -> TransferSettled:
    return TransferSettled(
        order=order.order,
        source=order.source,
        target=order.target,
        postings=moves(picked, lock(order.source, order.order), holding(order.target)),
    )


RULINGS = {
    "order.place.v1": ruling(PlaceOrder, place),
    "order.approve.v1": ruling(ApproveOrder, approve),
    "order.accept.v1": ruling(AcceptOrder, accept),
    "order.decline.v1": ruling(DeclineOrder, decline),
    "order.cancel.v1": ruling(CancelOrder, cancel),
}
