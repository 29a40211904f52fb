"""The rules of those who act for an account: representatives, and agents with a mandate 委任."""

from msgspec import UNSET

from libs.ledger.decide import may_operate
from libs.ledger.decider import Act, ruling
from libs.ledger.events import (
    MandateGranted,
    MandateRevoked,
    RepresentativeAppointed,
    RepresentativeDismissed,
    RepresentativeReplaced,
)
from libs.ledger.instants import real_day
from libs.ledger.records import Account
from libs.ledger.standing import ROLES, not_allowed, not_open, today
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.transfer.commands.accounts import (
    AppointRepresentative,
    DismissRepresentative,
    GrantMandate,
    ReplaceRepresentative,
    RevokeMandate,
)
from services.transfer.decide.accounts import appointed, entity, no_legal_entity


def appoint(state: State, act: Act, asked: AppointRepresentative) -> Outcome:
    """Let one more person represent an account."""
    known = _led(state, act, asked.account)
    if isinstance(known, Rejected):
        return known
    return _taken(known, asked.representative.actor) or (
        RepresentativeAppointed(
            account=asked.account, representative=appointed(asked.representative)
        ),
    )


def dismiss(state: State, act: Act, asked: DismissRepresentative) -> Outcome:
    """Let a person represent an account no more, unless nobody would approve then."""
    known = _led(state, act, asked.account)
    if isinstance(known, Rejected):
        return known
    wrong = _missing(known, asked.representative) or _last_approver(
        state, known, asked.representative
    )
    return wrong or (RepresentativeDismissed(account=asked.account, actor=asked.representative),)


def replace(state: State, act: Act, asked: ReplaceRepresentative) -> Outcome:
    """Let one person follow another, or change a person's role."""
    known, to_be = _led(state, act, asked.account), asked.successor
    if isinstance(known, Rejected):
        return known
    wrong = _missing(known, asked.representative)
    if wrong is None and to_be.actor != asked.representative:
        wrong = _taken(known, to_be.actor)
    if wrong is None and to_be.role not in ROLES["approve"]:
        wrong = _last_approver(state, known, asked.representative)
    return wrong or (
        RepresentativeReplaced(
            account=asked.account, actor=asked.representative, representative=appointed(to_be)
        ),
    )


def grant(state: State, act: Act, asked: GrantMandate) -> Outcome:
    """Let an agent act for an account, as who may approve for it."""
    wrong = not_allowed(state, act, asked.account, "approve")
    if wrong:
        return wrong
    if not real_day(asked.until):
        return refuse(Reason.DAY_NOT_IN_CALENDAR, day=asked.until)
    if asked.until < today(state, act):
        return refuse(Reason.EXPIRY_PAST, expires_at=asked.until)
    wrong = not_open(state, asked.account) or _no_agent(state, asked)
    if wrong:
        return wrong
    return (
        MandateGranted(
            account=asked.account,
            mandate=f"m-{act.position}",
            scope=tuple(sorted(set(asked.scope))),
            until=asked.until,
            agent=asked.agent,
            entity=UNSET if asked.entity is UNSET else entity(asked.entity),
            actors=() if asked.actors is UNSET else asked.actors,
        ),
    )


def revoke(state: State, act: Act, asked: RevokeMandate) -> Outcome:
    """End a mandate, as who could have granted it."""
    wrong = not_allowed(state, act, asked.account, "approve")
    if wrong:
        return wrong
    if asked.mandate not in [one.mandate for one in state.mandates.get(asked.account, ())]:
        return refuse(Reason.MANDATE_NOT_FOUND, account=asked.account, mandate=asked.mandate)
    return (MandateRevoked(account=asked.account, mandate=asked.mandate),)


def _led(state: State, act: Act, account: str) -> Account | Rejected:
    """Return an account whose people an operator may change: it is not closed."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    known = state.accounts.get(account)
    if known is None:
        return refuse(Reason.ACCOUNT_NOT_FOUND, account=account)
    if known.status == "closed":
        return refuse(Reason.ACCOUNT_CLOSED, account=account)
    return known


def _taken(known: Account, actor: str) -> Rejected | None:
    if actor not in known.representatives:
        return None
    return refuse(Reason.REPRESENTATIVE_EXISTS, account=known.account, actor=actor)


def _missing(known: Account, actor: str) -> Rejected | None:
    if actor in known.representatives:
        return None
    return refuse(Reason.REPRESENTATIVE_NOT_FOUND, account=known.account, actor=actor)


def _last_approver(state: State, known: Account, actor: str) -> Rejected | None:
    """Keep one who approves where any scheme asks for a second approver."""
    rules = state.rules.transfer
    asked = rules is not UNSET and any(one.second_approver for one in rules.controls.values())
    approving = [one for one in known.representatives if known.role(one) in ROLES["approve"]]
    if asked and approving == [actor]:
        return refuse(Reason.LAST_APPROVER, account=known.account, actor=actor)
    return None


def _no_agent(state: State, asked: GrantMandate) -> Rejected | None:
    """Refuse what names no agent, or two: an open account, or an entity and who acts for it."""
    if asked.agent is not UNSET and asked.entity is UNSET and asked.actors is UNSET:
        if asked.agent == asked.account:
            return refuse(Reason.ACCOUNTS_MUST_DIFFER, account=asked.account)
        return not_open(state, asked.agent)
    if asked.agent is UNSET and asked.entity is not UNSET and asked.actors is not UNSET:
        return no_legal_entity(asked.entity)
    return refuse(Reason.AGENT_AMBIGUOUS, account=asked.account)


RULINGS = {
    "representative.appoint.v1": ruling(AppointRepresentative, appoint),
    "representative.dismiss.v1": ruling(DismissRepresentative, dismiss),
    "representative.replace.v1": ruling(ReplaceRepresentative, replace),
    "mandate.grant.v1": ruling(GrantMandate, grant),
    "mandate.revoke.v1": ruling(RevokeMandate, revoke),
}
