"""What a registry keeps beside its journal, and nothing could make again: keys, people, notices.

Who may use it, what it last signed (so that what comes back signs nothing else), who its
representatives are in person, where people are written to, and what was sent to them already. It
is copied into files of its own, for it holds what the journal may not.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, Table, insert, inspect, make_url, select

from libs.edge import checkpoints, codes, keys, particulars
from libs.edge.database import connect, reaching, shared
from libs.ledger.ports import Halted
from services.moving import TargetDiffers
from services.notify import hooks, outbox, papers

KEYS: Sequence[Table] = (keys.keys, codes.codes, checkpoints.checkpoints)
PEOPLE: Sequence[Table] = (particulars.particulars,)
NOTICES: Sequence[Table] = (
    *(outbox.contacts, outbox.outbox, outbox.deliveries),
    *papers.TABLES,
    *hooks.TABLES,
)
SOME = 1000


class Row(msgspec.Struct, frozen=True):
    """A row of a table, as a line of a file."""

    table: str
    row: dict[str, str | int | None]


_lines = msgspec.json.Decoder(Row)


def read(url: str, tables: Sequence[Table]) -> Iterator[bytes]:
    """Yield the rows of tables, as lines, all of one instant; none where there is no table."""
    if not _there(url):
        return
    with _engine(url) as engine, reaching(), engine.connect() as connection:
        if shared(engine):
            connection.execution_options(isolation_level="REPEATABLE READ")
        named = inspect(connection).get_table_names()
        for table in tables:
            if table.name in named:
                yield from _rows(connection, table)


def insist_room(url: str, tables: Sequence[Table], lines: Iterable[bytes]) -> None:
    """Raise TargetDiffers where tables hold other rows than these, Halted where there are none."""
    if _there(url):
        with _engine(url) as engine, reaching(), engine.connect() as connection:
            _has_room(connection, tables, lines)


def write(url: str, tables: Sequence[Table], lines: Callable[[], Iterable[bytes]]) -> int:
    """Put rows into empty tables, all or none; return how many were new.

    Tables that hold these very rows are left as they are.
    """
    with _engine(url) as engine, reaching(), engine.begin() as connection:
        if not _has_room(connection, tables, lines()):
            return 0
        for table in tables:
            table.create(connection, checkfirst=True)
        return _insert(connection, {table.name: table for table in tables}, lines())


def _has_room(connection: Connection, tables: Sequence[Table], lines: Iterable[bytes]) -> bool:
    """Say whether tables are empty; raise where they are not, and hold other rows than these."""
    named = inspect(connection).get_table_names()
    for table in tables:
        if table.name not in named and shared(connection.engine):
            raise Halted(f"the database has no {table.name}; tonne migrate upgrade")
    held = [line for table in tables if table.name in named for line in _rows(connection, table)]
    if held and digest(held) != digest(lines):
        raise TargetDiffers(
            f"the database has {tables[0].name} of its own, or others than these: name an empty one"
        )
    return not held


def digest(lines: Iterable[bytes]) -> str:
    """Return what two sets of rows have in common only where they are the same."""
    return sha256(b"".join(sorted(sha256(line).digest() for line in lines))).hexdigest()


def _insert(connection: Connection, tables: Mapping[str, Table], lines: Iterable[bytes]) -> int:
    rows, written = map(_lines.decode, lines), 0
    while some := list(islice(rows, SOME)):
        for name, table in tables.items():
            if mine := [one.row for one in some if one.table == name]:
                connection.execute(insert(table), mine)
        written += len(some)
    return written


def _rows(connection: Connection, table: Table) -> Iterator[bytes]:
    wanted = select(table).order_by(*table.primary_key).execution_options(yield_per=SOME)
    for row in connection.execute(wanted).mappings():
        yield msgspec.json.encode(Row(str(table.name), {str(name): row[name] for name in row}))


def _there(url: str) -> bool:
    """Say whether a database may be asked: a file that is not there is not made for a question."""
    where = make_url(url)
    return where.get_backend_name() != "sqlite" or Path(where.database or "").is_file()


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()
