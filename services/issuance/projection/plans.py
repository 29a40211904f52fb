"""The table of plans."""

import msgspec
from sqlalchemy import BigInteger, Column, Index, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row
from libs.edge.schema import METADATA, words
from libs.ledger.entry import Entry
from libs.ledger.events import PlanChanged, PlanFact, ProjectDrafted
from services.issuance.commands import DraftProject

plans = Table(
    "plans",
    METADATA,
    Column("project", words(), primary_key=True),
    Column("phase", words(), nullable=False),
    Column("scheme", words(), nullable=False),
    Column("kind", words(), nullable=False),
    Column("name", words(), nullable=False),
    Column("implementer", words(), nullable=False),
    Column("credited_from", words(), nullable=False),
    Column("credited_to", words(), nullable=False),
    Column("content", words(), nullable=False),
    Column("monitored_to", words()),
    Column("handed_to", words()),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    Index("plans_by_phase", "phase", "project"),
)
SHOWN = ("project", "scheme", "kind", "name", "implementer", "credited_from", "credited_to")


def draft(batch: Batch, entry: Entry, event: ProjectDrafted) -> None:
    """Enter a plan."""
    row = _told(event)
    row |= {"phase": "DRAFT", "monitored_to": None, "handed_to": None}
    row |= {"position": entry.position, "at": entry.at}
    batch.add(plans, row, event.project)


def redraft(batch: Batch, event: PlanChanged) -> None:
    """Put a plan in the place of another."""
    batch.change(plans, event.project, {**_told(event), "phase": event.phase})


def _told(event: PlanFact) -> Row:
    """Return what a plan says; what was asked is kept whole beside what lists show."""
    asked = msgspec.to_builtins(event)
    content = {name: asked[name] for name in DraftProject.__struct_fields__ if name in asked}
    row = {name: asked[name] for name in SHOWN}
    return row | {"content": msgspec.json.encode(content).decode()}
