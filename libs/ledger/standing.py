"""Whether an account and an actor stand well enough for an act: asked by every room."""

from msgspec import UNSET

from libs.ledger.decide import may_operate
from libs.ledger.records.controls import EVERY
from libs.ledger.rules.calendar import UTC_ALWAYS, Calendar
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected, refuse

WRONG = {
    "unknown": Reason.ACCOUNT_NOT_FOUND,
    "closed": Reason.ACCOUNT_CLOSED,
    "frozen": Reason.ACCOUNT_FROZEN,
}
"""Why an account that is not open takes part in nothing, in order of precedence."""


def office(state: State) -> Calendar:
    """Return the calendar that legal days and working days are counted by."""
    calendar = state.rules.calendar
    return UTC_ALWAYS if calendar is UNSET else calendar


def suspended(state: State, *schemes: str) -> Rejected | None:
    """Refuse while movements of any of the schemes are suspended, or all of them."""
    for scheme in (EVERY, *schemes) if state.suspended else ():
        if scheme in state.suspended:
            kept = state.suspended[scheme].suspension
            return refuse(Reason.MOVEMENTS_SUSPENDED, suspension=kept)
    return None


def not_open(state: State, *accounts: str) -> Rejected | None:
    """Refuse where any of the accounts is unknown, then closed, then frozen."""
    known = map(state.accounts.get, accounts)
    stands = [account.status if account else "unknown" for account in known]
    for status, reason in WRONG.items():
        if status in stands:
            return refuse(reason, account=accounts[stands.index(status)])
    return None


def not_gone(state: State, account: str) -> Rejected | None:
    """Refuse an account that is unknown or closed; a frozen one may take part."""
    wrong = not_open(state, account)
    return None if wrong and wrong.reason is Reason.ACCOUNT_FROZEN else wrong


def not_for(state: State, actor: str, account: str) -> Rejected | None:
    """Refuse an actor who is neither an operator nor a representative of the account."""
    known = state.accounts.get(account)
    if may_operate(state, actor) or (known is not None and actor in known.representatives):
        return None
    return refuse(Reason.ACTOR_NOT_ALLOWED, actor=actor, account=account)
