"""The rules of changes: of a plan, of who carries a project out, of what a forest has lost."""

from msgspec import UNSET
from msgspec.structs import asdict

from libs.ledger.decider import Act
from libs.ledger.events import LossOwed, LossReported, PlanChanged, ProjectHandedOver
from libs.ledger.records import Plan
from libs.ledger.records.projects import BEFORE, RUNNING
from libs.ledger.registers.issuance import place
from libs.ledger.rules.projects import NO_COURSE
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands import ChangePlan, HandOverProject, ReportLoss
from services.issuance.decide.machine import not_yet, operated
from services.issuance.decide.plans import days_wrong, period

FIXED = ("scheme", "kind", "form", "implementer", "applied_on", "methodologies")
"""What a registered project is known by; another implementer takes over by a handover."""


def change_plan(state: State, act: Act, asked: ChangePlan) -> Outcome:
    """Take in a plan that could be registered as well, instead of the one that was."""
    plan = operated(state, act, asked.project, *BEFORE, *RUNNING)
    if isinstance(plan, Rejected):
        return plan
    wrong = days_wrong(asked)
    if wrong:
        return wrong
    if asked.scheme not in state.rules.schemes:
        return refuse(Reason.SCHEME_NOT_FOUND, scheme=asked.scheme)
    credited = period(state, asked)
    if isinstance(credited, Rejected):
        return credited
    registered = plan.phase in RUNNING
    if registered:
        credited = plan.credited_from, plan.credited_to
        wrong = _another(plan, asked)
        if wrong:
            return wrong
    changed = PlanChanged(
        **asdict(asked),
        phase=plan.phase if registered else "DRAFT",
        credited_from=credited[0],
        credited_to=credited[1],
    )
    where = place(changed)
    other = state.registers.sites.get(where)
    if other is not None and where != plan.place:
        return refuse(Reason.PROJECT_IDENTICAL, project=other)
    return (changed,)


def hand_over_project(state: State, act: Act, asked: HandOverProject) -> Outcome:
    """Let another implementer owe from now on what this one did."""
    plan = operated(state, act, asked.project, *RUNNING, "MONITORED_POST_PERIOD")
    if isinstance(plan, Rejected):
        return plan
    wrong = not_yet(state, act, asked.handed_on)
    if wrong:
        return wrong
    if asked.implementer == plan.implementer:
        return refuse(Reason.IMPLEMENTERS_MUST_DIFFER, implementer=asked.implementer)
    return (
        ProjectHandedOver(
            project=asked.project,
            predecessor=plan.implementer,
            implementer=asked.implementer,
            handed_on=asked.handed_on,
            reason=asked.reason,
        ),
    )


def report_loss(state: State, act: Act, asked: ReportLoss) -> Outcome:
    """Note what was lost of a removal, and who makes good for it: a duty where rules say so."""
    plan = operated(state, act, asked.project, *RUNNING, "MONITORED_POST_PERIOD")
    if isinstance(plan, Rejected):
        return plan
    wrong = not_yet(state, act, asked.happened_on)
    if wrong:
        return wrong
    if not _lasting(state, plan):
        return refuse(Reason.LOSS_NOT_REPORTABLE, project=asked.project)
    rules = NO_COURSE if state.rules.projects is UNSET else state.rules.projects
    covered_by = rules.losses.get(asked.cause)
    if covered_by is None:
        return refuse(Reason.CAUSE_UNKNOWN, cause=asked.cause)
    reported = LossReported(
        project=asked.project,
        loss=f"l-{act.position}",
        cause=asked.cause,
        covered_by=covered_by,
        happened_on=asked.happened_on,
        quantity=asked.quantity,
        detail=asked.detail,
    )
    if rules.owed is UNSET or asked.cause not in rules.owed:
        return (reported,)
    owed = LossOwed(
        project=asked.project,
        loss=reported.loss,
        duty=f"d-{act.position}-0",
        debtor=plan.implementer,
        quantity=asked.quantity,
    )
    return (reported, owed)


def _another(plan: Plan, asked: ChangePlan) -> Rejected | None:
    """Refuse a change that makes a registered project another one."""
    for name in FIXED:
        if getattr(plan, name) != getattr(asked, name):
            return refuse(Reason.PLAN_OF_ANOTHER_PROJECT, project=plan.project, field=name)
    return None


def _lasting(state: State, plan: Plan) -> bool:
    """Say whether a removal of this plan has to last 永続性."""
    rules = state.rules.issuance
    if rules is UNSET:
        return False
    found = (rules.methodologies.get(one.code) for one in plan.methodologies)
    return any(rules.sectors[one.sector].permanence for one in found if one)
