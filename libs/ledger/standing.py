"""Whether an account and an actor stand well enough for an act: asked by every room."""

from collections.abc import Iterator, Mapping

from msgspec import UNSET

from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.records import Mandate
from libs.ledger.records.accounts import APPROVER, BOTH, INITIATOR, READ_ONLY
from libs.ledger.records.controls import EVERY
from libs.ledger.rules.calendar import UTC_ALWAYS, Calendar, legal_day
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected, refuse

WRONG = {
    "unknown": Reason.ACCOUNT_NOT_FOUND,
    "closed": Reason.ACCOUNT_CLOSED,
    "frozen": Reason.ACCOUNT_FROZEN,
    "closing": Reason.ACCOUNT_CLOSING,
}
"""Why an account that is not open takes part in nothing, in order of precedence."""

ROLES: Mapping[str, frozenset[str]] = {
    "transfer": frozenset({INITIATOR, BOTH}),
    "invalidate": frozenset({INITIATOR, BOTH}),
    "approve": frozenset({APPROVER, BOTH}),
}
"""Which roles of representatives may do what; a mandate's scope names what it may too."""


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


def suspended_too(state: State, command: str, scheme: str) -> Rejected | None:
    """Refuse a command that takes nothing from an account, where the rules let it be suspended."""
    rules = state.rules.transfer
    asked = UNSET if rules is UNSET else rules.suspended_too
    return None if asked is UNSET or command not in asked else suspended(state, scheme)


def not_open(state: State, *accounts: str, leaving: str = "") -> Rejected | None:
    """Refuse where any of the accounts is unknown, then closed, then frozen, then closing.

    What is closing may still be left: `leaving` names it.
    """
    known = map(state.accounts.get, accounts)
    stands = [account.status if account else "unknown" for account in known]
    for status, reason in WRONG.items():
        if status in stands:
            for account, found in zip(accounts, stands, strict=True):
                if found == status and (status, account) != ("closing", leaving):
                    return refuse(reason, account=account)
    return None


def not_gone(state: State, account: str) -> Rejected | None:
    """Refuse an account that is unknown or closed; a frozen or closing one may take part."""
    wrong = not_open(state, account, leaving=account)
    return None if wrong and wrong.reason is Reason.ACCOUNT_FROZEN else wrong


def not_for(state: State, actor: str, account: str) -> Rejected | None:
    """Refuse an actor who is neither an operator nor a representative who does more than look."""
    known = state.accounts.get(account)
    if may_operate(state, actor):
        return None
    if known is None or actor not in known.representatives:
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=actor, account=account)
    role = known.role(actor)
    if role == READ_ONLY:
        return refuse(Reason.ROLE_NOT_ALLOWED, actor=actor, account=account, role=role)
    return None


def not_concerned(state: State, act: Act, account: str, what: str) -> Rejected | None:
    """Refuse whoever may neither begin an act for an account nor answer it in any other role."""
    return None if may_act(state, act, account, what) else not_for(state, act.actor, account)


def may_act(state: State, act: Act, account: str, what: str) -> bool:
    """Say whether an actor may do this for an account: an operator, a representative, an agent."""
    return not_allowed(state, act, account, what) is None


def not_allowed(state: State, act: Act, account: str, what: str) -> Rejected | None:
    """Refuse an actor without the role for an act, and without a mandate 委任 for it that is good.

    An agent's own representatives act under its mandate, each in the role that it gave them.
    """
    actor = act.actor
    if may_operate(state, actor):
        return None
    known = state.accounts.get(account)
    if known is not None and actor in known.representatives:
        role = known.role(actor)
        if role in ROLES[what]:
            return None
        return refuse(Reason.ROLE_NOT_ALLOWED, actor=actor, account=account, role=role)
    given = list(_given(state, actor, account, what))
    if not given:
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=actor, account=account)
    day = today(state, act)
    if any(what in one.scope and day <= one.until for one in given):
        return None
    return refuse(Reason.MANDATE_NOT_VALID, actor=actor, account=account, mandate=given[-1].mandate)


def mandated(state: State, actor: str, account: str, at_ms: int) -> bool:
    """Say whether an actor may do anything at all for an account by a mandate 委任 that is good."""
    day = legal_day(office(state), at_ms)
    return any(
        what in one.scope and day <= one.until
        for what in ROLES
        for one in _given(state, actor, account, what)
    )


def today(state: State, act: Act) -> str:
    """Return the legal day of an act, where the scheme is."""
    return legal_day(office(state), act.at_ms)


def _given(state: State, actor: str, account: str, what: str) -> Iterator[Mandate]:
    """Yield the mandates of an account whose agent this actor acts for."""
    for mandate in state.mandates.get(account, ()):
        agent = state.accounts.get(mandate.agent)
        if agent is None:
            if actor in mandate.actors:
                yield mandate
        elif (
            agent.status == "open"
            and actor in agent.representatives
            and agent.role(actor) in ROLES[what]
        ):
            yield mandate
