"""The rules of certification: no period and no device twice, whole tonnes, step by step."""

from msgspec import UNSET

from libs.ledger.crediting import today
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act, ruling
from libs.ledger.events import (
    CertificationDecided,
    CertificationOpened,
    CertificationReported,
    CertificationSubmitted,
    CertificationVerified,
    Measured,
    Reduction,
)
from libs.ledger.instants import real_day
from libs.ledger.records import Certification
from libs.ledger.records.certification import Phase
from libs.ledger.records.projects import part_key
from libs.ledger.registers.certification import of_device, of_place, of_project, place_of
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands.certification import (
    DecideCertification,
    OpenCertification,
    ReportMonitoring,
    SubmitCertification,
    VerifyCertification,
)
from services.issuance.decide.machine import not_yet

TONNE_KG = 1000


def open_certification(state: State, act: Act, asked: OpenCertification) -> Outcome:
    """Begin to certify a period that nothing else certifies."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    for day in (asked.period_from, asked.period_to):
        if not real_day(day):
            return refuse(Reason.DAY_NOT_IN_CALENDAR, day=day)
    if asked.period_to < asked.period_from:
        return refuse(Reason.PERIOD_REVERSED, first=asked.period_from, last=asked.period_to)
    if asked.project not in state.projects:
        return refuse(Reason.PROJECT_NOT_FOUND, project=asked.project)
    if asked.certification in state.registers.certifications:
        return refuse(Reason.CERTIFICATION_EXISTS, certification=asked.certification)
    wrong = _period_wrong(state, asked)
    if wrong:
        return wrong
    return (
        CertificationOpened(
            certification=asked.certification,
            project=asked.project,
            member=asked.member,
            period_from=asked.period_from,
            period_to=asked.period_to,
            devices=tuple(dict.fromkeys(asked.devices)),
        ),
    )


def _period_wrong(state: State, asked: OpenCertification) -> Rejected | None:
    """Refuse what lies outside the crediting period 認証対象期間, and what is certified already.

    A certification of the whole project covers each of its members. What left and came back to its
    place by another name is still what it was.
    """
    wrong = _not_credited(state, asked)
    if wrong:
        return wrong
    for other in _meeting(state, of_project(asked.project), asked):
        if UNSET in (asked.member, other.member) or asked.member == other.member:
            return refuse(Reason.PERIOD_ALREADY_MONITORED, certification=other.certification)
    place = place_of(state, asked.project, asked.member)
    for other in _meeting(state, of_place(place), asked):
        return refuse(Reason.PERIOD_ALREADY_MONITORED, certification=other.certification)
    for device in asked.devices:
        for other in _meeting(state, of_device(device), asked):
            return refuse(
                Reason.DEVICE_ALREADY_MONITORED, certification=other.certification, device=device
            )
    return None


def _not_credited(state: State, asked: OpenCertification | Certification) -> Rejected | None:
    """Refuse a period that lies, or has come to lie, outside the days that are credited."""
    credited = _credited(state, asked)
    if credited is None or isinstance(credited, Rejected):
        return credited
    if credited[0] <= asked.period_from and asked.period_to <= credited[1]:
        return None
    return refuse(Reason.PERIOD_NOT_CREDITED, first=credited[0], last=credited[1])


def _credited(
    state: State, asked: OpenCertification | Certification
) -> tuple[str, str] | Rejected | None:
    """Return the period of the project or of its member; None where it had no plan here.

    Projects that were registered without a plan came from another registry, and so did their
    members: what these are called is all that is known of them.
    """
    plan = state.registers.plans.get(asked.project)
    if plan is None:
        return None
    if plan.phase == "WITHDRAWN":
        return refuse(Reason.PROJECT_NOT_IN_PHASE, project=asked.project, phase=plan.phase)
    if asked.member is UNSET:
        return plan.credited_from, plan.credited_to
    member = state.registers.members.get(part_key(asked.project, asked.member))
    if member is None:
        return refuse(Reason.MEMBER_NOT_FOUND, project=asked.project, member=asked.member)
    return member.credited_from, member.credited_to


def _meeting(state: State, key: str, asked: OpenCertification) -> list[Certification]:
    """Return what is certified under a key on any day of the period."""
    known = map(state.registers.certifications.__getitem__, state.registers.monitored.get(key, ()))
    return [
        one
        for one in known
        if one.period_from <= asked.period_to and asked.period_from <= one.period_to
    ]


def report_monitoring(state: State, act: Act, asked: ReportMonitoring) -> Outcome:
    """Take in a report of a period that is over, and compute the tonnes that it gives."""
    known = found(state, act, asked.certification, "MONITORING", "REPORTED")
    if isinstance(known, Rejected):
        return known
    day = today(state, act.at_ms)
    if day <= known.period_to:
        return refuse(Reason.MONITORING_NOT_OVER, last=known.period_to, today=day)
    # A project names its methodologies by their code, or by code and version.
    follows = {told.partition("/")[0] for told in state.projects[known.project].methodologies}
    for applied in asked.methodologies:
        if applied.code not in follows:
            return refuse(Reason.METHODOLOGY_NOT_OF_PROJECT, methodology=applied.code)
    quantity = tonnes(asked.measured)
    if quantity < 1:
        return refuse(Reason.NOTHING_TO_CERTIFY, certification=asked.certification)
    return (
        CertificationReported(
            certification=asked.certification,
            measured=asked.measured,
            methodologies=asked.methodologies,
            quantity=quantity,
            electricity_kwh=asked.electricity_kwh,
            heat_mj=asked.heat_mj,
            energy_saving=asked.energy_saving,
            prefecture=asked.prefecture,
            document=asked.document,
        ),
    )


def tonnes(measured: Measured) -> int:
    """Return the whole tonnes of a report; what is below a tonne is nobody's."""
    if isinstance(measured, Reduction):
        return (measured.baseline_kg - measured.project_kg) // TONNE_KG
    gone = measured.project_emission_kg + measured.baseline_removal_kg
    return (measured.project_removal_kg - gone) // TONNE_KG


def verify_certification(state: State, act: Act, asked: VerifyCertification) -> Outcome:
    """Note that the report was verified."""
    known = found(state, act, asked.certification, "REPORTED")
    if isinstance(known, Rejected):
        return known
    wrong = not_yet(state, act, asked.verified_on)
    if wrong:
        return wrong
    return (
        CertificationVerified(
            certification=asked.certification,
            verifier=asked.verifier,
            verified_on=asked.verified_on,
            document=asked.document,
        ),
    )


def submit_certification(state: State, act: Act, asked: SubmitCertification) -> Outcome:
    """Lay a verified report before the committee."""
    known = found(state, act, asked.certification, "VERIFIED")
    if isinstance(known, Rejected):
        return known
    return (CertificationSubmitted(certification=asked.certification),)


def decide_certification(state: State, act: Act, asked: DecideCertification) -> Outcome:
    """Note what the committee decided; what it did not approve frees its period and devices.

    A project may have ended, or a member left, since the certification was opened: of a period that
    is not credited any more nothing is approved, only returned.
    """
    known = found(state, act, asked.certification, "SUBMITTED")
    if isinstance(known, Rejected):
        return known
    wrong = not_yet(state, act, asked.decided_on)
    if wrong is None and asked.outcome == "approved":
        wrong = _not_credited(state, known)
    if wrong:
        return wrong
    return (
        CertificationDecided(
            certification=asked.certification,
            outcome=asked.outcome,
            minutes=asked.minutes,
            decided_on=asked.decided_on,
        ),
    )


def found(state: State, act: Act, certification: str, *phases: Phase) -> Certification | Rejected:
    """Return a certification that an operator may take a step with, from one of these phases."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    known = state.registers.certifications.get(certification)
    if known is None:
        return refuse(Reason.CERTIFICATION_NOT_FOUND, certification=certification)
    if known.phase not in phases:
        return refuse(
            Reason.CERTIFICATION_NOT_IN_PHASE, certification=certification, phase=known.phase
        )
    return known


CERTIFYING = {
    "certification.open.v1": ruling(OpenCertification, open_certification),
    "certification.report.v1": ruling(ReportMonitoring, report_monitoring),
    "certification.verify.v1": ruling(VerifyCertification, verify_certification),
    "certification.submit.v1": ruling(SubmitCertification, submit_certification),
    "certification.decide.v1": ruling(DecideCertification, decide_certification),
}
