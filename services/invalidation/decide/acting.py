"""Who may use an account's credits up: the one place where this room asks."""

from libs.ledger.decider import Act
from libs.ledger.standing import not_for
from libs.ledger.state import State
from libs.ledger.verdict import Rejected


def may_act(state: State, act: Act, account: str) -> Rejected | None:
    """Refuse an actor who is neither an operator nor a representative of the account.

    A broker uses up what it holds itself for any user 代理無効化; out of a client's account it does
    so by the client's mandate, which is asked for here.
    """
    return not_for(state, act.actor, account)
