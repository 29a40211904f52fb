"""The books as tables: who holds which serials, and every movement; the second statement of law.

The state of the replicas says who holds what; these tables say it again, by other code, and stop
the moment the two would differ.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from libs.edge.batch import Batch
from libs.edge.bulk import Row, Values, arrays, remove, write
from libs.edge.schema import METADATA, append_only, with_ranges, words
from libs.edge.shelf import Shelf
from libs.ledger.entry import Entry
from libs.ledger.events import CreditPosting, GramPosting, Posting
from libs.ledger.ports import Halted

KEPT_SEGMENTS_MAX = 100_000
"""How many rows of holdings are remembered between batches."""

Ask: TypeAlias = tuple[str, int, int]
"""A question for stored segments: lot, first serial, and the serial behind the last."""

holdings = Table(
    "holdings",
    METADATA,
    Column("lot", words(), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("account", words(), nullable=False),
    Column("holder", words(), nullable=False),
    CheckConstraint("first >= 1 AND last >= first", name="holdings_in_order"),
    UniqueConstraint("lot", "last", name="holdings_end_once", info={"only": "sqlite"}).ddl_if(
        "sqlite"
    ),
    ExcludeConstraint(
        # The number first: the tree finds a lot by comparing numbers, in half the time of words.
        (text("hashtextextended(lot, 0)"), "="),
        (text("int8range(first, last, '[]')"), "&&"),
        (text("lot"), "="),
        name="holdings_once",
        deferrable=True,
        initially="DEFERRED",
    ).ddl_if("postgresql"),
    Index("holdings_by_holder", "holder", "lot", "first"),
    Index("holdings_by_account", "account"),
)

movements = Table(
    "movements",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("at", words(), nullable=False),
    Column("unit", words(), nullable=False),
    Column("lot", words()),
    Column("book", words()),
    Column("first", BigInteger),
    Column("last", BigInteger),
    Column("quantity", BigInteger, nullable=False),
    Column("source", words(), nullable=False),
    Column("target", words(), nullable=False),
    Column("source_holder", words(), nullable=False),
    Column("target_holder", words(), nullable=False),
    Column("type", words(), nullable=False),
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
with_ranges(holdings)
append_only(movements)

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
_AROUND_EACH = f"""\
SELECT asked.lot, found.first, found.last, found.account
FROM {arrays((holdings.c.lot, holdings.c.first, holdings.c.last))} AS asked(lot, first, behind),
LATERAL (
  SELECT first, last, account FROM holdings
  WHERE lot = asked.lot AND first <= asked.behind AND first >= coalesce(
    (SELECT max(first) FROM holdings WHERE lot = asked.lot AND first < asked.first), asked.first)
) AS found"""  # noqa: S608 - names of our own columns


@lru_cache(maxsize=KEPT_SEGMENTS_MAX)
def holder(code: str) -> str:
    """Return the account id that a holding or a lock belongs to; empty for the ledger's own."""
    kind, _, rest = code.partition(":")
    return rest.partition(":")[0] if kind in ("HOLD", "LOCK") else ""


class Books:
    """Keeps holdings and movements; segments that touch in one account are always one row.

    What was read or written is remembered, up to `most` segments; from the first entry on that is
    all there is, and nothing need be read.
    """

    def __init__(self, most: int = KEPT_SEGMENTS_MAX) -> None:
        self._most = most
        self._shelves: dict[str, Shelf] = {}
        self._dirty: set[str] = set()
        self._kept = 0
        self._whole = False

    def evolve(self, batch: Batch, entries: Sequence[Entry]) -> None:
        """Take in every posting of a run of entries."""
        if not entries:
            return
        self._read(batch, entries)
        for entry in entries:
            if entry.events:
                self._take(batch, entry)
        self._flush(batch)

    def _read(self, batch: Batch, entries: Sequence[Entry]) -> None:
        """Remember the stored segments that the entries' moves touch, and their neighbours.

        All are asked for at once, before any move: from there on the moves themselves say what is.
        """
        self._whole = self._whole or entries[0].position == 0
        asks: list[Ask] = [] if self._whole else list(self._asks(entries))
        for lot, first, last, account in _stored(batch.connection, asks):
            self._kept += self._shelves[lot].keep(first, last, account)
        for lot, first, behind in asks:
            shelf = self._shelves[lot]
            gaps = [at for at in (first - 1, first, behind) if not shelf.knows(at)]
            shelf.absent.update(gaps)
            self._kept += len(gaps)

    def _asks(self, entries: Sequence[Entry]) -> Iterator[Ask]:
        """Ask for what is not remembered; an issue, for every serial it has."""
        moves = (
            posting
            for entry in entries
            for event in entry.events
            for posting in event.postings
            if isinstance(posting, CreditPosting)
        )
        for move in moves:
            shelf, first, behind = self._shelf(move.lot), move.first, move.last + 1
            around = (first, first - 1, behind)
            if _issued(move) or not all(shelf.knows(serial) for serial in around):
                yield move.lot, first, behind

    def _take(self, batch: Batch, entry: Entry) -> None:
        index = 0
        for event in entry.events:
            if not event.postings:
                continue
            kind = str(event.__struct_config__.tag)
            line = event.line if isinstance(event.line, int) else None
            for posting in event.postings:
                row = _movement(posting)
                row["position"], row["index"], row["at"] = entry.position, index, entry.at
                row["type"], row["line"] = kind, line
                batch.add(movements, row)
                if isinstance(posting, CreditPosting):
                    self._move(entry.position, posting)
                index += 1

    def _move(self, position: int, posting: CreditPosting) -> None:
        lot, first, last = posting.lot, posting.first, posting.last
        shelf = self._shelf(lot)
        if _issued(posting):
            if not shelf.issue(first, last, posting.target):
                raise Halted(f"position {position}: {lot} {first}-{last} is issued twice")
        elif not shelf.move(first, last, posting.source, posting.target):
            raise Halted(f"position {position}: {posting.source} lacks {lot} {first}-{last}")
        self._dirty.add(lot)

    def _shelf(self, lot: str) -> Shelf:
        shelf = self._shelves.get(lot)
        if shelf is None:
            shelf = self._shelves[lot] = Shelf()
        return shelf

    def _flush(self, batch: Batch) -> None:
        """Write the segments that changed."""
        removed: list[Values] = []
        added: list[Row] = []
        for lot in self._dirty:
            shelf = self._shelves[lot]
            for first in shelf.dirty:
                if first in shelf.stored:
                    removed.append((lot, first))
                    shelf.stored.discard(first)
                segment = shelf.segments.get(first)
                if segment:
                    last, code = segment
                    row: Row = {"lot": lot, "first": first, "last": last, "account": code}
                    row["holder"] = holder(code)
                    added.append(row)
                    shelf.stored.add(first)
            shelf.dirty.clear()
        self._dirty.clear()
        if removed:
            remove(batch.connection, holdings, removed)
        if added:
            write(batch.connection, holdings, added)
        self._kept += len(added) - len(removed)
        if self._kept > self._most:
            self.forget()

    def forget(self) -> None:
        """Drop what is remembered."""
        self._shelves, self._dirty, self._kept, self._whole = {}, set(), 0, False


def _issued(posting: CreditPosting) -> bool:
    return posting.source.startswith("ISS:")


def _stored(connection: Connection, asks: Sequence[Ask]) -> Iterator[tuple[str, int, int, str]]:
    """Return the stored segments that have any of the serials, and their neighbours."""
    if not asks:
        return
    if connection.dialect.name == "postgresql":
        columns = tuple(list(column) for column in zip(*asks, strict=True))
        for lot, first, last, account in connection.exec_driver_sql(_AROUND_EACH, columns):
            yield lot, first, last, account
        return
    for lot, first, behind in asks:
        asked = {"lot": lot, "first": first, "behind": behind}
        for start, end, account in connection.execute(_around, asked):
            yield lot, start, end, account


def _movement(posting: Posting) -> Row:
    """Return what a posting moved; where and by what it was told is written beside it."""
    source, target = posting.source, posting.target
    row: Row = {
        "unit": "t",
        "lot": None,
        "book": None,
        "first": None,
        "last": None,
        "source": source,
        "target": target,
        "source_holder": holder(source),
        "target_holder": holder(target),
    }
    if isinstance(posting, CreditPosting):
        row["lot"], row["first"], row["last"] = posting.lot, posting.first, posting.last
        row["quantity"] = posting.last - posting.first + 1
    else:
        row["unit"] = "g" if isinstance(posting, GramPosting) else "JPY"
        row["book"], row["quantity"] = posting.book, posting.quantity
    return row
