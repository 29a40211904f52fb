"""The issuance room's tables: projects, and lots with what was ever issued of them."""

import msgspec
from msgspec import UNSET
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    MetaData,
    String,
    Table,
    Text,
)

from libs.edge.database import Batch, Part
from libs.ledger.entry import Entry
from libs.ledger.events import CreditPosting, CreditsIssued, IssuanceWithdrawn, ProjectRegistered
from libs.ledger.postings import size

_metadata = MetaData()

projects = Table(
    "projects",
    _metadata,
    Column("project", String, primary_key=True),
    Column("scheme", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("methodologies", Text, nullable=False),
    Column("country", String),
    Column("implementer", String),
    Column("region", String),
    Column("position", BigInteger, nullable=False),
    Column("at", String, nullable=False),
    Index("projects_by_scheme", "scheme", "project"),
)

lots = Table(
    "lots",
    _metadata,
    Column("lot", String, primary_key=True),
    Column("project", String, nullable=False),
    Column("account", String, nullable=False),
    Column("certified_on", String, nullable=False),
    Column("vintage_from", String, nullable=False),
    Column("vintage_to", String, nullable=False),
    Column("issued", BigInteger, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", String, nullable=False),
    CheckConstraint("issued >= 0", name="lots_issued"),
    Index("lots_by_project", "project", "lot"),
)


def part() -> Part:
    """Keep projects and lots."""
    return Part((projects, lots), _evolve)


def _evolve(batch: Batch, entry: Entry) -> None:
    for event in entry.events:
        match event:
            case ProjectRegistered():
                _project(batch, entry, event)
            case CreditsIssued():
                _lot(batch, entry, event)
            case IssuanceWithdrawn():
                batch.change(lots, event.lot, {"withdrawn": True})
            case _:
                pass


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
            "position": entry.position,
            "at": entry.at,
        },
        event.lot,
    )
