"""What facts of certification leave in the registers."""

from typing import assert_never

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger import events as e
from libs.ledger.records import Certification, CertifiedLot
from libs.ledger.records.certification import FREED, Phase
from libs.ledger.records.projects import part_key
from libs.ledger.state import State

DECIDED: dict[str, Phase] = {
    "approved": "COMMITTEE_APPROVED",
    "returned": "RETURNED",
    "rejected": "REJECTED",
}


def note(state: State, event: e.CertificationEvent) -> None:
    """Note what a fact says; mypy names the one that is missing here."""
    match event:
        case e.CertificationOpened():
            _open(state, event)
        case e.CertificationReported():
            _change(
                state,
                event.certification,
                "REPORTED",
                methodologies=event.methodologies,
                quantity=event.quantity,
                electricity_kwh=event.electricity_kwh,
                heat_mj=event.heat_mj,
                energy_saving=event.energy_saving,
                prefecture=event.prefecture,
            )
        case e.CertificationVerified():
            _change(state, event.certification, "VERIFIED")
        case e.CertificationSubmitted():
            _change(state, event.certification, "SUBMITTED")
        case e.CertificationDecided():
            phase = DECIDED[event.outcome]
            _change(state, event.certification, phase, decided_on=event.decided_on)
        case _:
            assert_never(event)


def of_project(project: str) -> str:
    """Return the key that a project's periods are found by; no code has a colon."""
    return f"project:{project}"


def of_device(device: str) -> str:
    """Return the key that a device's periods are found by."""
    return f"device:{device}"


def of_place(place: str) -> str:
    """Return the key that the periods of what stands, or stood, at a place are found by."""
    return f"place:{place}"


def place_of(state: State, project: str, member: str | UnsetType) -> str:
    """Return where a project or a member of it stands; nothing where there is no plan of it."""
    if member is not UNSET:
        joined = state.registers.members.get(part_key(project, member))
        return joined.place if joined else ""
    plan = state.registers.plans.get(project)
    return plan.place if plan else ""


def issue(state: State, event: e.CreditsIssued) -> None:
    """Note that a certification was issued, and what stands behind its lot; once."""
    if event.certification is UNSET:
        return
    known = state.registers.certifications[event.certification]
    _change(state, event.certification, "ISSUED")
    lot = CertifiedLot(event.certification, known.quantity, known.electricity_kwh)
    state.put(state.registers.certified, event.lot, lot)


def withdraw(state: State, event: e.IssuanceWithdrawn) -> None:
    """Return the certification of a lot that was taken back: its period may be certified anew."""
    lot = state.registers.certified.get(event.lot)
    if lot is not None:
        _change(state, lot.certification, "RETURNED")


def _keys(known: Certification) -> tuple[str, ...]:
    places = (of_place(known.place),) if known.place else ()
    return (of_project(known.project), *map(of_device, known.devices), *places)


def _open(state: State, event: e.CertificationOpened) -> None:
    known = Certification(
        certification=event.certification,
        phase="MONITORING",
        project=event.project,
        period_from=event.period_from,
        period_to=event.period_to,
        devices=event.devices,
        member=event.member,
        place=place_of(state, event.project, event.member),
    )
    state.put(state.registers.certifications, event.certification, known)
    monitored = state.registers.monitored
    for key in _keys(known):
        state.put(monitored, key, (*monitored.get(key, ()), event.certification))


def _change(state: State, certification: str, phase: Phase, **changes: object) -> None:
    """Let a certification come to a phase; one that ends frees its period and its devices."""
    before = state.registers.certifications[certification]
    after = msgspec.structs.replace(before, phase=phase, **changes)
    state.put(state.registers.certifications, certification, after)
    if phase in FREED:
        monitored = state.registers.monitored
        for key in _keys(after):
            left = tuple(one for one in monitored[key] if one != certification)
            state.put(monitored, key, left)
