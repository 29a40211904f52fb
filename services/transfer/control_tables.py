"""The tables of the controls: what is suspended, and since when."""

from collections.abc import Sequence

from msgspec import UNSET
from sqlalchemy import BigInteger, CheckConstraint, Column, Table

from libs.edge.batch import Batch
from libs.edge.schema import METADATA, words
from libs.ledger.entry import Entry
from libs.ledger.events import MovementsResumed, MovementsSuspended

suspensions = Table(
    "suspensions",
    METADATA,
    Column("suspension", words(), primary_key=True),
    Column("scheme", words()),
    Column("status", words(), nullable=False),
    Column("reason", words(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("status IN ('in_force', 'resumed')", name="suspensions_status"),
)

TABLES = (suspensions,)


def evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    """Follow the facts of the controls."""
    for entry in entries:
        for event in entry.events:
            match event:
                case MovementsSuspended():
                    _suspend(batch, entry, event)
                case MovementsResumed():
                    batch.change(suspensions, event.suspension, {"status": "resumed"})
                case _:
                    pass


def _suspend(batch: Batch, entry: Entry, event: MovementsSuspended) -> None:
    batch.add(
        suspensions,
        {
            "suspension": event.suspension,
            "scheme": None if event.scheme is UNSET else event.scheme,
            "status": "in_force",
            "reason": event.reason,
            "position": entry.position,
            "at": entry.at,
        },
        event.suspension,
    )
