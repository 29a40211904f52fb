"""The rule of what members did: only of members, only for their own days, all lines or none."""

from libs.ledger.decider import Act, ruling
from libs.ledger.events import ActivitiesReported, Activity
from libs.ledger.records.projects import RUNNING, part_key
from libs.ledger.standing import not_for, not_gone
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands.activities import ReportActivities
from services.issuance.decide.machine import in_phase, not_yet


def report_activities(state: State, act: Act, asked: ReportActivities) -> Outcome:
    """Note what members of a running programme did; its implementer says so."""
    wrong = not_for(state, act.actor, asked.account) or not_gone(state, asked.account)
    if wrong:
        return wrong
    plan = in_phase(state, asked.project, *RUNNING)
    if isinstance(plan, Rejected):
        return plan
    if plan.form != "programme":
        return refuse(Reason.PROJECT_NOT_A_PROGRAMME, project=asked.project)
    opening = state.openings.get(asked.account)
    if opening is None or opening.name != plan.implementer:
        return refuse(Reason.ACCOUNT_NOT_OF_PROJECT, account=asked.account, project=asked.project)
    for number, line in enumerate(asked.lines):
        wrong = _line_wrong(state, act, asked.project, line)
        if wrong:
            return refuse(wrong.reason, **{**wrong.facts, "line": number})
    return (ActivitiesReported(project=asked.project, account=asked.account, reported=asked.lines),)


def _line_wrong(state: State, act: Act, project: str, line: Activity) -> Rejected | None:
    wrong = not_yet(state, act, line.done_on)
    if wrong:
        return wrong
    member = state.registers.members.get(part_key(project, line.member))
    if member is None:
        return refuse(Reason.MEMBER_NOT_FOUND, project=project, member=line.member)
    if not member.credited_from <= line.done_on <= member.credited_to:
        days = {"credited_from": member.credited_from, "credited_to": member.credited_to}
        return refuse(Reason.PERIOD_NOT_CREDITED, **days)
    return None


RULINGS = {"activities.report.v1": ruling(ReportActivities, report_activities)}
