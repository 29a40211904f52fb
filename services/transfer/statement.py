"""What an account holds and how it came to that: balances, segments, and its statement."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, tuple_

from libs.edge import paging
from libs.edge.books import holdings, movements
from libs.edge.problems import Pointed, Refused
from libs.ledger.instants import text


class Balance(msgspec.Struct, frozen=True):
    """How many credits one account code has: HOLD: free, LOCK: set aside for an order."""

    code: str
    quantity: int


class HeldSegment(msgspec.Struct, frozen=True, kw_only=True):
    """An unbroken range of a lot that the account holds, both ends included."""

    lot: str
    first: int
    last: int
    quantity: int
    code: str


class HoldingPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Segments in the order of lots and serials."""

    items: tuple[HeldSegment, ...]
    next_cursor: str | UnsetType = UNSET


class StatementLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A movement in or out of the account, and what the account had after it."""

    position: int
    index: int
    at: str
    type: str
    lot: str
    first: int
    last: int
    change: int
    balance: int
    source: str
    target: str
    line: int | None = None


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every movement of an account between two positions, both included.

    `opening` is what it had before the first, `closing` after the last. Setting credits aside
    within the account is no movement.
    """

    from_position: int
    to_position: int
    opening: int
    closing: int
    items: tuple[StatementLine, ...]
    next_cursor: str | UnsetType = UNSET


def balances(connection: Connection, account: str) -> tuple[Balance, ...]:
    """Return what each code of the account has."""
    quantity = func.sum(holdings.c.last - holdings.c.first + 1)
    wanted = (
        select(holdings.c.account, quantity)
        .where(holdings.c.holder == account)
        .group_by(holdings.c.account)
        .order_by(holdings.c.account)
    )
    return tuple(Balance(code, int(total)) for code, total in connection.execute(wanted))


def held(connection: Connection, account: str, limit: int, cursor: str | None) -> HoldingPage:
    """Return a page of what the account holds."""
    wanted = select(holdings).where(holdings.c.holder == account)
    keys = (holdings.c.lot, holdings.c.first)
    rows, more = paging.page(connection, wanted, keys, limit, cursor)
    items = (
        HeldSegment(
            lot=row["lot"],
            first=row["first"],
            last=row["last"],
            quantity=row["last"] - row["first"] + 1,
            code=row["account"],
        )
        for row in rows
    )
    return HoldingPage(tuple(items), more)


def statement(
    connection: Connection,
    account: str,
    ends: tuple[str | None, str | None],
    limit: int,
    cursor: str | None,
) -> Statement:
    """Return a page of an account's movements between two days, instants or positions."""
    first, last = _ends(connection, ends)
    moved = movements.c
    ours = and_(
        moved.unit == "t",
        moved.source_holder != moved.target_holder,
        or_(moved.source_holder == account, moved.target_holder == account),
    )
    keys = (moved.position, moved.index)
    opening = _sum(connection, account, moved.position < first)
    closing = _sum(connection, account, moved.position <= last)
    between = select(movements).where(ours, moved.position >= first, moved.position <= last)
    rows, more = paging.page(connection, between, keys, limit, cursor)
    balance = opening
    if cursor is not None and rows:
        start = tuple_(rows[0]["position"], rows[0]["index"])
        balance = _sum(connection, account, tuple_(*keys) < start)
    items = []
    for row in rows:
        change = row["quantity"] if row["target_holder"] == account else -row["quantity"]
        balance += change
        items.append(msgspec.convert({**row, "change": change, "balance": balance}, StatementLine))
    return Statement(
        from_position=first,
        to_position=last,
        opening=opening,
        closing=closing,
        items=tuple(items),
        next_cursor=more,
    )


def _sum(connection: Connection, account: str, when: ColumnElement[bool]) -> int:
    """Add up what came in less what went out."""
    moved = movements.c
    change: ColumnElement[Any] = case(
        (moved.target_holder == account, moved.quantity), else_=-moved.quantity
    )
    mine = or_(moved.source_holder == account, moved.target_holder == account)
    wanted = select(func.coalesce(func.sum(change), 0)).where(
        mine, moved.source_holder != moved.target_holder, moved.unit == "t", when
    )
    return int(connection.scalar(wanted) or 0)


def _ends(connection: Connection, ends: tuple[str | None, str | None]) -> tuple[int, int]:
    """Turn days, instants or positions into the first and last position they name."""
    asked_first, asked_last = ends
    moved = movements.c
    first, last = 0, int(connection.scalar(select(func.max(moved.position))) or 0)
    if asked_first is not None:
        at, first = _end("from", asked_first, days=0)
        if at:
            found = connection.scalar(select(func.min(moved.position)).where(moved.at >= at))
            first = last + 1 if found is None else int(found)
    if asked_last is not None:
        at, position = _end("to", asked_last, days=1)
        if at:
            behind = moved.at < at if _is_day(asked_last) else moved.at <= at
            found = connection.scalar(select(func.max(moved.position)).where(behind))
            last = -1 if found is None else int(found)
        else:
            last = position
    return first, last


def _is_day(asked: str) -> bool:
    return len(asked) == len("2026-04-01")


def _end(name: str, asked: str, *, days: int) -> tuple[str, int]:
    """Read one end: an instant (a day is its midnight in UTC, `days` later), or a position."""
    position = paging.whole(asked)
    if position is not None:
        return "", position
    try:
        instant = datetime.fromisoformat(asked)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        if _is_day(asked):
            instant += timedelta(days=days)
        return text(int(instant.timestamp() * 1000)), 0
    except (ValueError, OverflowError):
        wrong = Pointed("is a day, an instant or a position", parameter=name)
        raise Refused("parameter_invalid", errors=(wrong,)) from None
