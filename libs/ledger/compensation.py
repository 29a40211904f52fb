"""Correcting an error 訂正仕訳: what an entry moved goes back, and both entries stay.

The rules see the state, not the journal, so they cannot look up what the named entry said. They
need not: the command repeats the movements, and what makes it harmless is where the serials are
now. Each must still stand where it was put, none may be used up, and an entry is compensated once.
That the named entry moved them so is open to everybody who reads both entries, and two operators
answer for it. A register of every movement would cost each transfer, to guard what they see.
"""

from libs.ledger.accounts import holding, kind
from libs.ledger.commands import CompensateError, Moved
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.events import CreditPosting, LedgerCompensated
from libs.ledger.selection import named
from libs.ledger.serials import SerialRange
from libs.ledger.standing import not_open, suspended
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse

ENDS = frozenset({"HOLD", "BUF", "GOV", "SEC", "EXT"})
"""Where credits may be given back to, and taken from. What an order holds is the order's."""


def compensate(state: State, act: Act, asked: CompensateError) -> Outcome:
    """Move back what an entry moved, if all of it is still where the entry put it."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    if asked.position >= act.position:
        return refuse(Reason.ENTRY_NOT_FOUND, position=asked.position)
    if asked.position in state.registers.compensated:
        return refuse(
            Reason.ENTRY_ALREADY_COMPENSATED,
            position=asked.position,
            compensation=state.registers.compensated[asked.position],
        )
    wrong = _twice(asked) or _not_reversible(state, asked) or _not_standing(state, asked)
    if wrong:
        return wrong
    back = (
        CreditPosting(one.lot, one.first, one.last, one.target, origin(one))
        for one in reversed(asked.moved)
    )
    return (
        LedgerCompensated(
            compensation=act.position,
            position=asked.position,
            reason=asked.reason,
            postings=tuple(back),
        ),
    )


def origin(one: Moved) -> str:
    """Return where serials go back to: what an order had held, to the free balance it was of."""
    if kind(one.source) == "LOCK":
        return holding(one.source.split(":")[1])
    return one.source


def _twice(asked: CompensateError) -> Rejected | None:
    """Refuse ranges that run backwards, and serials that are named twice."""
    lots: dict[str, list[SerialRange]] = {}
    for one in asked.moved:
        lots.setdefault(one.lot, []).append(SerialRange(one.first, one.last))
    for lot, ranges in lots.items():
        found = named(lot, tuple(ranges))
        if isinstance(found, Rejected):
            return found
    return None


def _not_reversible(state: State, asked: CompensateError) -> Rejected | None:
    """Refuse what nothing moves back: what was used up, what came into being, what orders hold."""
    for one in asked.moved:
        if kind(one.target) in state.terminal:
            return refuse(Reason.COMPENSATION_OUT_OF_RETIREMENT, lot=one.lot, account=one.target)
        if kind(one.target) not in ENDS or kind(origin(one)) not in ENDS:
            return refuse(Reason.MOVEMENT_NOT_REVERSIBLE, source=one.source, target=one.target)
        if one.target == origin(one):
            return refuse(Reason.ACCOUNTS_MUST_DIFFER, account=one.target)
    return None


def _not_standing(state: State, asked: CompensateError) -> Rejected | None:
    """Refuse what accounts or schemes do not allow now, and what has moved on."""
    for one in asked.moved:
        lot = state.lots.get(one.lot)
        if lot is None:
            return refuse(Reason.LOT_NOT_FOUND, lot=one.lot)
        ends = (one.target, origin(one))
        held = (code.removeprefix("HOLD:") for code in ends if kind(code) == "HOLD")
        wrong = suspended(state, lot.scheme) or not_open(state, *held)
        if wrong:
            return wrong
        there = state.held(one.target, one.lot)
        if there is None or not there.holds(one.first, one.last + 1):
            return refuse(
                Reason.LOT_HAS_MOVED,
                lot=one.lot,
                account=one.target,
                first=one.first,
                last=one.last,
            )
    return None
