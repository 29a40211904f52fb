"""Sessions with PostgreSQL: held to limits, readers in one snapshot, and faults that pass."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from libs.edge import database
from libs.edge.books import movements
from libs.edge.cursors import cursor_of, snapshot
from libs.edge.database import TablesUnavailable, reaching
from libs.ledger.ports import LogUnavailable
from services import views
from tests.edge.journals import contents, follow, journal


def test_a_session_says_whose_it_is_and_ends_by_itself(
    opened: Callable[..., Engine], tables: str
) -> None:
    with opened(tables, name="tonne projection").connect() as connection:
        told = {
            name: connection.scalar(text(f"SHOW {name}"))
            for name in ("application_name", "idle_in_transaction_session_timeout", "lock_timeout")
        }
    assert told == {
        "application_name": "tonne projection",
        "idle_in_transaction_session_timeout": "30s",
        "lock_timeout": "5s",
    }


def test_a_page_is_one_snapshot_with_its_cursor(opened: Callable[..., Engine], tables: str) -> None:
    engine = opened(tables)
    (projection,) = views.followers(engine)
    entries = journal(5, 60)
    follow(projection, entries[:40])
    rows = select(func.count()).select_from(movements)
    with snapshot(engine) as connection:
        cursor = cursor_of(connection)
        before = connection.scalar(rows)
        follow(projection, entries[40:])
        assert (cursor_of(connection), connection.scalar(rows)) == (cursor, before)
        with pytest.raises(DBAPIError, match="read-only"):
            connection.execute(text("UPDATE cursors SET position = 0"))
    with snapshot(engine) as connection:
        assert cursor_of(connection).position == len(entries)
        assert (connection.scalar(rows) or 0) > (before or 0)
    with engine.connect() as connection:  # and whoever has the session next is held to nothing
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"
        assert connection.scalar(text("SHOW transaction_read_only")) == "off"


def test_more_readers_than_sessions_are_told_to_come_again(
    opened: Callable[..., Engine], tables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "POOL_SECONDS", 0.05)
    engine = opened(tables)
    (projection,) = views.followers(engine)
    entries = journal(5, 20)
    taken = [engine.connect() for _ in range(database.CONNECTIONS_MAX)]
    with pytest.raises(TablesUnavailable, match="busy"):
        follow(projection, entries)
    with pytest.raises(TablesUnavailable, match="busy"), snapshot(engine):
        pass
    for connection in taken:
        connection.close()
    follow(projection, entries)
    assert projection.contents() == contents(entries)


def test_a_lock_that_does_not_come_is_waited_for_in_vain_and_asked_for_again(
    opened: Callable[..., Engine], tables: str
) -> None:
    other = opened(tables)
    (projection,) = views.followers(opened(tables, settings={"lock_timeout": "50ms"}))
    entries = journal(5, 20)
    with other.connect() as holding:
        holding.execute(text("LOCK TABLE cursors IN EXCLUSIVE MODE"))
        with pytest.raises(TablesUnavailable, match="lock timeout"):
            follow(projection, entries)
    follow(projection, entries)
    assert projection.contents() == contents(entries)


@pytest.mark.parametrize(
    "error",
    [
        *("serialization_failure", "deadlock_detected", "disk_full", "admin_shutdown"),
        *("crash_shutdown", "cannot_connect_now", "too_many_connections", "query_canceled"),
        *("read_only_sql_transaction", "io_error", "idle_in_transaction_session_timeout"),
    ],
)
def test_an_error_of_the_world_passes(
    opened: Callable[..., Engine], tables: str, error: str
) -> None:
    raising = text(f"DO $$ BEGIN RAISE EXCEPTION 'so' USING ERRCODE = '{error}'; END $$")
    session = opened(tables).connect()
    with pytest.raises(LogUnavailable, match="so"), reaching(), session as connection:
        connection.execute(raising)


def test_an_error_of_ours_does_not(opened: Callable[..., Engine], tables: str) -> None:
    session = opened(tables).connect()
    with pytest.raises(DBAPIError, match="nowhere"), reaching(), session as connection:
        connection.execute(text("SELECT * FROM nowhere"))


def test_a_server_that_is_not_there_is_away(opened: Callable[..., Engine]) -> None:
    engine = opened("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(TablesUnavailable), snapshot(engine):
        pass


def test_a_full_disk_is_waited_for_on_a_file_too(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened(f"sqlite:///{tmp_path}/views.db")
    (projection,) = views.followers(engine)
    entries = journal(5, 300)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA max_page_count=60"))
    with pytest.raises(TablesUnavailable, match="full"):
        follow(projection, entries)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA max_page_count=100000"))
    follow(projection, entries)
    assert projection.contents() == contents(entries)
