"""The rules of who may examine plans: accredited bodies that are not the implementer's own."""

from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.events import BodyAccredited, BodySuspended
from libs.ledger.records import Plan
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands import AccreditBody, SuspendBody


def accredit_body(state: State, act: Act, asked: AccreditBody) -> Outcome:
    """Let a body examine that may not yet, or that was suspended."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    known = state.registers.bodies.get(asked.body)
    if known is not None and not known.suspended:
        return refuse(Reason.BODY_EXISTS, body=asked.body)
    return (
        BodyAccredited(
            body=asked.body,
            name=asked.name,
            representatives=asked.representatives,
            affiliates=asked.affiliates,
        ),
    )


def suspend_body(state: State, act: Act, asked: SuspendBody) -> Outcome:
    """Let a body examine no more; what it stood by until now stands."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    return _not_accredited(state, asked.body) or (
        BodySuspended(body=asked.body, reason=asked.reason),
    )


def may_not_examine(state: State, actor: str, body: str, plan: Plan) -> Rejected | None:
    """Refuse a body that may not examine this plan, and an actor who does not speak for it."""
    wrong = _not_accredited(state, body)
    if wrong:
        return wrong
    known = state.registers.bodies[body]
    if actor not in known.representatives:
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=actor, body=body)
    if plan.implementer in (known.name, *known.affiliates):
        return refuse(Reason.BODY_NOT_INDEPENDENT, body=body, implementer=plan.implementer)
    return None


def _not_accredited(state: State, body: str) -> Rejected | None:
    known = state.registers.bodies.get(body)
    if known is None:
        return refuse(Reason.BODY_NOT_FOUND, body=body)
    return refuse(Reason.BODY_SUSPENDED, body=body) if known.suspended else None
