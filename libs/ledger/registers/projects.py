"""What facts of a project's life leave in the registers."""

from typing import assert_never

import msgspec
from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.records import Body
from libs.ledger.records.projects import PlanPhase
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
            body = Body(event.body, event.name, event.representatives, event.affiliates)
            state.put(state.registers.bodies, event.body, body)
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
        case _:
            assert_never(event)


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
    change(
        state,
        event.project,
        phase="MONITORED_POST_PERIOD" if watched else "ENDED",
        credited_to=event.credited_to,
        monitored_to=event.monitored_to if watched else "",
    )


def _leave(state: State, project: str) -> None:
    """Let another project stand where this one would have."""
    state.drop(state.registers.sites, state.registers.plans[project].place)
