"""Tables that follow the journal: rows and cursor in one transaction, disposable, comparable."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateIndex, CreateTable

from libs.ledger.entry import GENESIS, Entry, decode
from libs.ledger.ports import Cursor, Halted

Value: TypeAlias = int | str | None
Row: TypeAlias = dict[str, Value]

VIEWS = "views"
"""The name of the one projection that the rooms' tables share: one cursor, one snapshot."""

READERS_MAX = 40
"""As many connections as the server has threads that read."""

cursors = Table(
    "cursors",
    MetaData(),
    Column("name", String, primary_key=True),
    Column("position", BigInteger, CheckConstraint("position >= 0"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("shape", String(64), nullable=False),
)


def connect(url: str, *, changes: bool = True) -> Engine:
    """Open a database of tables; SQLite gets real transactions, WAL and one shared memory.

    Without `changes`, SQLite refuses every statement that would change the file.
    """
    mode = "journal_mode=WAL" if changes else "query_only=ON"
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True)
    if where.database in (None, "", ":memory:"):
        # One connection is the whole memory; whoever has it uses it alone, from any thread.
        alone = {"check_same_thread": False}
        engine = create_engine(url, hide_parameters=True, poolclass=StaticPool, connect_args=alone)
    else:
        engine = create_engine(url, hide_parameters=True, pool_size=READERS_MAX, max_overflow=4)

    @event.listens_for(engine, "connect")
    def _settings(raw: object, _: object) -> None:
        # The driver's own BEGIN comes too late for reads: a page would mix two positions.
        raw.isolation_level = None  # type: ignore[attr-defined]  # sqlite3, behind SQLAlchemy's type
        cursor = raw.cursor()  # type: ignore[attr-defined]  # the same
        for pragma in (mode, "synchronous=NORMAL", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


@cache
def _insertion(table: Table, dialect: Dialect) -> tuple[str, Callable[[Row], object]]:
    compiled = insert(table).compile(dialect=dialect)
    if compiled.positional and compiled.positiontup:
        return str(compiled), itemgetter(*compiled.positiontup)
    return str(compiled), dict


def write(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that have every column, with the driver's own `executemany`.

    The statement is compiled once per table: going through it for every row would cost as much as
    the database does.
    """
    statement, shape = _insertion(table, connection.dialect)
    values: Any = [shape(row) for row in rows]
    connection.exec_driver_sql(statement, values)


class Batch:
    """The rows that a run of entries makes: kept back, then written with one call per table."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._added: dict[Table, list[Row]] = {}
        self._keyed: dict[tuple[Table, Value], Row] = {}
        self._changed: dict[tuple[Table, Value], Row] = {}

    def add(self, table: Table, row: Row, key: Value = None) -> None:
        """Add a row; one that may be changed again names its key."""
        self._added.setdefault(table, []).append(row)
        if key is not None:
            self._keyed[table, key] = row

    def row(self, table: Table, key: Value) -> Row | None:
        """Return the row with this key as it will be, or None."""
        row = self._keyed.get((table, key))
        if row is not None:
            return row
        (column,) = table.primary_key
        found = self.connection.execute(select(table).where(column == key)).mappings().first()
        return {**found, **self._changed.get((table, key), {})} if found else None

    def change(self, table: Table, key: Value, changes: Row) -> None:
        """Change columns of the row with this key."""
        row = self._keyed.get((table, key))
        if row is not None:
            row.update(changes)
        else:
            self._changed.setdefault((table, key), {}).update(changes)

    def flush(self) -> None:
        """Write everything."""
        for table, rows in self._added.items():
            write(self.connection, table, rows)
        alike: dict[tuple[Table, tuple[str, ...]], list[Row]] = {}
        for (table, key), changes in self._changed.items():
            alike.setdefault((table, tuple(sorted(changes))), []).append({**changes, "key_": key})
        for (table, _), rows in alike.items():
            (column,) = table.primary_key
            self.connection.execute(update(table).where(column == bindparam("key_")), rows)
        self._added, self._keyed, self._changed = {}, {}, {}


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True)
class Part:
    """What one room keeps of the journal: its tables, and how an entry changes them.

    `flush` writes what was kept back beside the batch; `forget` drops what is remembered of the
    tables, since they may not be what it says.
    """

    tables: tuple[Table, ...]
    evolve: Callable[[Batch, Entry], None]
    flush: Callable[[Batch], None] = _nothing
    forget: Callable[[], None] = _nothing


class Projection:
    """A follower that keeps tables; the rooms' parts share its cursor and its transactions.

    With `create=False` tables are looked at as they are, and Halted says that they are others.
    """

    def __init__(
        self, name: str, engine: Engine, parts: Sequence[Part], *, create: bool = True
    ) -> None:
        self._name = name
        self.engine = engine
        self.parts = parts
        self.tables = tuple(table for part in parts for table in part.tables)
        self._cursor = self._open() if create else self._look()

    @property
    def name(self) -> str:
        """What the follower is called in metrics and faults."""
        return self._name

    def cursor(self) -> Cursor:
        """Return where the projection goes on."""
        return self._cursor

    def follow(self, entries: Sequence[bytes], after: Cursor) -> None:
        """Take accepted entries from the cursor on, rows and new cursor in one transaction."""
        before = self._cursor
        try:
            with self.engine.begin() as connection:
                batch = Batch(connection)
                self._take(batch, entries, after)
                self._advance(connection, before, after)
        except BaseException:
            for part in self.parts:
                part.forget()
            raise
        self._cursor = after

    def drop(self) -> None:
        """Forget everything; the next `follow` begins at entry 0."""
        for part in self.parts:
            part.forget()
        with self.engine.begin() as connection:
            for table in reversed(self.tables):
                table.drop(connection, checkfirst=True)
            connection.execute(cursors.delete().where(cursors.c.name == self._name))
        self._cursor = self._open()

    def contents(self) -> Mapping[str, str]:
        """Return a digest of each table's rows, the same on any database and in any order."""
        with self._reading() as connection:
            return {table.name: _digest(connection, table) for table in self.tables}

    def _take(self, batch: Batch, entries: Sequence[bytes], after: Cursor) -> None:
        position, digest = self._cursor.position, self._cursor.digest
        for raw in entries:
            entry = decode(raw)
            if (entry.position, entry.previous) != (position, digest):
                raise Halted(f"{self._name} is at {position}, entry {entry.position} came")
            for part in self.parts:
                part.evolve(batch, entry)
            position, digest = position + 1, sha256(raw).hexdigest()
        if (position, digest) != (after.position, after.digest):
            raise Halted(f"{self._name} came to {position}, not to {after.position}")
        batch.flush()
        for part in self.parts:
            part.flush(batch)

    def _advance(self, connection: Connection, before: Cursor, after: Cursor) -> None:
        """Move the cursor if nobody else has: two writers never both commit."""
        moved = connection.execute(
            update(cursors)
            .where(
                cursors.c.name == self._name,
                cursors.c.position == before.position,
                cursors.c.digest == before.digest,
            )
            .values(position=after.position, digest=after.digest)
        )
        if moved.rowcount != 1:
            raise Halted(f"{self._name} was moved by another process from {before.position}")

    def _open(self) -> Cursor:
        """Create what is missing; tables of another shape are made anew."""
        shape = _shape(self.tables)
        with self.engine.begin() as connection:
            cursors.create(connection, checkfirst=True)
            mine = select(cursors).where(cursors.c.name == self._name)
            kept = connection.execute(mine).mappings().first()
            if kept and kept["shape"] == shape:
                return Cursor(kept["position"], kept["digest"])
            for table in reversed(self.tables):
                table.drop(connection, checkfirst=True)
            for table in self.tables:
                table.create(connection)
            connection.execute(cursors.delete().where(cursors.c.name == self._name))
            row = {"name": self._name, "position": 0, "digest": GENESIS, "shape": shape}
            connection.execute(insert(cursors), row)
        return Cursor(0, GENESIS)

    def _look(self) -> Cursor:
        """Return where the tables stand, and change nothing."""
        with self._reading() as connection:
            there = inspect(connection).get_table_names()
            if not there:
                raise Halted("there are no tables; tonne rebuild")
            wanted = select(cursors).where(cursors.c.name == self._name)
            kept = connection.execute(wanted).mappings().first() if cursors.name in there else None
            if not kept or kept["shape"] != _shape(self.tables):
                raise Halted("the tables are of another version; tonne rebuild")
            return Cursor(kept["position"], kept["digest"])

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection
        except DBAPIError as wrong:
            raise Halted(f"the tables cannot be read ({wrong.orig}); tonne rebuild") from wrong


def cursor_of(connection: Connection, name: str = VIEWS) -> Cursor:
    """Return where a projection stands, inside the reader's own transaction."""
    row = connection.execute(
        select(cursors.c.position, cursors.c.digest).where(cursors.c.name == name)
    ).one()
    return Cursor(row.position, row.digest)


def _shape(tables: Sequence[Table]) -> str:
    lines = [str(CreateTable(table)) for table in tables]
    lines += sorted(str(CreateIndex(index)) for table in tables for index in table.indexes)
    return sha256("".join(lines).encode()).hexdigest()


def _digest(connection: Connection, table: Table) -> str:
    rows = connection.execution_options(yield_per=1000).execute(select(table))
    digests = sorted(sha256(msgspec.json.encode(tuple(row))).digest() for row in rows)
    return sha256(b"".join(digests)).hexdigest()
