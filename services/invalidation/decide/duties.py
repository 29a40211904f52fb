"""A duty 補填義務 is discharged: credits are used up for those that were annulled or lost."""

from msgspec import UNSET

from libs.ledger.accounts import holding
from libs.ledger.decider import Act
from libs.ledger.events import DutyDischarged
from libs.ledger.records import Duty, Lot
from libs.ledger.rules.invalidation import Replacement
from libs.ledger.selection import choose
from libs.ledger.standing import not_allowed, not_open, today
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.invalidation.commands import DischargeDuty
from services.invalidation.decide.using import by_verb


def discharge(state: State, act: Act, asked: DischargeDuty) -> Outcome:
    """Use up credits for a duty, all that it asks for or part of it; whose they are is no matter.

    The debtor is a legal entity, who may have no account: another may pay for it.
    """
    wrong = not_allowed(state, act, asked.account, "invalidate")
    if wrong:
        return wrong
    duty, rules = state.registers.duties.get(asked.duty), state.rules.invalidation
    if duty is None:
        return refuse(Reason.DUTY_NOT_FOUND, duty=asked.duty)
    if rules is UNSET or rules.replacement is UNSET:
        return refuse(Reason.REPLACEMENT_NOT_RULED, duty=asked.duty)
    wrong = not_open(state, asked.account, leaving=asked.account)
    if wrong:
        return wrong
    day = today(state, act)

    schemes, validity = _schemes(state, rules.replacement, duty), rules.validity

    def refuses(lot: Lot) -> Reason | None:
        if lot.scheme not in schemes:
            return Reason.NOT_A_REPLACEMENT
        last = validity.get(lot.scheme)
        return Reason.CREDITS_EXPIRED if last is not None and last < day else None

    source = holding(asked.account)
    picked = choose(state, source, asked.lot, asked.quantity, asked.serials, refuses)
    if isinstance(picked, Rejected):
        return picked
    quantity = sum(end - start for _, start, end in picked)
    discharged = paid(duty, asked.account, quantity)
    if isinstance(discharged, Rejected):
        return discharged
    used = (
        fact(
            account=asked.account,
            beneficiary=duty.debtor,
            purpose=rules.replacement.purpose,
            detail=f"{asked.duty}: {duty.lot or duty.project}",
            postings=postings,
        )
        for fact, postings in by_verb(state, picked, source)
    )
    return (discharged, *used)


def paid(duty: Duty, account: str, quantity: int) -> DutyDischarged | Rejected:
    """Return the fact that so much of a duty is discharged, or that it asks for less."""
    if quantity > duty.quantity:
        return refuse(Reason.QUANTITY_EXCEEDS_DUTY, duty=duty.duty, left=duty.quantity)
    left = duty.quantity - quantity
    return DutyDischarged(account=account, duty=duty.duty, left=left, quantity=quantity)


def of_project(state: State, project: str) -> Duty | None:
    """Return the oldest duty that losses of a project have opened and that still asks for some."""
    owed = [duty for duty in state.registers.duties.values() if duty.project == project]
    # An id counts positions: the shorter one is the older, and among equals the smaller.
    return min(owed, key=lambda duty: (len(duty.duty), duty.duty), default=None)


def _schemes(state: State, replacement: Replacement, duty: Duty) -> tuple[str, ...]:
    """Return the schemes whose credits replace those of a duty: its own, unless others are."""
    own = state.projects[duty.project] if duty.project else state.lots[duty.lot]
    return replacement.schemes.get(own.scheme, (own.scheme,))
