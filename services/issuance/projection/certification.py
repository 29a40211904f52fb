"""The tables of certifications, and of the devices that they were monitored by."""

from typing import assert_never

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row, Value
from libs.edge.schema import METADATA, words
from libs.ledger.entry import Entry
from libs.ledger.events import (
    CertificationDecided,
    CertificationEvent,
    CertificationOpened,
    CertificationReported,
    CertificationSubmitted,
    CertificationVerified,
    CreditsIssued,
    Fact,
    IssuanceWithdrawn,
)
from libs.ledger.registers.certification import DECIDED

certifications = Table(
    "certifications",
    METADATA,
    Column("certification", words(), primary_key=True),
    Column("project", words(), nullable=False),
    Column("member", words()),
    Column("phase", words(), nullable=False),
    Column("period_from", words(), nullable=False),
    Column("period_to", words(), nullable=False),
    Column("measured", words()),
    Column("methodologies", words()),
    Column("quantity", BigInteger),
    Column("electricity_kwh", BigInteger),
    Column("heat_mj", BigInteger),
    Column("energy_saving", Boolean),
    Column("prefecture", Integer),
    Column("report", words()),
    Column("verifier", words()),
    Column("verified_on", words()),
    Column("verification", words()),
    Column("minutes", words()),
    Column("decided_on", words()),
    Column("lot", words()),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("quantity >= 1", name="certifications_quantity"),
    Index("certifications_by_project", "project", "certification"),
    Index("certifications_by_phase", "phase", "certification"),
)

devices = Table(
    "certification_devices",
    METADATA,
    Column("certification", words(), primary_key=True),
    Column("device", words(), primary_key=True),
    Index("certification_devices_by_device", "device", "certification"),
)


def certify(batch: Batch, entry: Entry, event: CertificationEvent) -> None:
    """Enter a step of a certification; `position` and `at` are those of the first one."""
    match event:
        case CertificationOpened():
            _open(batch, entry, event)
        case CertificationReported():
            batch.change(certifications, event.certification, _reported(event))
        case CertificationVerified():
            changes: Row = {"phase": "VERIFIED", "verifier": event.verifier}
            changes["verified_on"] = event.verified_on
            changes["verification"] = told(event, "document")
            batch.change(certifications, event.certification, changes)
        case CertificationSubmitted():
            batch.change(certifications, event.certification, {"phase": "SUBMITTED"})
        case CertificationDecided():
            said: Row = {"minutes": event.minutes, "decided_on": event.decided_on}
            said["phase"] = DECIDED[event.outcome]
            batch.change(certifications, event.certification, said)
        case _:
            assert_never(event)


def issue(batch: Batch, event: CreditsIssued) -> None:
    """Enter which lot a certification was issued as."""
    if event.certification is not UNSET:
        changes: Row = {"phase": "ISSUED", "lot": event.lot}
        batch.change(certifications, event.certification, changes)


def withdraw(batch: Batch, event: IssuanceWithdrawn) -> None:
    """Return the certification of a lot that was taken back."""
    lot = batch.row(METADATA.tables["lots"], event.lot)
    if lot is not None and lot["certification"] is not None:
        batch.change(certifications, lot["certification"], {"phase": "RETURNED"})


def told(event: Fact, name: str) -> Value:
    """Return what a fact says under a name as a column: nothing where it says nothing."""
    found: Value | UnsetType = getattr(event, name)
    return None if found is UNSET else found


def _open(batch: Batch, entry: Entry, event: CertificationOpened) -> None:
    row: Row = dict.fromkeys(column.name for column in certifications.c)
    row.update(certification=event.certification, project=event.project, phase="MONITORING")
    row.update(period_from=event.period_from, period_to=event.period_to)
    row.update(position=entry.position, at=entry.at)
    row["member"] = told(event, "member")
    batch.add(certifications, row, event.certification)
    for device in event.devices:
        batch.add(devices, {"certification": event.certification, "device": device})


def _reported(event: CertificationReported) -> Row:
    return {
        "phase": "REPORTED",
        "measured": msgspec.json.encode(event.measured).decode(),
        "methodologies": msgspec.json.encode(event.methodologies).decode(),
        "quantity": event.quantity,
        "electricity_kwh": event.electricity_kwh,
        "heat_mj": event.heat_mj,
        "energy_saving": event.energy_saving,
        "prefecture": told(event, "prefecture"),
        "report": told(event, "document"),
    }
