"""The rules of daily limits: how much of a scheme may leave an account in a legal day."""

from collections import Counter

from msgspec import UNSET

from libs.ledger.decide import may_operate
from libs.ledger.decider import Act, ruling
from libs.ledger.events import LimitChanged, LimitCounted
from libs.ledger.postings import Picked
from libs.ledger.records.controls import pair
from libs.ledger.rules.calendar import legal_day
from libs.ledger.standing import not_for, not_open, office
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.transfer.controls import SetLimit


def set_limit(state: State, act: Act, asked: SetLimit) -> Outcome:
    """Set an account's own limit: whoever stole a holder's key cannot raise it."""
    wrong = not_for(state, act.actor, asked.account)
    if wrong:
        return wrong
    if asked.scheme not in state.rules.schemes:
        return refuse(Reason.SCHEME_NOT_FOUND, scheme=asked.scheme)
    wrong = not_open(state, asked.account)
    if wrong:
        return wrong
    own = state.registers.limits.get(pair(asked.account, asked.scheme))
    higher = own is not None and (asked.quantity is UNSET or asked.quantity > own)
    if higher and not may_operate(state, act.actor):
        return refuse(Reason.LIMIT_NOT_LOWER, account=asked.account, limit=own or 0)
    return (LimitChanged(account=asked.account, scheme=asked.scheme, quantity=asked.quantity),)


def counted(
    state: State, act: Act, account: str, picked: tuple[Picked, ...]
) -> tuple[LimitCounted, ...] | Rejected:
    """Count what leaves an account today, or refuse where that is too much.

    It counts when it is asked for, and is not given back when an order ends otherwise. Operators
    are bound by no limit, as they are by no order.
    """
    if not state.registers.limits and state.rules.transfer is UNSET:
        return ()
    if may_operate(state, act.actor):
        return ()
    leaving: Counter[str] = Counter()
    for lot, start, end in picked:
        leaving[state.lots[lot].scheme] += end - start
    day = legal_day(office(state), act.at_ms)
    facts: list[LimitCounted] = []
    for scheme, quantity in sorted(leaving.items()):
        most = _limit(state, account, scheme)
        if most is None:
            continue
        before = state.registers.moved.get(pair(account, scheme))
        moved = before.quantity if before is not None and before.day == day else 0
        if moved + quantity > most:
            return refuse(
                Reason.DAILY_LIMIT_EXCEEDED,
                account=account,
                day=day,
                limit=most,
                moved=moved,
                quantity=quantity,
                scheme=scheme,
            )
        facts.append(
            LimitCounted(line=act.line, account=account, scheme=scheme, day=day, quantity=quantity)
        )
    return tuple(facts)


def _limit(state: State, account: str, scheme: str) -> int | None:
    """Return the lower of the scheme's limit and the account's own, or None."""
    rules = state.rules.transfer
    profile = None if rules is UNSET else rules.controls.get(scheme)
    own = state.registers.limits.get(pair(account, scheme))
    if profile is None or profile.daily_limit is UNSET:
        return own
    return profile.daily_limit if own is None else min(own, profile.daily_limit)


RULINGS = {"limit.set.v1": ruling(SetLimit, set_limit)}
