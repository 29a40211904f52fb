"""The transfer room's tables: accounts, reservations, orders, and the books."""

from collections.abc import Sequence

from msgspec import UNSET
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table

from libs.edge.batch import Batch
from libs.edge.books import Books, holdings, movements
from libs.edge.bulk import Row
from libs.edge.projection import Part
from libs.edge.schema import METADATA, words
from libs.ledger.accounts import lock
from libs.ledger.entry import Entry
from libs.ledger.events import (
    AccountClosed,
    AccountFact,
    AccountFrozen,
    AccountOpened,
    AccountUnfrozen,
    CreditPosting,
    CreditsReserved,
    OrderAccepted,
    OrderApproved,
    OrderCancelled,
    OrderDeclined,
    OrderExpired,
    OrderPlaced,
    ReservationExpired,
    ReservationReleased,
    ReversalRequested,
    TransferReversed,
    TransferSettled,
)
from libs.ledger.postings import size
from libs.ledger.records.transfer import ACCEPTANCE, APPROVAL
from services.transfer import control_tables
from services.transfer.projection import accounts as lives
from services.transfer.projection.accounts import accounts

reservations = Table(
    "reservations",
    METADATA,
    Column("order", words(), primary_key=True),
    Column("account", words(), nullable=False),
    Column("code", words(), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("status", words(), nullable=False),
    Column("expires_at", words()),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("status IN ('open', 'released', 'expired')", name="reservations_status"),
    CheckConstraint("quantity >= 1", name="reservations_quantity"),
    Index("reservations_by_account", "account", "status"),
)

orders = Table(
    "orders",
    METADATA,
    Column("order", words(), primary_key=True),
    Column("source", words(), nullable=False),
    Column("target", words(), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("status", words(), nullable=False),
    Column("approval", words(), nullable=False),
    Column("acceptance", words(), nullable=False),
    Column("expires_at", words()),
    Column("settles_at", words()),
    Column("reversible_until", words()),
    Column("reversal_requested_at", words()),
    Column("reversal_reason", words()),
    Column("reversed_at", words()),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint(
        "status IN ('waiting', 'settled', 'declined', 'cancelled', 'expired')",
        name="orders_status",
    ),
    CheckConstraint("approval IN ('not_asked', 'awaited', 'given')", name="orders_approval"),
    CheckConstraint("acceptance IN ('not_asked', 'awaited', 'given')", name="orders_acceptance"),
    CheckConstraint("quantity >= 1", name="orders_quantity"),
    Index("orders_by_source", "source", "status"),
    Index("orders_by_target", "target", "status"),
)


def part() -> Part:
    """Keep accounts, reservations and orders, and the books that every room's postings move."""
    books = Books()

    def evolve(batch: Batch, entries: Sequence[Entry]) -> None:
        books.evolve(batch, entries)
        _evolve(batch, entries)
        control_tables.evolve(batch, entries)

    tables = (*lives.TABLES, reservations, orders, holdings, movements, *control_tables.TABLES)
    return Part(tables, evolve, books.forget)


def _evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    for entry in entries:
        for event in entry.events:
            match event:
                case AccountOpened():
                    lives.opened(batch, entry, event)
                case AccountFact():
                    lives.evolve(batch, entry, event)
                case AccountFrozen():
                    frozen: Row = {"status": "frozen", "reason": event.reason}
                    batch.change(accounts, event.account, frozen)
                case AccountUnfrozen():
                    batch.change(accounts, event.account, {"status": "open", "reason": None})
                case AccountClosed():
                    batch.change(accounts, event.account, {"status": "closed", "reason": None})
                case CreditsReserved():
                    _reserve(batch, entry, event)
                case ReservationReleased():
                    batch.change(reservations, event.order, {"status": "released"})
                case ReservationExpired():
                    batch.change(reservations, event.order, {"status": "expired"})
                case OrderPlaced():
                    _place(batch, entry, event)
                case OrderApproved():
                    batch.change(orders, event.order, {"approval": "given"})
                case OrderAccepted():
                    batch.change(orders, event.order, {"acceptance": "given"})
                case TransferSettled():
                    if event.order is not UNSET:
                        _settle(batch, entry, event, event.order)
                case ReversalRequested():
                    _ask_back(batch, entry, event)
                case TransferReversed():
                    batch.change(orders, event.order, {"reversed_at": entry.at})
                case OrderDeclined():
                    batch.change(orders, event.order, {"status": "declined"})
                case OrderCancelled():
                    batch.change(orders, event.order, {"status": "cancelled"})
                case OrderExpired():
                    batch.change(orders, event.order, {"status": "expired"})
                case _:
                    pass


def _reserve(batch: Batch, entry: Entry, event: CreditsReserved) -> None:
    batch.add(
        reservations,
        {
            "order": event.order,
            "account": event.account,
            "code": lock(event.account, event.order),
            "quantity": _quantity(event),
            "status": "open",
            "expires_at": None if event.expires_at is UNSET else event.expires_at,
            "position": entry.position,
            "at": entry.at,
        },
        event.order,
    )


def _place(batch: Batch, entry: Entry, event: OrderPlaced) -> None:
    asked = dict.fromkeys(event.waits_for, "awaited")
    row: Row = {
        **_order(entry, event, event.order),
        "status": "waiting",
        "approval": asked.get(APPROVAL, "not_asked"),
        "acceptance": asked.get(ACCEPTANCE, "not_asked"),
        "expires_at": None if event.expires_at is UNSET else event.expires_at,
        "settles_at": None if event.settles_at is UNSET else event.settles_at,
    }
    batch.add(orders, row, event.order)


def _settle(batch: Batch, entry: Entry, event: TransferSettled, order: str) -> None:
    """Settle an order; what was settled at once, and may be reversed, is listed as one."""
    until = event.reversible_until
    done: Row = {"status": "settled", "reversible_until": None if until is UNSET else until}
    if batch.row(orders, order) is None:
        batch.add(orders, {**_order(entry, event, order), **done}, order)
    else:
        batch.change(orders, order, done)


def _order(entry: Entry, event: OrderPlaced | TransferSettled, order: str) -> Row:
    """Return the row of an order that waits for nothing."""
    return {
        "order": order,
        "source": event.source,
        "target": event.target,
        "quantity": _quantity(event),
        "approval": "not_asked",
        "acceptance": "not_asked",
        "expires_at": None,
        "settles_at": None,
        "reversible_until": None,
        "reversal_requested_at": None,
        "reversal_reason": None,
        "reversed_at": None,
        "position": entry.position,
        "at": entry.at,
    }


def _ask_back(batch: Batch, entry: Entry, event: ReversalRequested) -> None:
    asked: Row = {"reversal_requested_at": entry.at, "reversal_reason": event.reason}
    batch.change(orders, event.order, asked)


def _quantity(event: CreditsReserved | OrderPlaced | TransferSettled) -> int:
    return sum(size(part) for part in event.postings if isinstance(part, CreditPosting))
