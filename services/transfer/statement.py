"""What an account holds and how it came to that: balances, segments, and its statement."""

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, tuple_

from libs.edge import paging
from libs.edge.amounts import Amount, amount
from libs.edge.books import holdings, movements
from libs.edge.problems import Pointed, Refused
from libs.ledger.instants import span, text

HALF = 2**32


class Balance(msgspec.Struct, frozen=True):
    """How many credits one account code has: HOLD: free, LOCK: set aside for an order."""

    code: str
    quantity: Amount


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
    balance: Amount
    source: str
    target: str
    line: int | None = None


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a statement's sheet; those of the balance 残高 say nothing else."""

    position: int | None = None
    index: int | None = None
    at: str | None = None
    type: str
    lot: str | None = None
    first: int | None = None
    last: int | None = None
    change: int | None = None
    balance: Amount
    source: str | None = None
    target: str | None = None
    line: int | None = None


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every movement of an account 取引明細 between two positions, both included.

    `opening` is what it had before the first, `closing` after the last, `brought` before the first
    of this page. Setting credits aside within the account is no movement.
    """

    from_position: int
    to_position: int
    opening: Amount
    closing: Amount
    brought: Amount
    items: tuple[StatementLine, ...]
    next_cursor: str | UnsetType = UNSET

    def sheet(self) -> tuple[type[StatementRow], tuple[StatementRow, ...]]:
        """Return the page as a sheet: the balance brought forward 前頁繰越, its lines, the balance.

        On the last page the balance carried is the closing balance.
        """
        last = self.items[-1].balance if self.items else self.brought
        lines = (StatementRow(**msgspec.structs.asdict(line)) for line in self.items)
        ends = "balance.closing" if self.next_cursor is UNSET else "balance.carried"
        return StatementRow, (
            StatementRow(type="balance.brought", balance=self.brought),
            *lines,
            StatementRow(type=ends, balance=last),
        )


def balances(connection: Connection, account: str) -> tuple[Balance, ...]:
    """Return what each code of the account has."""
    wanted = (
        select(holdings.c.account, *halves(holdings.c.last - holdings.c.first + 1))
        .where(holdings.c.holder == account)
        .group_by(holdings.c.account)
        .order_by(holdings.c.account)
    )
    return tuple(
        Balance(code, amount(whole(high, low))) for code, high, low in connection.execute(wanted)
    )


def halves(quantity: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return the sums of a column's high and low halves.

    Both stay below 2^63, where SQLite's own sum of whole quantities would fail.
    """
    return func.sum(quantity // HALF), func.sum(quantity % HALF)


def whole(high: int | None, low: int | None) -> int:
    """Return the sum of a column, from the sums of its halves."""
    return int(high or 0) * HALF + int(low or 0)


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
    opening = total(connection, account, moved.position < first)
    closing = total(connection, account, moved.position <= last)
    between = select(movements).where(ours, moved.position >= first, moved.position <= last)
    rows, more = paging.page(connection, between, keys, limit, cursor)
    balance = opening if cursor is None else closing
    if cursor is not None and rows:
        start = tuple_(rows[0]["position"], rows[0]["index"])
        balance = total(connection, account, tuple_(*keys) < start)
    items, brought = [], balance
    for row in rows:
        change = row["quantity"] if row["target_holder"] == account else -row["quantity"]
        balance += change
        told = {**row, "change": change, "balance": amount(balance)}
        items.append(msgspec.convert(told, StatementLine))
    return Statement(
        from_position=first,
        to_position=last,
        opening=amount(opening),
        closing=amount(closing),
        brought=amount(brought),
        items=tuple(items),
        next_cursor=more,
    )


def total(connection: Connection, account: str, when: ColumnElement[bool]) -> int:
    """Add up what came in less what went out."""
    moved = movements.c
    change: ColumnElement[int] = case(
        (moved.target_holder == account, moved.quantity), else_=-moved.quantity
    )
    mine = or_(moved.source_holder == account, moved.target_holder == account)
    wanted = select(*halves(change)).where(
        mine, moved.source_holder != moved.target_holder, moved.unit == "t", when
    )
    high, low = connection.execute(wanted).one()
    return whole(high, low)


def position_of(connection: Connection, moment: str | None) -> int:
    """Return the last position at a day's end, an instant or a position; all there is, for none."""
    newest = int(connection.scalar(select(func.max(movements.c.position))) or 0)
    _, last = _ends(connection, (None, moment))
    return min(last, newest)


def _ends(connection: Connection, ends: tuple[str | None, str | None]) -> tuple[int, int]:
    """Turn days, instants or positions into the first and last position they name."""
    asked_first, asked_last = ends
    moved = movements.c
    first, last = 0, int(connection.scalar(select(func.max(moved.position))) or 0)
    if asked_first is not None:
        position = paging.whole(asked_first)
        if position is None:
            at, _ = _span("from", asked_first)
            position = connection.scalar(select(func.min(moved.position)).where(moved.at >= at))
        first = last + 1 if position is None else int(position)
    if asked_last is not None:
        position = paging.whole(asked_last)
        if position is None:
            _, at = _span("to", asked_last)
            position = connection.scalar(select(func.max(moved.position)).where(moved.at <= at))
        last = -1 if position is None else int(position)
    if asked_first is not None and asked_last is not None and first > last + 1:
        raise Refused("parameter_invalid", errors=(Pointed("ends before from", parameter="to"),))
    return first, last


def _span(name: str, asked: str) -> tuple[str, str]:
    """Read a day or an instant, as the tables write the first and the last that it names."""
    try:
        first_ms, last_ms = span(asked)
        # No entry is older than 1970, and text knows no year before it.
        return text(max(first_ms, 0)), text(max(last_ms, 0))
    except (ValueError, OverflowError):
        wrong = Pointed("is a day, an instant or a position", parameter=name)
        raise Refused("parameter_invalid", errors=(wrong,)) from None
