"""Tables that follow the journal: rows and cursor in one transaction, disposable, comparable."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, Engine, Table, inspect, select
from sqlalchemy.exc import DBAPIError

from libs.edge.batch import Batch
from libs.edge.cursors import Stand, advance, cursor_of, cursors, place, snapshot, stand_of
from libs.edge.database import reaching, shared
from libs.edge.schema import empty, lacking, shape
from libs.ledger.entry import Entry, decode
from libs.ledger.ports import Cursor, Halted

BYTES_MAX = 16 * 1024 * 1024
"""How many bytes of entries share a transaction, unless one alone has more."""

OTHER_VERSION = "the tables are of another version; tonne rebuild"


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True)
class Part:
    """What one room keeps of the journal: its tables, and how a run of entries changes them.

    `evolve` sees the whole run, so that it may ask for all the rows it needs at once; `forget`
    drops what is remembered of the tables, since they may not be what it says. `append` sees the
    same run as its stored bytes, and the position of the first.
    """

    tables: tuple[Table, ...]
    evolve: Callable[[Batch, Sequence[Entry]], None] = _nothing
    forget: Callable[[], None] = _nothing
    append: Callable[[Batch, int, Sequence[bytes]], None] = _nothing


class Projection:
    """A follower that keeps tables; the rooms' parts share its cursor and its transactions.

    On a file it is alone: tables of another shape are made anew, and whoever moves its cursor
    stops it. In a database that processes share, migrations make the tables; several projections
    may follow there at once, and one that was overtaken goes on where the other is. With
    `create=False` tables are looked at as they are, and Halted says that they are others.
    """

    def __init__(
        self, name: str, engine: Engine, parts: Sequence[Part], *, create: bool = True
    ) -> None:
        self._name = name
        self.engine = engine
        self.parts = parts
        self.tables = tuple(table for part in parts for table in part.tables)
        self._shape = shape(self.tables, engine.dialect.name)
        self._shared = shared(engine)
        self._stand = self._open() if create else self._look()

    @property
    def name(self) -> str:
        """What the follower is called in metrics and faults."""
        return self._name

    def cursor(self) -> Cursor:
        """Return where the projection goes on, as far as it knows."""
        return self._stand.cursor

    def refresh(self) -> Cursor:
        """Return where the projection goes on, by the database: another may have moved it."""
        with reaching(), self.engine.connect() as connection:
            self._adopt(stand_of(connection, self._name))
        return self._stand.cursor

    def follow(self, entries: Sequence[bytes], after: Cursor) -> None:
        """Take accepted entries from the cursor on, rows and new cursor in one transaction.

        Raises TablesUnavailable where the database does not answer. Whether the transaction
        happened may be unknown then: the next call sees it by the cursor, and takes what is left.
        """
        for some, end in _portions(entries, after):
            self._follow(some, end)

    def drop(self) -> None:
        """Forget everything; the next `follow` begins at entry 0."""
        self._forget()
        with reaching(), self.engine.begin() as connection:
            self._stand = self._anew(connection)

    def contents(self) -> Mapping[str, str]:
        """Return a digest of each table's rows, the same on any database and in any order."""
        with self._reading() as connection:
            return {table.name: _digest(connection, table) for table in self.tables}

    def standing(self) -> tuple[Cursor, Mapping[str, str]]:
        """Return a cursor, and the digests of the tables there, though they may go on meanwhile."""
        with self._reading() as connection:
            contents = {table.name: _digest(connection, table) for table in self.tables}
            return cursor_of(connection, self._name), contents

    def _follow(self, entries: Sequence[bytes], after: Cursor) -> None:
        try:
            with self._writing() as connection:
                self._adopt(stand_of(connection, self._name, claim=True))
                fresh = self._beyond(entries, after)
                if fresh is None:
                    return
                self._take(Batch(connection), fresh, after)
                self._advance(connection, after)
        except BaseException:
            self._forget()
            raise
        self._stand = msgspec.structs.replace(self._stand, cursor=after)

    def _adopt(self, stored: Stand | None) -> None:
        """Go on from where the database says we are; on a file that must be where we were."""
        if stored == self._stand:
            return
        if stored is None or not self._shared:
            raise self._moved()
        if stored.shape != self._shape:
            raise Halted(OTHER_VERSION)
        self._forget()
        self._stand = stored

    def _beyond(self, entries: Sequence[bytes], after: Cursor) -> Sequence[bytes] | None:
        """Return the entries that nobody has taken yet, or None where there are none."""
        known = self.cursor().position - (after.position - len(entries))
        if not self._shared or not entries or known <= 0:
            return entries
        return entries[known:] or None

    def _take(self, batch: Batch, entries: Sequence[bytes], after: Cursor) -> None:
        position, digest = self.cursor().position, self.cursor().digest
        decoded = []
        for raw in entries:
            entry = decode(raw)
            if entry.position != position or entry.previous != digest:
                raise Halted(f"{self._name} is at {position}, entry {entry.position} came")
            position, digest = position + 1, sha256(raw).hexdigest()
            decoded.append(entry)
        if (position, digest) != (after.position, after.digest):
            raise Halted(f"{self._name} came to {position}, not to {after.position}")
        for part in self.parts:
            part.evolve(batch, decoded)
            part.append(batch, self.cursor().position, entries)
        batch.flush()

    def _advance(self, connection: Connection, after: Cursor) -> None:
        if not advance(connection, self._name, self._stand, after):
            raise self._moved()

    def _open(self) -> Stand:
        with reaching(), self.engine.begin() as connection:
            if self._shared:
                return self._join(connection)
            kept = None
            if not lacking(connection, (cursors,)):
                kept = stand_of(connection, self._name)
            return kept if kept and kept.shape == self._shape else self._anew(connection)

    def _join(self, connection: Connection) -> Stand:
        """Find the tables that migrations made; the first to come writes the cursor."""
        missing = lacking(connection, (cursors, *self.tables))
        if missing:
            raise Halted(f"the database has no {missing[0]}; tonne migrate upgrade")
        connection.exec_driver_sql("LOCK TABLE cursors IN EXCLUSIVE MODE")
        stand = stand_of(connection, self._name)
        if stand is None or (stand.shape != self._shape and not stand.cursor.position):
            return place(connection, self._name, self._shape)
        if stand.shape != self._shape:
            raise Halted(OTHER_VERSION)
        return stand

    def _anew(self, connection: Connection) -> Stand:
        """Empty the tables, and begin at entry 0; on a file they are made as we know them."""
        if self._shared:
            # Whoever reads holds a lock on the cursors, and never sees this half done.
            connection.exec_driver_sql("LOCK TABLE cursors IN ACCESS EXCLUSIVE MODE")
            empty(connection, self.tables)
            return place(connection, self._name, self._shape)
        for table in reversed(self.tables):
            table.drop(connection, checkfirst=True)
        if lacking(connection, (cursors,)):
            cursors.drop(connection, checkfirst=True)
            cursors.create(connection)
        for table in self.tables:
            table.create(connection)
        return place(connection, self._name, self._shape)

    def _look(self) -> Stand:
        """Return where the tables stand, and change nothing."""
        with self._reading() as connection:
            if not inspect(connection).get_table_names():
                raise Halted("there are no tables; tonne rebuild")
            stand = None
            if not lacking(connection, (cursors,)):
                stand = stand_of(connection, self._name)
            if stand is None or stand.shape != self._shape:
                raise Halted(OTHER_VERSION)
            return stand

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Write, and nobody else does: not between what we read and what we write of it either."""
        alone = {"sqlite_alone": True}
        with reaching(), self.engine.connect() as one, one.execution_options(**alone).begin():
            yield one

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with snapshot(self.engine) as connection:
                yield connection
        except DBAPIError as wrong:
            raise Halted(f"the tables cannot be read ({wrong.orig}); tonne rebuild") from wrong

    def _moved(self) -> Halted:
        where = self.cursor().position
        return Halted(f"{self._name} was moved by another process from {where}")

    def _forget(self) -> None:
        for part in self.parts:
            part.forget()


def _portions(entries: Sequence[bytes], after: Cursor) -> Iterator[tuple[Sequence[bytes], Cursor]]:
    """Cut entries so that no transaction grows without bound."""
    start = size = 0
    first = after.position - len(entries)
    for number, raw in enumerate(entries):
        size += len(raw)
        if size > BYTES_MAX and number > start:
            digest = sha256(entries[number - 1]).hexdigest()
            yield entries[start:number], Cursor(first + number, digest)
            start, size = number, len(raw)
    yield entries[start:], after


def _digest(connection: Connection, table: Table) -> str:
    rows = connection.execution_options(yield_per=1000).execute(select(table))
    digests = sorted(sha256(msgspec.json.encode(tuple(row))).digest() for row in rows)
    return sha256(b"".join(digests)).hexdigest()
