"""The issuance room's tables: projects, and lots with what was ever issued of them."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
)

from libs.edge.batch import Batch
from libs.edge.projection import Part
from libs.edge.schema import METADATA, append_only, words
from libs.ledger.entry import Entry
from libs.ledger.events import (
    CertificationFact,
    CreditPosting,
    CreditsIssued,
    IssuanceWithdrawn,
    ProjectDrafted,
    ProjectRegistered,
)
from libs.ledger.postings import size
from services.issuance.projection import projects as lives
from services.issuance.projection.certification import (
    certifications,
    certify,
    devices,
    issue,
    told,
    withdraw,
)
from services.issuance.projection.plans import draft, plans

projects = Table(
    "projects",
    METADATA,
    Column("project", words(), primary_key=True),
    Column("scheme", words(), nullable=False),
    Column("kind", words(), nullable=False),
    Column("name", words(), nullable=False),
    Column("methodologies", words(), nullable=False),
    Column("country", words()),
    Column("implementer", words()),
    Column("region", words()),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    Index("projects_by_scheme", "scheme", "project"),
)

lots = Table(
    "lots",
    METADATA,
    Column("lot", words(), primary_key=True),
    Column("project", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("certified_on", words(), nullable=False),
    Column("vintage_from", words(), nullable=False),
    Column("vintage_to", words(), nullable=False),
    Column("issued", BigInteger, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("certification", words()),
    Column("electricity_kwh", BigInteger),
    Column("energy_saving", Boolean),
    Column("heat_mj", BigInteger),
    Column("prefecture", Integer),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("issued >= 0", name="lots_issued"),
    Index("lots_by_project", "project", "lot"),
)


CERTIFIED = ("certification", "electricity_kwh", "energy_saving", "heat_mj", "prefecture")
"""What a lot has from its certification."""

append_only(projects)


def part() -> Part:
    """Keep plans, projects and lots."""
    return Part((projects, lots, plans, certifications, devices, *lives.TABLES), _evolve)


def _evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    told = [(entry, event) for entry in entries for event in entry.events]
    # Lots that credits are issued of may be there already: they are asked for all at once.
    batch.expect(lots, (event.lot for _, event in told if isinstance(event, CreditsIssued)))
    for entry, event in told:
        match event:
            case ProjectRegistered():
                _project(batch, entry, event)
            case ProjectDrafted():
                draft(batch, entry, event)
            case CreditsIssued():
                _lot(batch, entry, event)
                issue(batch, event)
            case IssuanceWithdrawn():
                batch.change(lots, event.lot, {"withdrawn": True})
                withdraw(batch, event)
            case CertificationFact():
                certify(batch, entry, event)
            case _:
                pass
    lives.evolve(batch, entries)


def _project(batch: Batch, entry: Entry, event: ProjectRegistered) -> None:
    batch.add(
        projects,
        {
            "project": event.project,
            "scheme": event.scheme,
            "kind": event.kind,
            "name": event.name,
            "methodologies": msgspec.json.encode(event.methodologies).decode(),
            "country": None if event.country is UNSET else event.country,
            "implementer": None if event.implementer is UNSET else event.implementer,
            "region": None if event.region is UNSET else event.region,
            "position": entry.position,
            "at": entry.at,
        },
    )


def _lot(batch: Batch, entry: Entry, event: CreditsIssued) -> None:
    """A lot is entered once; a takeover may add further serials to it."""
    quantity = sum(size(part) for part in event.postings if isinstance(part, CreditPosting))
    known = batch.row(lots, event.lot)
    if known is not None:
        assert isinstance(known["issued"], int)
        batch.change(lots, event.lot, {"issued": known["issued"] + quantity, "withdrawn": False})
        return
    batch.add(
        lots,
        {
            "lot": event.lot,
            "project": event.project,
            "account": event.account,
            "certified_on": event.certified_on,
            "vintage_from": event.vintage_from,
            "vintage_to": event.vintage_to,
            "issued": quantity,
            "withdrawn": False,
            **{name: told(event, name) for name in CERTIFIED},
            "position": entry.position,
            "at": entry.at,
        },
        event.lot,
    )
