"""What facts of a project's life leave in the registers."""

from typing import assert_never

import msgspec
from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.records import Body, Duty, Member
from libs.ledger.records.projects import PlanPhase, part_key
from libs.ledger.registers.issuance import place as standing
from libs.ledger.state import State

OUTCOMES: dict[str, PlanPhase] = {
    "registered": "REGISTERED",
    "returned": "RETURNED",
    "rejected": "REJECTED",
}


def note(state: State, event: e.ProjectEvent) -> None:
    """Note what a fact says; mypy names the one that is missing here."""
    match event:
        case e.BodyAccredited():
            state.put(state.registers.bodies, event.body, _body(event))
        case e.BodySuspended():
            body = msgspec.structs.replace(state.registers.bodies[event.body], suspended=True)
            state.put(state.registers.bodies, event.body, body)
        case e.ProjectValidated():
            change(state, event.project, phase="VALIDATED")
        case e.ProjectSubmitted():
            change(state, event.project, phase="SUBMITTED")
        case e.ProjectExamined():
            change(state, event.project, phase="COMMITTEE")
        case e.ProjectDecided():
            change(state, event.project, phase=OUTCOMES[event.outcome])
            if event.outcome == "rejected":
                _leave(state, event.project)
        case e.ProjectActivated():
            change(state, event.project, phase="ACTIVE")
        case e.ProjectExtended():
            _extend(state, event)
        case e.ProjectEnded():
            _end(state, event)
        case e.MonitoringEnded():
            change(state, event.project, phase="ENDED")
        case e.ProjectWithdrawn():
            change(state, event.project, phase="WITHDRAWN")
            _leave(state, event.project)
        case e.MemberJoined():
            _join(state, event)
        case e.MemberLeft():
            _part(state, event)
        case e.ProjectHandedOver():
            change(state, event.project, implementer=event.implementer)
            project = state.projects[event.project]
            heir = msgspec.structs.replace(project, implementer=event.implementer)
            state.put(state.projects, event.project, heir)
        case e.DocumentAttached():
            key = part_key(event.project, event.kind)
            state.put(state.registers.documents, key, event.sha256)
        case e.LossReported() | e.ActivitiesReported():
            pass
        case e.LossOwed():
            duty = Duty(event.duty, event.debtor, "", event.quantity, event.project)
            state.put(state.registers.duties, event.duty, duty)
        case _:
            assert_never(event)


def _body(event: e.BodyAccredited) -> Body:
    return Body(
        body=event.body,
        name=event.name,
        representatives=event.representatives,
        affiliates=event.affiliates,
        sectors=event.sectors,
        since=event.since,
        until=event.until,
    )


def change(state: State, project: str, **changes: object) -> None:
    """Change what is kept of a plan."""
    before = state.registers.plans[project]
    state.put(state.registers.plans, project, msgspec.structs.replace(before, **changes))


def _extend(state: State, event: e.ProjectExtended) -> None:
    before = state.registers.plans[event.project]
    change(
        state,
        event.project,
        phase="EXTENDED",
        credited_to=event.credited_to,
        extended=before.extended + 1,
        runs_to=max(before.runs_to, event.credited_to),
    )


def _end(state: State, event: e.ProjectEnded) -> None:
    watched = event.monitored_to is not UNSET
    for key, member in _members(state, event.project):
        last = min(member.credited_to, event.ended_on)
        state.put(state.registers.members, key, msgspec.structs.replace(member, credited_to=last))
    change(
        state,
        event.project,
        phase="MONITORED_POST_PERIOD" if watched else "ENDED",
        credited_to=event.credited_to,
        monitored_to=event.monitored_to if watched else "",
    )


def _leave(state: State, project: str) -> None:
    """Let another project stand where this one, or a member of it, would have."""
    state.drop(state.registers.sites, state.registers.plans[project].place)
    for _, member in _members(state, project):
        if not member.left:
            state.drop(state.registers.sites, member.place)


def _members(state: State, project: str) -> list[tuple[str, Member]]:
    members = state.registers.members.items()
    return [(key, member) for key, member in members if member.project == project]


def _join(state: State, event: e.MemberJoined) -> None:
    place = standing(event)
    member = Member(event.project, event.member, event.credited_from, event.credited_to, place)
    state.put(state.registers.members, part_key(event.project, event.member), member)
    state.put(state.registers.sites, place, event.project)
    runs_to = max(state.registers.plans[event.project].runs_to, event.credited_to)
    change(state, event.project, runs_to=runs_to)


def _part(state: State, event: e.MemberLeft) -> None:
    key = part_key(event.project, event.member)
    member = state.registers.members[key]
    gone = msgspec.structs.replace(member, credited_to=event.credited_to, left=True)
    state.put(state.registers.members, key, gone)
    state.drop(state.registers.sites, member.place)
    # The programme runs until the last of those that are left is credited for no longer.
    lasts = [member.credited_to for _, member in _members(state, event.project)]
    own = state.registers.plans[event.project].credited_to
    change(state, event.project, runs_to=max(own, *lasts))
