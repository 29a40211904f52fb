"""Whether an account and an actor stand well enough for an act: asked by every room."""

from libs.ledger.decide import may_operate
from libs.ledger.records.controls import EVERY
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected, refuse

WRONG = {
    "unknown": Reason.ACCOUNT_NOT_FOUND,
    "closed": Reason.ACCOUNT_CLOSED,
    "frozen": Reason.ACCOUNT_FROZEN,
}
"""Why an account that is not open takes part in nothing, in order of precedence."""


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


def not_for(state: State, actor: str, account: str) -> Rejected | None:
    """Refuse an actor who is neither an operator nor a representative of the account."""
    known = state.accounts.get(account)
    if may_operate(state, actor) or (known is not None and actor in known.representatives):
        return None
    return refuse(Reason.ACTOR_NOT_ALLOWED, actor=actor, account=account)
