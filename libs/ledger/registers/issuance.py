"""What facts of the issuance room leave in the registers."""

from typing import assert_never

import msgspec
from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.records import Lot, Plan, Project
from libs.ledger.registers import certification
from libs.ledger.serials import Ranges
from libs.ledger.state import State


def note(state: State, event: e.IssuanceEvent) -> None:
    """Note what a fact says beside its postings; mypy names the one that is missing here."""
    match event:
        case e.CreditsIssued():
            _issue(state, event)
            certification.issue(state, event)
        case e.ProjectRegistered():
            implementer = "" if event.implementer is UNSET else event.implementer
            project = Project(
                event.project, event.scheme, event.kind, implementer, event.methodologies
            )
            state.put(state.projects, event.project, project)
        case e.ProjectDrafted():
            state.put(state.registers.plans, event.project, _plan(event))
            state.put(state.registers.sites, place(event), event.project)
            state.put(state.registers.places, event.project, f"{event.prefecture}/{event.site}")
        case e.PlanChanged():
            _change(state, event)
        case e.IssuanceWithdrawn():
            certification.withdraw(state, event)
        case e.BufferReleased() | e.BufferCancelled() | e.GovernmentReleased():
            pass
        case _:
            assert_never(event)


def place(event: e.PlanFact | e.MemberJoined) -> str:
    """Return what makes a project the same as another: where, by which methodologies, when."""
    codes = "+".join(sorted({applied.code for applied in event.methodologies}))
    return f"{event.prefecture}/{codes}/{event.implemented_on}/{event.site}"


def _plan(event: e.PlanFact) -> Plan:
    return Plan(
        project=event.project,
        phase="DRAFT",
        credited_from=event.credited_from,
        credited_to=event.credited_to,
        scheme=event.scheme,
        kind=event.kind,
        form=event.form,
        name=event.name,
        implementer=event.implementer,
        methodologies=event.methodologies,
        prefecture=event.prefecture,
        applied_on=event.applied_on,
        place=place(event),
        runs_to=event.credited_to,
    )


def _change(state: State, event: e.PlanChanged) -> None:
    """Put a plan in the place of another; a registered project keeps what it has come to."""
    before = state.registers.plans[event.project]
    after = _plan(event)
    if event.phase != "DRAFT":
        after = msgspec.structs.replace(
            after, phase=before.phase, extended=before.extended, runs_to=before.runs_to
        )
    state.put(state.registers.plans, event.project, after)
    state.drop(state.registers.sites, before.place)
    state.put(state.registers.sites, after.place, event.project)
    state.put(state.registers.places, event.project, f"{event.prefecture}/{event.site}")


def _issue(state: State, event: e.CreditsIssued) -> None:
    if event.lot not in state.lots:
        scheme = state.projects[event.project].scheme
        rank = (event.certified_on, event.lot)
        lot = Lot(event.lot, event.project, scheme, event.account, rank)
        state.put(state.lots, event.lot, lot)
        state.put(state.issued, event.lot, Ranges())
