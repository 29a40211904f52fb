"""The tables of the controls: what is suspended, and since when."""

from collections.abc import Sequence

from msgspec import UNSET
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table

from libs.edge.batch import Batch
from libs.edge.schema import METADATA, words
from libs.ledger.accounts import lock
from libs.ledger.entry import Entry
from libs.ledger.events import (
    CreditPosting,
    FreezeExpired,
    MovementsResumed,
    MovementsSuspended,
    SerialsFrozen,
    SerialsUnfrozen,
)

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

freezes = Table(
    "freezes",
    METADATA,
    Column("freeze", words(), primary_key=True),
    Column("account", words(), nullable=False),
    Column("lot", words(), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("code", words(), nullable=False),
    Column("status", words(), nullable=False),
    Column("basis", words(), nullable=False),
    Column("expires_at", words()),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("status IN ('in_force', 'lifted', 'expired')", name="freezes_status"),
    Index("freezes_by_account", "account", "status"),
)

TABLES = (suspensions, freezes)


def evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    """Follow the facts of the controls."""
    for entry in entries:
        for event in entry.events:
            match event:
                case MovementsSuspended():
                    _suspend(batch, entry, event)
                case MovementsResumed():
                    batch.change(suspensions, event.suspension, {"status": "resumed"})
                case SerialsFrozen():
                    _freeze(batch, entry, event)
                case SerialsUnfrozen():
                    batch.change(freezes, event.freeze, {"status": "lifted"})
                case FreezeExpired():
                    batch.change(freezes, event.freeze, {"status": "expired"})
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


def _freeze(batch: Batch, entry: Entry, event: SerialsFrozen) -> None:
    (frozen,) = (one for one in event.postings if isinstance(one, CreditPosting))
    batch.add(
        freezes,
        {
            "freeze": event.freeze,
            "account": event.account,
            "lot": frozen.lot,
            "first": frozen.first,
            "last": frozen.last,
            "code": lock(event.account, event.freeze),
            "status": "in_force",
            "basis": event.basis,
            "expires_at": None if event.expires_at is UNSET else event.expires_at,
            "position": entry.position,
            "at": entry.at,
        },
        event.freeze,
    )
