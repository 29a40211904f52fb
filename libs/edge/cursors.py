"""Where tables stand in the journal: one row, moved in the same transaction as theirs."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Integer,
    Table,
    insert,
    select,
    update,
)

from libs.edge.database import reaching, shared
from libs.edge.schema import METADATA, words
from libs.ledger.entry import GENESIS
from libs.ledger.ports import Cursor

VIEWS = "views"
"""The name of the one projection that the rooms' tables share: one cursor, one snapshot."""

START = Cursor(0, GENESIS)

cursors = Table(
    "cursors",
    METADATA,
    Column("name", words(), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("digest", words(64), nullable=False),
    Column("shape", words(64), nullable=False),
    Column("build", Integer, nullable=False),
    CheckConstraint("position >= 0", name="cursors_position"),
)


class Stand(msgspec.Struct, frozen=True):
    """Where tables stand: their cursor, what they keep, and how often they were made anew."""

    cursor: Cursor
    shape: str
    build: int


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Read: whatever is asked inside sees the tables at one cursor, and nothing can be changed.

    A rebuild puts other tables in place of these. It waits for whoever has read here, and nobody
    begins to while it does: what a transaction sees is settled only behind the lock.
    """
    with reaching(), engine.connect() as connection:
        if shared(engine):
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            connection.exec_driver_sql("LOCK TABLE cursors IN ACCESS SHARE MODE")
        yield connection


def cursor_of(connection: Connection, name: str = VIEWS) -> Cursor:
    """Return where a projection stands, inside the reader's own transaction."""
    row = connection.execute(
        select(cursors.c.position, cursors.c.digest).where(cursors.c.name == name)
    ).one()
    return Cursor(row.position, row.digest)


def stand_of(connection: Connection, name: str, *, claim: bool = False) -> Stand | None:
    """Return where a projection stands; with `claim` nobody else moves it in this transaction."""
    wanted = select(cursors).where(cursors.c.name == name)
    row = connection.execute(wanted.with_for_update() if claim else wanted).one_or_none()
    return None if row is None else Stand(Cursor(row.position, row.digest), row.shape, row.build)


def place(connection: Connection, name: str, shape: str, at: Cursor = START) -> Stand:
    """Say where tables stand that were made anew, whatever was said of those before."""
    known = stand_of(connection, name)
    stand = Stand(at, shape, known.build + 1 if known else 0)
    row = {"name": name, "position": at.position, "digest": at.digest}
    connection.execute(cursors.delete().where(cursors.c.name == name))
    connection.execute(insert(cursors), {**row, "shape": shape, "build": stand.build})
    return stand


def advance(connection: Connection, name: str, before: Stand, after: Cursor) -> bool:
    """Move a cursor if nobody else has: of two writers, one at most is told that it did."""
    moved = connection.execute(
        update(cursors)
        .where(
            cursors.c.name == name,
            cursors.c.position == before.cursor.position,
            cursors.c.digest == before.cursor.digest,
            cursors.c.build == before.build,
        )
        .values(position=after.position, digest=after.digest)
    )
    return moved.rowcount == 1
