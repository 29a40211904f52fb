"""What an account had at a moment 残高証明: by certification, at any position or instant."""

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, case, or_, select

from libs.edge import paging
from libs.edge.amounts import Amount, amount
from libs.edge.books import movements
from services.transfer.statement import HALF, halves, position_of, total, whole


class LotBalance(msgspec.Struct, frozen=True):
    """How many credits of a lot an account had, those that an order set aside among them."""

    lot: str
    quantity: Amount


class BalanceCertificate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an account had behind a position of the journal, whatever has happened since.

    `quantity` is all of it, `items` are its lots in the order of their names.
    """

    account: str
    position: int
    quantity: Amount
    items: tuple[LotBalance, ...]
    next_cursor: str | UnsetType = UNSET


def certificate(
    connection: Connection, account: str, moment: str | None, limit: int, cursor: str | None
) -> BalanceCertificate:
    """Return a page of what an account had at a day's end, an instant or a position."""
    last = position_of(connection, moment)
    moved = movements.c
    change = case((moved.target_holder == account, moved.quantity), else_=-moved.quantity)
    mine = or_(moved.source_holder == account, moved.target_holder == account)
    high, low = halves(change)
    lots = (
        select(moved.lot, high.label("high"), low.label("low"))
        .where(mine, moved.source_holder != moved.target_holder, moved.unit == "t")
        .where(moved.position <= last)
        .group_by(moved.lot)
        .having(high * HALF + low != 0)
    )
    if cursor is not None:
        (after,) = paging.read_cursor(cursor, [str])
        lots = lots.where(moved.lot > after)
    rows = connection.execute(lots.order_by(moved.lot).limit(limit + 1)).all()
    shown = rows[:limit]
    more = paging.write_cursor([shown[-1].lot]) if len(rows) > limit else UNSET
    return BalanceCertificate(
        account=account,
        position=last,
        quantity=amount(total(connection, account, moved.position <= last)),
        items=tuple(LotBalance(row.lot, amount(whole(row.high, row.low))) for row in shown),
        next_cursor=more,
    )
