"""The books as tables: who holds which serials, and every movement; the second statement of law.

The state of the replicas says who holds what; these tables say it again, by other code, and stop
the moment the two would differ.
"""

from bisect import bisect_right, insort

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
)

from libs.edge.database import Batch, Row, write
from libs.ledger.entry import Entry
from libs.ledger.events import CreditPosting, GramPosting, Posting
from libs.ledger.ports import Halted

KEPT_SEGMENTS_MAX = 50_000
"""How many rows of holdings are remembered between batches."""

_metadata = MetaData()

holdings = Table(
    "holdings",
    _metadata,
    Column("lot", String, primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("account", String, nullable=False),
    Column("holder", String, nullable=False),
    CheckConstraint("first >= 1 AND last >= first", name="holdings_in_order"),
    UniqueConstraint("lot", "last", name="holdings_end_once"),
    Index("holdings_by_holder", "holder", "lot", "first"),
    Index("holdings_by_account", "account"),
)

movements = Table(
    "movements",
    _metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("lot", String),
    Column("book", String),
    Column("first", BigInteger),
    Column("last", BigInteger),
    Column("quantity", BigInteger, nullable=False),
    Column("source", String, nullable=False),
    Column("target", String, nullable=False),
    Column("source_holder", String, nullable=False),
    Column("target_holder", String, nullable=False),
    Column("type", String, nullable=False),
    Column("line", Integer),
    CheckConstraint("quantity >= 1", name="movements_move"),
    CheckConstraint("source <> target", name="movements_two_ends"),
    CheckConstraint(
        "(unit = 't' AND lot IS NOT NULL AND quantity = last - first + 1)"
        " OR (unit <> 't' AND book IS NOT NULL)",
        name="movements_unit",
    ),
    Index("movements_by_lot", "lot", "first"),
    Index("movements_by_source", "source_holder", "position", "quantity"),
    Index("movements_by_target", "target_holder", "position", "quantity"),
)

_below = (
    select(func.max(holdings.c.first))
    .where(holdings.c.lot == bindparam("lot"), holdings.c.first < bindparam("first"))
    .scalar_subquery()
)
_around = select(holdings.c.first, holdings.c.last, holdings.c.account).where(
    holdings.c.lot == bindparam("lot"),
    holdings.c.first >= func.coalesce(_below, bindparam("first")),
    holdings.c.first <= bindparam("behind"),
)
_remove = delete(holdings).where(
    holdings.c.lot == bindparam("lot_"), holdings.c.first == bindparam("first_")
)


def holder(code: str) -> str:
    """Return the account id that a holding or a lock belongs to; empty for the ledger's own."""
    kind, _, rest = code.partition(":")
    return rest.partition(":")[0] if kind in ("HOLD", "LOCK") else ""


class Shelf:
    """What is remembered of one lot: its segments by their first serial, and what is stored."""

    __slots__ = ("absent", "dirty", "firsts", "segments", "stored")

    def __init__(self) -> None:
        self.firsts: list[int] = []
        self.segments: dict[int, tuple[int, str]] = {}
        self.stored: set[int] = set()
        self.dirty: set[int] = set()
        self.absent: set[int] = set()

    def cover(self, serial: int) -> tuple[int, int, str] | None:
        """Return the remembered segment that has the serial: first, last, account."""
        index = bisect_right(self.firsts, serial)
        if not index:
            return None
        first = self.firsts[index - 1]
        last, account = self.segments[first]
        return (first, last, account) if serial <= last else None

    def meets(self, first: int, last: int) -> bool:
        """Say whether a remembered segment has any of the serials."""
        index = bisect_right(self.firsts, last)
        return index > 0 and self.segments[self.firsts[index - 1]][0] >= first

    def put(self, first: int, last: int, account: str) -> None:
        """Add a segment."""
        insort(self.firsts, first)
        self.segments[first] = (last, account)
        self.dirty.add(first)

    def remove(self, first: int) -> None:
        """Take a segment away."""
        del self.firsts[bisect_right(self.firsts, first) - 1]
        del self.segments[first]
        self.dirty.add(first)


class Books:
    """Keeps holdings and movements; segments that touch in one account are always one row."""

    def __init__(self) -> None:
        self._shelves: dict[str, Shelf] = {}
        self._dirty: set[str] = set()
        self._kept = 0

    def evolve(self, batch: Batch, entry: Entry) -> None:
        """Take in every posting of an entry."""
        index = 0
        for event in entry.events:
            if not event.postings:
                continue
            kind = str(event.__struct_config__.tag)
            line = event.line if isinstance(event.line, int) else None
            for posting in event.postings:
                row = _movement(posting)
                row.update(position=entry.position, index=index, at=entry.at, type=kind, line=line)
                batch.add(movements, row)
                if isinstance(posting, CreditPosting):
                    self._move(batch, entry.position, posting)
                index += 1

    def _move(self, batch: Batch, position: int, posting: CreditPosting) -> None:
        lot, first, last = posting.lot, posting.first, posting.last
        issued = posting.source.startswith("ISS:")
        shelf = self._shelf(batch, lot, first, last, fresh=issued)
        if issued:
            if shelf.meets(first, last):
                raise Halted(f"position {position}: {lot} {first}-{last} is issued twice")
        else:
            held = shelf.cover(first)
            if held is None or held[2] != posting.source or held[1] < last:
                raise Halted(f"position {position}: {posting.source} lacks {lot} {first}-{last}")
            shelf.remove(held[0])
            if held[0] < first:
                shelf.put(held[0], first - 1, posting.source)
            if last < held[1]:
                shelf.put(last + 1, held[1], posting.source)
        self._dirty.add(lot)
        left, right = shelf.cover(first - 1), shelf.cover(last + 1)
        if left and left[2] == posting.target:
            shelf.remove(left[0])
            first = left[0]
        if right and right[2] == posting.target:
            shelf.remove(right[0])
            last = right[1]
        shelf.put(first, last, posting.target)

    def _shelf(self, batch: Batch, lot: str, first: int, last: int, *, fresh: bool) -> Shelf:
        """Remember the stored segments that a move touches, and its neighbours."""
        shelf = self._shelves.get(lot)
        if shelf is None:
            shelf = self._shelves[lot] = Shelf()
        around = (first - 1, first, last + 1)
        if fresh or any(s not in shelf.absent and shelf.cover(s) is None for s in around):
            asked = {"lot": lot, "first": first, "behind": last + 1}
            for start, end, account in batch.connection.execute(_around, asked):
                if start not in shelf.stored:
                    insort(shelf.firsts, start)
                    shelf.segments[start] = (end, account)
                    shelf.stored.add(start)
                    self._kept += 1
            shelf.absent.update(s for s in around if shelf.cover(s) is None)
        return shelf

    def flush(self, batch: Batch) -> None:
        """Write the segments that changed."""
        removed: list[Row] = []
        added: list[Row] = []
        for lot in self._dirty:
            shelf = self._shelves[lot]
            for first in shelf.dirty:
                if first in shelf.stored:
                    removed.append({"lot_": lot, "first_": first})
                    shelf.stored.discard(first)
                segment = shelf.segments.get(first)
                if segment:
                    last, code = segment
                    row: Row = {"lot": lot, "first": first, "last": last, "account": code}
                    row["holder"] = holder(code)
                    added.append(row)
                    shelf.stored.add(first)
            self._kept += len(shelf.dirty)
            shelf.dirty.clear()
        self._dirty.clear()
        if removed:
            batch.connection.execute(_remove, removed)
        if added:
            write(batch.connection, holdings, added)
        if self._kept > KEPT_SEGMENTS_MAX:
            self.forget()

    def forget(self) -> None:
        """Drop what is remembered."""
        self._shelves, self._dirty, self._kept = {}, set(), 0


def _movement(posting: Posting) -> Row:
    row: Row = {
        "source": posting.source,
        "target": posting.target,
        "source_holder": holder(posting.source),
        "target_holder": holder(posting.target),
    }
    if isinstance(posting, CreditPosting):
        row.update(unit="t", lot=posting.lot, book=None, first=posting.first, last=posting.last)
        row["quantity"] = posting.last - posting.first + 1
    else:
        unit = "g" if isinstance(posting, GramPosting) else "JPY"
        row.update(unit=unit, lot=None, book=posting.book, first=None, last=None)
        row["quantity"] = posting.quantity
    return row
