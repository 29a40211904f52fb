"""The rules of reversing a settled transfer: whole, by two operators, within its days."""

from libs.ledger.accounts import holding
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act, ruling
from libs.ledger.events import TransferReversed
from libs.ledger.postings import moves
from libs.ledger.selection import EMPTY
from libs.ledger.standing import not_gone
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse
from services.transfer.controls import ReverseTransfer


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
    wrong = not_gone(state, kept.source)
    if wrong:
        return wrong
    code = holding(kept.target)
    for lot, start, end in kept.picked:
        held = state.held(code, lot) or EMPTY
        if not held.holds(start, end):
            return refuse(Reason.TRANSFER_HAS_MOVED, lot=lot, first=start, last=end - 1)
    return (
        TransferReversed(
            order=kept.order,
            source=kept.source,
            target=kept.target,
            reason=asked.reason,
            postings=moves(kept.picked, code, holding(kept.source)),
        ),
    )


RULINGS = {"transfer.reverse.v1": ruling(ReverseTransfer, reverse)}
