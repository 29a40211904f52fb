"""Databases of tables: how each is opened, and what it means when one does not answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool

from libs.ledger.ports import LogUnavailable

READERS_MAX = 40
"""As many connections to a file as the server has threads that read."""

CONNECTIONS_MAX = 10
"""As many connections to a database server as one process may have; a reader waits for its turn."""

POOL_SECONDS = 5
SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
    # A server that lost its client lets go of what that client held, in about ten seconds.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
"""What a session of PostgreSQL is held to, whoever forgets it."""

ALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""And how we notice, as quickly, a server that has gone without a word."""

AWAY = ("08", "40", "53", "57", "58")
"""SQLSTATE classes: connection lost, rolled back, no resources, operator intervention, system."""

AWAY_STATES = ("25006", "25P03", "25P04", "55P03")
"""A standby that refuses writes, a session that was idle too long, a lock that did not come."""

AWAY_FILE = ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_LOCKED")
"""What SQLite says of a file that is locked, or of a disk that is full."""


class TablesUnavailable(LogUnavailable):
    """The tables cannot be read or written now."""


def connect(
    url: str | URL,
    *,
    changes: bool = True,
    name: str = "tonne",
    settings: Mapping[str, str] | None = None,
) -> Engine:
    """Open a database of tables; SQLite gets real transactions, WAL and one shared memory.

    Without `changes` every statement that would change something is refused. `name` and `settings`
    are for PostgreSQL: what its list of sessions shows, and settings of these sessions.
    """
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        return _file(where, changes=changes)
    chosen = {**SETTINGS, **(settings or {})}
    if not changes:
        chosen["default_transaction_read_only"] = "on"
    options = " ".join(f"-c {key}={value}" for key, value in chosen.items())
    return create_engine(
        where,
        hide_parameters=True,
        pool_size=CONNECTIONS_MAX,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,  # a server that was started again is noticed before it is asked
        connect_args={"application_name": name, "options": options, **ALIVE},
    )


def _file(where: URL, *, changes: bool) -> Engine:
    mode = "journal_mode=WAL" if changes else "query_only=ON"
    if where.database in (None, "", ":memory:"):
        # One connection is the whole memory; whoever has it uses it alone, from any thread.
        alone = {"check_same_thread": False}
        engine = create_engine(
            where, hide_parameters=True, poolclass=StaticPool, connect_args=alone
        )
    else:
        engine = create_engine(where, hide_parameters=True, pool_size=READERS_MAX, max_overflow=4)

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
        alone = connection.get_execution_options().get("sqlite_alone", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if alone else "BEGIN")

    return engine


def shared(engine: Engine) -> bool:
    """Say whether several processes work on this database: a server's, and no file of one."""
    return engine.dialect.name != "sqlite"


@contextmanager
def reaching() -> Iterator[None]:
    """Raise TablesUnavailable where the database cannot answer now, whatever was asked."""
    try:
        yield
    except PoolTimeout as wrong:
        raise TablesUnavailable(f"no connection in {POOL_SECONDS} s: all are busy") from wrong
    except DBAPIError as wrong:
        if _away(wrong):
            raise TablesUnavailable(f"the database does not answer: {wrong.orig}") from wrong
        raise


def _away(wrong: DBAPIError) -> bool:
    """Say whether an error is of the world, and passes, rather than of what was asked."""
    state = getattr(wrong.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(AWAY) or state in AWAY_STATES
    name = getattr(wrong.orig, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(AWAY_FILE)
    return isinstance(wrong, OperationalError | InterfaceError)
