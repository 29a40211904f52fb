"""The rules of programmes: who may join one, for which days, and what its leaving means."""

from libs.ledger.decider import Act
from libs.ledger.events import MemberJoined, MemberLeft
from libs.ledger.records import Member, Plan
from libs.ledger.records.projects import RUNNING, member_key
from libs.ledger.registers.issuance import place as standing
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands import JoinMember, LeaveProgramme
from services.issuance.decide.machine import not_yet, operated
from services.issuance.decide.plans import days_wrong, period


def join_member(state: State, act: Act, asked: JoinMember) -> Outcome:
    """Take in a member that could be a project of its own, by the programme's methodologies."""
    plan = operated(state, act, asked.project, *RUNNING)
    if isinstance(plan, Rejected):
        return plan
    wrong = days_wrong(asked) or _no_place(state, plan, asked)
    if wrong:
        return wrong
    credited = period(state, asked, plan.credited_from)
    if isinstance(credited, Rejected):
        return credited
    joined = MemberJoined(
        project=asked.project,
        member=asked.member,
        methodologies=asked.methodologies,
        prefecture=asked.prefecture,
        site=asked.site,
        implemented_on=asked.implemented_on,
        credited_from=credited[0],
        credited_to=credited[1],
    )
    other = state.registers.sites.get(standing(joined))
    if other is not None:
        return refuse(Reason.PROJECT_IDENTICAL, project=other)
    return (joined,)


def leave_programme(state: State, act: Act, asked: LeaveProgramme) -> Outcome:
    """Let a member go; where it was another may be."""
    plan = operated(state, act, asked.project, *RUNNING)
    if isinstance(plan, Rejected):
        return plan
    wrong = not_yet(state, act, asked.left_on)
    if wrong:
        return wrong
    member = _member(state, asked)
    if member is None or member.left:
        return refuse(Reason.MEMBER_NOT_FOUND, project=asked.project, member=asked.member)
    return (
        MemberLeft(
            project=asked.project,
            member=asked.member,
            credited_to=min(asked.left_on, member.credited_to),
            reason=asked.reason,
        ),
    )


def _no_place(state: State, plan: Plan, asked: JoinMember) -> Rejected | None:
    """Refuse a member that the programme has no place for."""
    if plan.form != "programme":
        return refuse(Reason.PROJECT_NOT_A_PROGRAMME, project=plan.project)
    if _member(state, asked) is not None:
        return refuse(Reason.MEMBER_EXISTS, project=asked.project, member=asked.member)
    for applied in asked.methodologies:
        if applied not in plan.methodologies:
            return refuse(
                Reason.METHODOLOGY_NOT_OF_PROJECT,
                methodology=applied.code,
                version=applied.version,
            )
    return None


def _member(state: State, asked: JoinMember | LeaveProgramme) -> Member | None:
    return state.registers.members.get(member_key(asked.project, asked.member))
