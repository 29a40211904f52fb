"""The table of meetings: what each was computed from, and its certificate."""

from collections.abc import Sequence

from msgspec import UNSET
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row
from libs.edge.projection import Part
from libs.edge.schema import METADATA, append_only, words
from libs.ledger.entry import Entry
from libs.ledger.events import MeetingOrdered
from libs.ledger.records.notices import Told
from services.pools.projection import pools

meetings = Table(
    "meetings",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("pool", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("tenant", words()),
    Column("certificate", words(), nullable=False),
    Column("title", words(), nullable=False),
    Column("held_on", words(), nullable=False),
    Column("attendees", BigInteger, nullable=False),
    Column("area_m2", BigInteger, nullable=False),
    Column("minutes", BigInteger, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("grams", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("grams >= 1", name="meetings_grams"),
)
append_only(meetings)


def part() -> Part:
    """Keep what was ordered for meetings."""
    return Part((meetings,), _evolve)


def _evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    """An order is told out by the fact behind it: its one line is the certificate."""
    for entry in entries:
        for fact, event in enumerate(entry.events):
            if isinstance(event, MeetingOrdered):
                pool = batch.row(pools, event.pool) or {}
                row: Row = {"position": entry.position, "at": entry.at, "pool": event.pool}
                told_out = Told(entry.position, fact + 1).number(entry.ledger)
                row.update(account=pool["account"], certificate=f"{told_out}.1")
                row.update(title=event.title)
                row.update(tenant=None if event.tenant is UNSET else event.tenant)
                row.update(held_on=event.held_on, attendees=event.attendees)
                row.update(area_m2=event.area_m2, minutes=event.minutes, online=event.online)
                batch.add(meetings, {**row, "grams": event.grams})
