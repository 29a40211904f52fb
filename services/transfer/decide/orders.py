"""The rules of transfer orders 移転申請: placed, approved, accepted, and settled or given back."""

from functools import partial

from msgspec import UNSET, UnsetType, structs

from libs.ledger.accounts import holding, lock
from libs.ledger.decide import everything
from libs.ledger.decider import Act, ruling
from libs.ledger.dues import settled
from libs.ledger.events import (
    OrderAccepted,
    OrderApproved,
    OrderCancelled,
    OrderDeclined,
    OrderPlaced,
)
from libs.ledger.instants import parse, real_day, text
from libs.ledger.postings import Picked, moves
from libs.ledger.records import Lot, Order
from libs.ledger.records.controls import pair
from libs.ledger.records.transfer import ACCEPTANCE, APPROVAL, DELAY
from libs.ledger.rules.calendar import after_working_days, legal_day
from libs.ledger.rules.transfer import Controls
from libs.ledger.selection import choose
from libs.ledger.standing import (
    not_allowed,
    not_concerned,
    not_for,
    not_open,
    office,
    suspended,
)
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.transfer.commands import (
    AcceptOrder,
    ApproveOrder,
    CancelOrder,
    DeclineOrder,
    PlaceOrder,
)
from services.transfer.decide.limits import counted


def not_ahead(act: Act, expires_at: str | UnsetType) -> Rejected | None:
    """Refuse an expiry that no calendar has, or that is over already."""
    if expires_at is UNSET:
        return None
    if not real_day(expires_at[:10]):
        return refuse(Reason.DAY_NOT_IN_CALENDAR, day=expires_at)
    if parse(expires_at) <= act.at_ms:
        return refuse(Reason.EXPIRY_PAST, expires_at=expires_at)
    return None


def bound(state: State, act: Act, lot: Lot) -> Reason | None:
    """Refuse a lot whose scheme lets nothing change hands, or whose last day of use is over."""
    if not state.rules.schemes[lot.scheme].transferable:
        return Reason.SCHEME_NOT_TRANSFERABLE
    rules, uses = state.rules.transfer, state.rules.invalidation
    if rules is UNSET or uses is UNSET or rules.valid_only is not True:
        return None
    last = uses.validity.get(lot.scheme)
    over = last is not None and last < legal_day(office(state), act.at_ms)
    return Reason.CREDITS_EXPIRED if over else None


def controls(state: State, scheme: str) -> Controls | None:
    """Return what a scheme asks of a transfer, or None where that is nothing."""
    rules = state.rules.transfer
    return None if rules is UNSET else rules.controls.get(scheme)


def place(state: State, act: Act, asked: PlaceOrder) -> Outcome:
    """Set an order's credits aside, and settle it at once where it waits for nothing."""
    wrong = not_allowed(state, act, asked.source, "transfer") or not_ahead(act, asked.expires_at)
    wrong = wrong or not_open(state, asked.source, asked.target, leaving=asked.source)
    if wrong:
        return wrong
    if asked.source == asked.target:
        return refuse(Reason.ACCOUNTS_MUST_DIFFER, account=asked.source)
    picked = _pick(state, act, asked)
    if isinstance(picked, Rejected):
        return picked
    leaving = counted(state, act, asked.source, picked)
    if isinstance(leaving, Rejected):
        return leaving
    days = _delay(state, act, asked, picked)
    settles_ms = after_working_days(office(state), act.at_ms, days) if days else None
    order = Order(
        order=f"o-{act.position}",
        source=asked.source,
        target=asked.target,
        placed_by=act.actor,
        waits_for=(*_waits_for(state, asked, picked), *((DELAY,) if days else ())),
        settles_ms=settles_ms,
    )
    code = lock(order.source, order.order)
    placed = OrderPlaced(
        order=order.order,
        source=order.source,
        target=order.target,
        placed_by=order.placed_by,
        waits_for=order.waits_for,
        expires_at=asked.expires_at,
        settles_at=UNSET if settles_ms is None else text(settles_ms),
        postings=moves(picked, holding(order.source), code),
    )
    if order.waits_for:
        return (placed, *leaving)
    return (placed, *leaving, settled(state, act.at_ms, order, picked))


def approve(state: State, act: Act, asked: ApproveOrder) -> Outcome:
    """Approve as a second representative 承認者."""
    order = _waiting(state, act, asked.order, APPROVAL)
    if isinstance(order, Rejected):
        return order
    approved = OrderApproved(order=order.order)
    return (approved,) if order.waits_for else (approved, settled(state, act.at_ms, order))


def accept(state: State, act: Act, asked: AcceptOrder) -> Outcome:
    """Accept as the receiver."""
    order = _waiting(state, act, asked.order, ACCEPTANCE)
    if isinstance(order, Rejected):
        return order
    accepted = OrderAccepted(order=order.order)
    return (accepted,) if order.waits_for else (accepted, settled(state, act.at_ms, order))


def decline(state: State, act: Act, asked: DeclineOrder) -> Outcome:
    """Decline as the receiver; the credits go back to the giver's holding."""
    order = _waiting(state, act, asked.order, ACCEPTANCE)
    if isinstance(order, Rejected):
        return order
    back = moves(_locked(state, order), lock(order.source, order.order), holding(order.source))
    return (OrderDeclined(account=order.source, order=order.order, postings=back),)


def cancel(state: State, act: Act, asked: CancelOrder) -> Outcome:
    """Take an order back, as any representative of its giver, or as an agent who could place it."""
    order = state.orders.get(asked.order)
    if order is None:
        return refuse(Reason.ORDER_NOT_FOUND, order=asked.order)
    wrong = not_concerned(state, act, order.source, "transfer")
    wrong = wrong or not_open(state, order.source, leaving=order.source)
    if wrong:
        return wrong
    back = moves(_locked(state, order), lock(order.source, order.order), holding(order.source))
    return (OrderCancelled(account=order.source, order=order.order, postings=back),)


def _waiting(state: State, act: Act, named: str, step: str) -> Order | Rejected:
    """Return an order as it is once this step has come, or why it must not come."""
    order = state.orders.get(named)
    if order is None:
        return refuse(Reason.ORDER_NOT_FOUND, order=named)
    if step == APPROVAL:
        wrong = not_allowed(state, act, order.source, "approve")
    else:
        wrong = not_for(state, act.actor, order.target)
    if wrong:
        return wrong
    if step == APPROVAL and act.actor == order.placed_by:
        return refuse(Reason.APPROVER_MUST_DIFFER, actor=act.actor)
    if order.expires_ms is not None and order.expires_ms <= act.at_ms:
        return refuse(Reason.EXPIRY_PAST, order=named)
    wrong = not_open(state, order.source, order.target, leaving=order.source)
    if wrong:
        return wrong
    if step not in order.waits_for:
        return refuse(Reason.ORDER_NOT_WAITING, order=named)
    wrong = suspended(state, *schemes(state, _locked(state, order)))
    if wrong:
        return wrong
    come = {step} if order.settles_ms is None or order.settles_ms > act.at_ms else {step, DELAY}
    left = tuple(still for still in order.waits_for if still not in come)
    return structs.replace(order, waits_for=left)


def _pick(state: State, act: Act, asked: PlaceOrder) -> tuple[Picked, ...] | Rejected:
    """Choose line by line, each of what the lines before it have left."""
    source, mark = holding(asked.source), len(state.undo)
    refuses = partial(bound, state, act)
    picked: list[Picked] = []
    for number, line in enumerate(asked.lines):
        chosen = choose(state, source, line.lot, line.quantity, line.serials, refuses)
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


def _delay(state: State, act: Act, asked: PlaceOrder, picked: tuple[Picked, ...]) -> int:
    """Return how many working days the most careful of the schemes lets an order wait."""
    known = state.registers.trusted.get(pair(asked.source, asked.target))
    trusts = known is not None and known.effective_ms <= act.at_ms
    days = [0]
    for scheme in schemes(state, picked):
        profile = controls(state, scheme)
        if profile is not None and profile.delay is not UNSET:
            days.append(0 if trusts and profile.trusted is True else profile.delay)
    return max(days)


def _locked(state: State, order: Order) -> tuple[Picked, ...]:
    return tuple(everything(state, lock(order.source, order.order)))


RULINGS = {
    "order.place.v1": ruling(PlaceOrder, place),
    "order.approve.v1": ruling(ApproveOrder, approve),
    "order.accept.v1": ruling(AcceptOrder, accept),
    "order.decline.v1": ruling(DeclineOrder, decline),
    "order.cancel.v1": ruling(CancelOrder, cancel),
}
