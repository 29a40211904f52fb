"""The rules of reversing a settled transfer: whole, within its days, by whoever may agree to it.

Two operators take it back; or its giver asks for that, and its receiver consents.
"""

from libs.ledger.accounts import holding
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act, ruling
from libs.ledger.events import ReversalRequested, TransferReversed
from libs.ledger.postings import moves
from libs.ledger.records import Settled
from libs.ledger.selection import EMPTY
from libs.ledger.standing import not_allowed, not_gone, not_open, suspended
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.transfer.controls import ConsentToReversal, RequestReversal, ReverseTransfer
from services.transfer.decide.orders import schemes


def reverse(state: State, act: Act, asked: ReverseTransfer) -> Outcome:
    """Give the giver back the very serials, while all are the receiver's free balance.

    A frozen account or a suspension is no obstacle: that is when a reversal is needed.
    """
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    kept = state.registers.settled.get(asked.order)
    if kept is None:
        return refuse(Reason.TRANSFER_NOT_FOUND, order=asked.order)
    if kept.until_ms <= act.at_ms:
        return refuse(Reason.REVERSAL_TOO_LATE, order=asked.order)
    return not_gone(state, kept.source) or _has_moved(state, kept) or (_back(kept, asked.reason),)


def request(state: State, act: Act, asked: RequestReversal) -> Outcome:
    """Ask for a transfer back, as whoever could have given it; it is not undone by that."""
    kept = state.registers.settled.get(asked.order)
    if kept is None:
        return refuse(Reason.TRANSFER_NOT_FOUND, order=asked.order)
    wrong = not_allowed(state, act, kept.source, "transfer")
    wrong = wrong or not_open(state, kept.source, kept.target, leaving=kept.target)
    if wrong:
        return wrong
    if kept.asked is not None:
        return refuse(Reason.REVERSAL_REQUESTED, order=asked.order)
    if kept.until_ms <= act.at_ms:
        return refuse(Reason.REVERSAL_TOO_LATE, order=asked.order)
    return _has_moved(state, kept) or (
        ReversalRequested(
            order=kept.order,
            source=kept.source,
            target=kept.target,
            reason=asked.reason,
            requested_by=act.actor,
        ),
    )


def consent(state: State, act: Act, asked: ConsentToReversal) -> Outcome:
    """Give back what the giver asks for, as the receiver; a movement like any other."""
    kept = state.registers.settled.get(asked.order)
    if kept is None:
        return refuse(Reason.TRANSFER_NOT_FOUND, order=asked.order)
    wrong = not_allowed(state, act, kept.target, "transfer")
    wrong = wrong or not_open(state, kept.target, kept.source, leaving=kept.target)
    wrong = wrong or suspended(state, *schemes(state, kept.picked))
    if wrong:
        return wrong
    if kept.asked is None:
        return refuse(Reason.REVERSAL_NOT_REQUESTED, order=asked.order)
    if kept.until_ms <= act.at_ms:
        return refuse(Reason.REVERSAL_TOO_LATE, order=asked.order)
    return _has_moved(state, kept) or (_back(kept, kept.asked),)


def _has_moved(state: State, kept: Settled) -> Rejected | None:
    """Refuse where a serial moved on, is locked, or was used."""
    for lot, start, end in kept.picked:
        held = state.held(holding(kept.target), lot) or EMPTY
        if not held.holds(start, end):
            return refuse(Reason.TRANSFER_HAS_MOVED, lot=lot, first=start, last=end - 1)
    return None


def _back(kept: Settled, reason: str) -> TransferReversed:
    return TransferReversed(
        order=kept.order,
        source=kept.source,
        target=kept.target,
        reason=reason,
        postings=moves(kept.picked, holding(kept.target), holding(kept.source)),
    )


RULINGS = {
    "transfer.reverse.v1": ruling(ReverseTransfer, reverse),
    "reversal.request.v1": ruling(RequestReversal, request),
    "reversal.consent.v1": ruling(ConsentToReversal, consent),
}
