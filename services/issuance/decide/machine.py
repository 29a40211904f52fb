"""The machine of projects: from phase to phase, by those whose turn it is."""

from msgspec import UNSET

from libs.ledger.crediting import courses, days_later, ended, last_day, today
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.events import (
    ProjectDecided,
    ProjectExamined,
    ProjectExtended,
    ProjectRegistered,
    ProjectSubmitted,
    ProjectValidated,
    ProjectWithdrawn,
)
from libs.ledger.instants import real_day
from libs.ledger.records import Plan
from libs.ledger.records.projects import BEFORE, RUNNING, PlanPhase
from libs.ledger.rules import RuleSet
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands import (
    DecideProject,
    EndProject,
    ExamineProject,
    ExtendProject,
    SubmitProject,
    ValidateProject,
    WithdrawProject,
)
from services.issuance.decide.bodies import Work, may_not_decide, may_not_examine


def validate_project(state: State, act: Act, asked: ValidateProject) -> Outcome:
    """Note that an independent body stands by a plan as it is."""
    plan = in_phase(state, asked.project, "DRAFT")
    if isinstance(plan, Rejected):
        return plan
    work = Work(plan.implementer, plan.methodologies, asked.validated_on)
    wrong = may_not_examine(state, act.actor, asked.body, work)
    wrong = wrong or not_yet(state, act, asked.validated_on)
    return wrong or (
        ProjectValidated(
            project=asked.project,
            body=asked.body,
            validated_on=asked.validated_on,
            statement=asked.statement,
        ),
    )


def submit_project(state: State, act: Act, asked: SubmitProject) -> Outcome:
    """Apply for the registration of a plan that a body stands by."""
    plan = operated(state, act, asked.project, "VALIDATED")
    return plan if isinstance(plan, Rejected) else (ProjectSubmitted(project=asked.project),)


def examine_project(state: State, act: Act, asked: ExamineProject) -> Outcome:
    """Lay a plan before a committee, that may meet on any day to come."""
    plan = operated(state, act, asked.project, "SUBMITTED")
    if isinstance(plan, Rejected):
        return plan
    if not real_day(asked.meets_on):
        return refuse(Reason.DAY_NOT_IN_CALENDAR, day=asked.meets_on)
    return (ProjectExamined(project=asked.project, meets_on=asked.meets_on),)


def decide_project(state: State, act: Act, asked: DecideProject) -> Outcome:
    """Enter the committee's decision; what it registers stands in the register from now on."""
    wrong = may_not_decide(state, act.actor)
    if wrong:
        return wrong
    plan = in_phase(state, asked.project, "COMMITTEE")
    if isinstance(plan, Rejected):
        return plan
    wrong = not_yet(state, act, asked.met_on)
    if wrong:
        return wrong
    decided = ProjectDecided(
        project=asked.project, outcome=asked.outcome, minutes=asked.minutes, met_on=asked.met_on
    )
    if asked.outcome != "registered":
        return (decided,)
    if asked.project in state.projects:
        return refuse(Reason.PROJECT_EXISTS, project=asked.project)
    return (decided, _registered(plan))


def extend_project(state: State, act: Act, asked: ExtendProject) -> Outcome:
    """Let a running period go on from the day after its last, as often as the rules let it."""
    wrong = may_not_decide(state, act.actor)
    if wrong:
        return wrong
    plan = in_phase(state, asked.project, "ACTIVE", "EXTENDED")
    if isinstance(plan, Rejected):
        return plan
    wrong = not_yet(state, act, asked.met_on)
    if wrong:
        return wrong
    last = _extended(state.rules, plan)
    if last is None:
        return refuse(Reason.EXTENSION_NOT_ALLOWED, project=plan.project, extended=plan.extended)
    if last <= plan.credited_to:
        return refuse(Reason.CREDITING_PERIOD_EMPTY, first=plan.credited_to, last=last)
    return (
        ProjectExtended(
            project=asked.project, credited_to=last, minutes=asked.minutes, met_on=asked.met_on
        ),
    )


def end_project(state: State, act: Act, asked: EndProject) -> Outcome:
    """End a running period with today as its last day."""
    plan = operated(state, act, asked.project, "ACTIVE", "EXTENDED")
    if isinstance(plan, Rejected):
        return plan
    return (ended(state.rules, plan, today(state, act.at_ms), asked.reason),)


def withdraw_project(state: State, act: Act, asked: WithdrawProject) -> Outcome:
    """Take a plan or a running project out; its place is free for another."""
    plan = operated(state, act, asked.project, *BEFORE, *RUNNING)
    if isinstance(plan, Rejected):
        return plan
    return (ProjectWithdrawn(project=asked.project, reason=asked.reason),)


def operated(state: State, act: Act, project: str, *phases: PlanPhase) -> Plan | Rejected:
    """Return a plan that an operator may act on now, or why not."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    return in_phase(state, project, *phases)


def in_phase(state: State, project: str, *phases: PlanPhase) -> Plan | Rejected:
    """Return a plan that is in one of these phases, or why not."""
    plan = state.registers.plans.get(project)
    if plan is None:
        return refuse(Reason.PROJECT_NOT_FOUND, project=project)
    if plan.phase not in phases:
        return refuse(Reason.PROJECT_NOT_IN_PHASE, project=project, phase=plan.phase)
    return plan


def not_yet(state: State, act: Act, day: str) -> Rejected | None:
    """Refuse a day that is none, or has not come where the scheme is."""
    if not real_day(day):
        return refuse(Reason.DAY_NOT_IN_CALENDAR, day=day)
    if day > today(state, act.at_ms):
        return refuse(Reason.DAY_AHEAD, day=day)
    return None


def _registered(plan: Plan) -> ProjectRegistered:
    """Return the fact that a project was ever registered by, with what its plan says."""
    return ProjectRegistered(
        project=plan.project,
        scheme=plan.scheme,
        kind=plan.kind,
        name=plan.name,
        methodologies=tuple(f"{one.code}/{one.version}" for one in plan.methodologies),
        country="JP",
        implementer=plan.implementer,
        region=f"JP-{plan.prefecture:02d}",
    )


def _extended(rules: RuleSet, plan: Plan) -> str | None:
    """Return the last day after one more extension; None where a sector of the plan lets none."""
    told = [course.extension for course in courses(rules, plan)]
    left = [one for one in told if one is not UNSET and plan.extended < one.times]
    if not left or len(left) < len(told):
        return None
    first = days_later(plan.credited_to, 1)
    lasts = [last_day(first, one.years) for one in left]
    return min(lasts + [one.until for one in left if one.until is not UNSET])
