"""The rules of who may examine: accredited bodies that are not the implementer's own."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import UNSET

from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.events import BodyAccredited, BodySuspended
from libs.ledger.events.issuance import AppliedMethodology
from libs.ledger.records import Body
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
            sectors=asked.sectors,
            since=asked.since,
            until=asked.until,
        ),
    )


def suspend_body(state: State, act: Act, asked: SuspendBody) -> Outcome:
    """Let a body examine no more; what it stood by until now stands."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    return _not_accredited(state, asked.body) or (
        BodySuspended(body=asked.body, reason=asked.reason),
    )


class Work(NamedTuple):
    """What is examined: whose it is, by which methodologies, and the day that the word is of."""

    implementer: str
    methodologies: Iterable[AppliedMethodology]
    day: str


def may_not_examine(state: State, actor: str, body: str, work: Work) -> Rejected | None:
    """Refuse a body that may not examine this, and an actor who does not speak for it."""
    wrong = _not_accredited(state, body)
    if wrong:
        return wrong
    known = state.registers.bodies[body]
    if actor not in known.representatives:
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=actor, body=body)
    wrong = _beyond(state, known, work)
    if wrong:
        return wrong
    if work.implementer in (known.name, *known.affiliates):
        return refuse(Reason.BODY_NOT_INDEPENDENT, body=body, implementer=work.implementer)
    return None


def may_not_decide(state: State, actor: str) -> Rejected | None:
    """Refuse whoever may not enter what the committee decided; operators may where no rule is."""
    rules = state.rules.committee
    if (rules is UNSET or rules.operators) and may_operate(state, actor):
        return None
    body = None if rules is UNSET else state.registers.bodies.get(rules.body)
    if body is not None and not body.suspended and actor in body.representatives:
        return None
    return refuse(Reason.ACTOR_NOT_ALLOWED, actor=actor)


def _beyond(state: State, body: Body, work: Work) -> Rejected | None:
    """Refuse a day and a sector 分野 that a body is not accredited for 認定範囲."""
    early = body.since is not UNSET and work.day < body.since
    if early or (body.until is not UNSET and body.until < work.day):
        return refuse(Reason.BODY_NOT_ACCREDITED, body=body.body, day=work.day)
    if body.sectors is UNSET:
        return None
    rules = state.rules.issuance
    known = {} if rules is UNSET else rules.methodologies
    for applied in work.methodologies:
        sector = known[applied.code].sector if applied.code in known else applied.code
        if sector not in body.sectors:
            return refuse(Reason.BODY_NOT_ACCREDITED, body=body.body, sector=sector)
    return None


def _not_accredited(state: State, body: str) -> Rejected | None:
    known = state.registers.bodies.get(body)
    if known is None:
        return refuse(Reason.BODY_NOT_FOUND, body=body)
    return refuse(Reason.BODY_SUSPENDED, body=body) if known.suspended else None
