"""The outbox: notices that wait to be sent, beside the cursor of whoever wrote them.

Rows and cursor are one transaction, and a row is named by what it tells of (position, line, kind):
an entry that is read twice is told once. The contacts are the only personal data here, so they
stay outside the journal and can be erased. Unlike the tables these rows are not made from the
journal alone: whether a mail went out stands nowhere else.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite
from sqlalchemy.engine import make_url

from libs.edge.bulk import Row
from libs.edge.database import reaching
from libs.ledger.entry import Head
from libs.ledger.ports import Cursor, Halted, LogUnavailable, Noted
from libs.ledger.replica import Noise, Reader
from services.notify import hooks
from services.notify.notices import QUARANTINE, Notice, told
from services.notify.papers import Papers, metadata

NAME = "notices"
PENDING, SENT, DEAD = "pending", "sent", "dead"

outbox = Table(
    "outbox",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("number", String, nullable=False),
    Column("at", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("recipient", String),
    Column("fault", String),
    CheckConstraint("state IN ('pending', 'sent', 'dead')", name="outbox_state"),
    CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="outbox_sent"),
    Index("outbox_by_state", "state", "account", "next_at"),
)
"""`next_at` and `sent_at` are milliseconds since 1970; `recipient` is where it went or was tried,
`fault` why that failed last: a code, never an address."""

contacts = Table(
    "contacts",
    metadata,
    Column("account", String, primary_key=True),
    Column("email", String, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("name", String, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("log", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("rules", String, nullable=False),
    Column("place", BigInteger, nullable=False),
)
"""The head behind the last entry that was taken, and the offset in the journal's log behind it."""


Read: TypeAlias = tuple[bytes, Sequence[Notice]]
"""An accepted entry, and what it tells by itself."""


class Overtaken(LogUnavailable):
    """Another process has moved the cursor; look at it again."""


def notices_url(database: str) -> str:
    """Return where the outbox is: in the tables' PostgreSQL, but beside the tables' SQLite file.

    That file may be thrown away at any time; contacts and what was sent may not.
    """
    if make_url(database).get_backend_name() != "sqlite":
        return database
    return database.removesuffix(".views") + ".notices"


def create(engine: Engine) -> None:
    """Create the tables that are missing; processes that start at once take turns."""
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file not in (None, "", ":memory:"):
        Path(file).touch(mode=0o600)  # the addresses are nobody else's business
    with reaching(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('tonne.outbox'))"))
        metadata.create_all(connection)


class Outbox:
    """A follower that writes down whom to tell what; on one file, and on a cluster.

    One file hands it accepted entries (`follow`); a cluster hands it records of the journal's log
    (`take`), of which the reader rule accepts those that extend the head.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.noise = Noise()
        self._papers = Papers()
        create(engine)
        self.resume()

    @property
    def name(self) -> str:
        """What the follower is called in metrics and messages."""
        return NAME

    @property
    def head(self) -> Head:
        """The head behind the last entry that was taken."""
        return self._reader.head

    def cursor(self) -> Cursor:
        """Return where the follower goes on."""
        return Cursor(self.head.position, self.head.digest)

    def resume(self) -> None:
        """Look where the database says that it goes on: it may have been restored, or moved."""
        with reaching(), self._engine.begin() as connection:
            found = connection.execute(select(deliveries).where(deliveries.c.name == NAME)).first()
            if found is None:
                first = {"name": NAME, "place": 0, **msgspec.structs.asdict(Head())}
                connection.execute(insert(deliveries).values(first))
        self.place: int = found.place if found else 0
        self._read_from(Head(*found[1:6]) if found else Head())

    def follow(self, entries: Sequence[bytes], after: Cursor) -> None:
        """Take accepted entries from the cursor on, and the new cursor, in one transaction."""
        before = self.head
        with self._undone(before):
            made = [one for raw in entries if (one := self._read(raw)) is not None]
            if self.cursor() != after:
                raise Halted(f"{NAME} came to {self.head.position}, not to {after.position}")
            self._write(made, before, self.place)

    def take(self, records: Sequence[Noted]) -> None:
        """Take records of the journal's log, from `place` on, in one transaction.

        Raises Overtaken where another process was quicker, LogUnavailable where the database
        cannot be written now; nothing is taken then.
        """
        fresh = [record for record in records if record.offset >= self.place]
        before, behind = self.head, self.place
        made: list[Read] = []
        with self._undone(before):
            for record in fresh:
                position = self.head.position
                one = self._read(record.value)
                made += [one] if one is not None else []
                if self.head.position > position:
                    behind = record.offset + 1
            if self.head != before:  # noise leaves no trace, and is noise again after a restart
                self._write(made, before, behind)
        if fresh:
            self.place = fresh[-1].offset + 1

    def move(self, place: int) -> None:
        """Go on elsewhere in the journal's log, behind the same head: the log was copied."""
        self._write((), self.head, place)
        self.place = place

    def _read(self, raw: bytes) -> Read | None:
        """Return a record that extends the head, and what it plainly tells; noise is nothing."""
        entry = self._reader.read(raw)
        return None if entry is None else (raw, told(raw, entry.position, self.head.digest))

    def _read_from(self, head: Head) -> None:
        self._reader = Reader(head)
        self._reader.noise = self.noise

    @contextmanager
    def _undone(self, before: Head) -> Iterator[None]:
        """Stand where the database stands, whatever goes wrong."""
        try:
            yield
        except BaseException:
            self._read_from(before)
            raise

    def _write(self, made: Sequence[Read], before: Head, place: int) -> None:
        """Write rows and cursor, if nobody else has moved it: two writers never both commit."""
        moved = (
            update(deliveries)
            .where(deliveries.c.name == NAME)
            .where(deliveries.c.position == before.position, deliveries.c.digest == before.digest)
            .values(place=place, **msgspec.structs.asdict(self.head))
        )
        with reaching(), self._engine.begin() as connection:
            if connection.execute(moved).rowcount != 1:
                raise Overtaken(f"{NAME} was moved by another process from {before.position}")
            hooks.hear(connection, [raw for raw, plainly in made if not _unread(plainly)])
            rows = [
                _row(notice)
                for raw, plainly in made
                for notice in self._papers.hear(connection, raw, plainly)
            ]
            if rows:
                _insert(connection, rows)


def _unread(plainly: Sequence[Notice]) -> bool:
    return any(one.kind == QUARANTINE for one in plainly)


def _row(notice: Notice) -> Row:
    names = ("position", "line", "kind", "account", "number", "at", "subject")
    row: Row = {name: getattr(notice, name) for name in names}
    state = DEAD if notice.kind == QUARANTINE else PENDING
    return {**row, "body": notice.text, "state": state, "attempts": 0, "next_at": 0}


def _insert(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert rows; one that is there already was told before a cursor was put back."""
    upsert = upsert_sqlite if connection.dialect.name == "sqlite" else upsert_postgresql
    connection.execute(upsert(outbox).on_conflict_do_nothing(), rows)
