"""Certifications over HTTP: each step of one, and the public lists with their energy."""

from collections.abc import Iterable
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.amounts import thousandths
from libs.edge.desk import Desk
from libs.edge.problems import Refused
from libs.edge.writes import Write
from libs.ledger.events import AppliedMethodology, Measured, Removal
from services.issuance.commands import IssueToGovernment, ReleaseGovernment
from services.issuance.commands.certification import (
    DecideCertification,
    OpenCertification,
    ReportMonitoring,
    SubmitCertification,
    VerifyCertification,
)
from services.issuance.projection.certification import certifications, devices

TAG = "issuance"
CERTIFICATION, PROJECT = "JC-FM-000123-C01", "JC-FM-000123"
MEASURED = Removal(baseline_removal_kg=900, project_emission_kg=100, project_removal_kg=2_661_999)
DOCUMENT = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
STEPS = "/v1/certifications/{certification:path}"


async def _reporting(_: Desk, asked: ReportMonitoring) -> Iterable[str]:
    """A holder hands in the report of a project of its own, in the name of an account."""
    return () if asked.account is UNSET else (asked.account,)


WRITES = (
    Write(
        command="certification.open.v1",
        path="/v1/certifications",
        body=OpenCertification,
        operation="openCertification",
        summary="Begin to certify a period of a project",
        example=OpenCertification(
            certification=CERTIFICATION,
            devices=("STAND-17", "STAND-18"),
            period_from="2024-04-01",
            period_to="2025-03-31",
            project=PROJECT,
        ),
        tag=TAG,
    ),
    Write(
        command="certification.report.v1",
        path=f"{STEPS}/report",
        body=ReportMonitoring,
        operation="reportMonitoring",
        summary="Hand in the monitoring report",
        example=ReportMonitoring(
            certification=CERTIFICATION,
            electricity_kwh=0,
            energy_saving=False,
            heat_mj=0,
            measured=MEASURED,
            methodologies=(AppliedMethodology("FO-001", "3.0"),),
            document=DOCUMENT,
            prefecture=21,
        ),
        tag=TAG,
        concerns=_reporting,
    ),
    Write(
        command="certification.verify.v1",
        path=f"{STEPS}/verification",
        body=VerifyCertification,
        operation="verifyCertification",
        summary="Say that a report was verified",
        example=VerifyCertification(
            certification=CERTIFICATION,
            verified_on="2026-02-20",
            verifier="Example Assurance Association",
            document=DOCUMENT,
        ),
        tag=TAG,
    ),
    Write(
        command="certification.submit.v1",
        path=f"{STEPS}/submission",
        body=SubmitCertification,
        operation="submitCertification",
        summary="Lay a verified report before the committee",
        example=SubmitCertification(certification=CERTIFICATION),
        tag=TAG,
    ),
    Write(
        command="certification.decide.v1",
        path=f"{STEPS}/decision",
        body=DecideCertification,
        operation="decideCertification",
        summary="Record what the committee decided",
        example=DecideCertification(
            certification=CERTIFICATION,
            decided_on="2026-03-31",
            minutes="Certification committee 62, item 4",
            outcome="approved",
        ),
        tag=TAG,
    ),
    Write(
        command="credits.issue.government.v1",
        path="/v1/government/issuances",
        body=IssueToGovernment,
        operation="issueToGovernment",
        summary="Issue an approved certification to the state",
        example=IssueToGovernment(certification=CERTIFICATION, lot="JC-FM-000123-02"),
        tag=TAG,
    ),
    Write(
        command="government.release.v1",
        path="/v1/government/releases",
        body=ReleaseGovernment,
        operation="releaseGovernment",
        summary="Give credits of the state to a holder",
        example=ReleaseGovernment(
            account="A01", reason="Sale contract 7", lot="JC-FM-000123-02", quantity=90
        ),
        tag=TAG,
    ),
)


class CertificationView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A certification, how far it came, its tonnes and its energy.

    `electricity_mwh` and `heat_gj` are the same energy as the whole kWh and MJ beside them.
    """

    certification: str
    project: str
    phase: str
    period_from: str
    period_to: str
    position: int
    at: str
    member: str | None = None
    quantity: int | None = None
    electricity_kwh: int | None = None
    electricity_mwh: str | None = None
    heat_mj: int | None = None
    heat_gj: str | None = None
    energy_saving: bool | None = None
    prefecture: int | None = None
    decided_on: str | None = None
    minutes: str | None = None
    lot: str | None = None


class CertificationPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Certifications in the order of their ids."""

    items: tuple[CertificationView, ...]
    next_cursor: str | UnsetType = UNSET


class CertificationDetail(CertificationView, frozen=True, kw_only=True, omit_defaults=True):
    """A certification whole: what it was computed from, by whom it was verified, its devices."""

    devices: tuple[str, ...]
    measured: Measured | None = None
    methodologies: tuple[AppliedMethodology, ...] = ()
    report: str | None = None
    verifier: str | None = None
    verified_on: str | None = None
    verification: str | None = None


EXAMPLE = CertificationView(
    certification=CERTIFICATION,
    project=PROJECT,
    phase="COMMITTEE_APPROVED",
    period_from="2024-04-01",
    period_to="2025-03-31",
    position=9,
    at="2026-05-01T00:00:00.000Z",
    quantity=2660,
    electricity_kwh=0,
    electricity_mwh="0.000",
    heat_mj=0,
    heat_gj="0.000",
    energy_saving=False,
    prefecture=21,
    decided_on="2026-03-31",
    minutes="Certification committee 62, item 4",
)
EXAMPLE_DETAIL = CertificationDetail(
    **msgspec.structs.asdict(EXAMPLE),
    devices=("STAND-17", "STAND-18"),
    measured=MEASURED,
    methodologies=(AppliedMethodology("FO-001", "3.0"),),
    report=DOCUMENT,
    verifier="Example Assurance Association",
    verified_on="2026-02-20",
    verification=DOCUMENT,
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Add the reads of certifications."""

    @routes.get(
        "/v1/certifications",
        operation_id="listCertifications",
        summary="Certifications, with the electricity and heat that stand behind their credits",
        openapi_extra=reads.described(desk, CertificationPage, CertificationPage((EXAMPLE,))),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        project: paging.Filter = None,
        phase: paging.Filter = None,
        device: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> CertificationPage:
            wanted = select(certifications)
            for name, value in {"project": project, "phase": phase}.items():
                if value is not None:
                    wanted = wanted.where(certifications.c[name] == value)
            if device is not None:
                by = select(devices.c.certification).where(devices.c.device == device)
                wanted = wanted.where(certifications.c.certification.in_(by))
            keys = (certifications.c.certification,)
            rows, more = paging.page(connection, wanted, keys, limit, after)
            items = (msgspec.convert(_told(row), CertificationView) for row in rows)
            return CertificationPage(tuple(items), more)

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/certifications/{certification:path}",
        operation_id="getCertification",
        summary="One certification: what was measured, who verified it, its devices",
        openapi_extra=reads.described(
            desk, CertificationDetail, EXAMPLE_DETAIL, {"certification": CERTIFICATION}
        ),
    )
    async def one(request: Request, certification: str) -> Response:
        return await reads.show(
            desk, request, lambda connection: _detail(connection, certification)
        )


def _told(row: dict[str, Any]) -> dict[str, Any]:
    kwh, mj = row["electricity_kwh"], row["heat_mj"]
    return {**row, "electricity_mwh": thousandths(kwh), "heat_gj": thousandths(mj)}


def _detail(connection: Connection, certification: str) -> CertificationDetail:
    wanted = select(certifications).where(certifications.c.certification == certification)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise Refused("certification_not_found")
    by = select(devices.c.device).where(devices.c.certification == certification)
    told = _told(paging.record(row))
    told["devices"] = tuple(connection.scalars(by.order_by(devices.c.device)))
    told["measured"] = msgspec.json.decode(told["measured"] or "null")
    told["methodologies"] = msgspec.json.decode(told["methodologies"] or "[]")
    return msgspec.convert(told, CertificationDetail)
