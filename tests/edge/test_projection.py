"""The tables follow the journal: in one transaction, checked by themselves, equal to a replay."""

import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from libs.edge.books import holdings, movements
from libs.edge.cursors import cursors
from libs.edge.database import connect
from libs.edge.projection import Projection
from libs.ledger.entry import GENESIS
from libs.ledger.ports import Cursor, Halted
from services import views
from tests.edge.journals import busy, follow, migrated, replayed, tell
from tests.edge.twin import Twin, issuance


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where tables are kept: each kind of database, ready for them."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/views.db"
    url: str = request.getfixturevalue("database")
    migrated(url)
    return url


@pytest.fixture
def empty(place: str) -> Iterator[Twin]:
    twin = Twin(place)
    twin.open()
    yield twin
    twin.views.dispose()


@pytest.fixture
def worked(empty: Twin) -> Twin:
    """Have followed a busy journal, some entries at a time."""
    chance = random.Random(7)
    empty.following = False
    busy(empty, 7, 400)
    (projection,) = empty.projections
    while left := empty.journal[projection.cursor().position :]:
        follow(projection, left[: chance.randint(1, 40)])
    empty.following = True
    return empty


def shares(twin: Twin) -> bool:
    """Say whether other processes may work on the twin's tables."""
    return twin.views.dialect.name != "sqlite"


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_live_tables_equal_a_replay_in_memory(worked: Twin, step: int) -> None:
    fresh = replayed(worked.journal, "sqlite://", step)
    assert fresh.contents() == worked.projections[0].contents()
    fresh.engine.dispose()


def test_holdings_say_what_the_state_says(worked: Twin) -> None:
    columns = (holdings.c.lot, holdings.c.first, holdings.c.last, holdings.c.account)
    with worked.views.connect() as connection:
        rows = {tuple(row) for row in connection.execute(select(*columns))}
    held = {(lot, start, end - 1, code) for lot, start, end, code in worked.state.segments()}
    assert rows == held


def test_a_dropped_projection_is_built_again(worked: Twin) -> None:
    (projection,) = worked.projections
    before = projection.contents()
    projection.drop()
    assert projection.cursor() == Cursor(0, GENESIS)
    assert projection.contents() != before
    worked.follow()
    assert projection.contents() == before


def test_a_restarted_projection_goes_on_where_it_was(worked: Twin) -> None:
    (again,) = views.followers(worked.views)
    assert again.cursor() == worked.projections[0].cursor()
    worked.projections = [again]
    busy(worked, 8, 50)
    fresh = replayed(worked.journal, "sqlite://", 500)
    assert fresh.contents() == again.contents()
    fresh.engine.dispose()


def test_two_writers_never_both_commit(worked: Twin) -> None:
    (first,), (second,) = worked.projections, views.followers(worked.views)
    worked.following = False
    raw = tell(worked, "tick.pass.v1", {"due_at": "2026-04-01T00:00:00.000Z"}, [9000])
    after = Cursor(len(worked.journal), sha256(raw).hexdigest())
    first.follow([raw], after)
    before = first.contents()
    if shares(worked):  # and the one that was overtaken goes on behind the other
        second.follow([raw], after)
        assert second.cursor() == after
    else:
        with pytest.raises(Halted, match="another process"):
            second.follow([raw], after)
    assert (first.cursor(), first.contents()) == (after, before)


def test_a_cursor_that_another_moved_is_not_moved_again(worked: Twin) -> None:
    (projection,) = worked.projections
    with worked.views.begin() as connection:
        connection.execute(update(cursors).values(digest="f" * 64))
    before = projection.contents()
    worked.following = False
    raw = tell(worked, "account.open.v1", {"account": "Z", "name": "Z"}, [9000])
    with pytest.raises(Halted, match="came" if shares(worked) else "another process"):
        projection.follow([raw], Cursor(len(worked.journal), sha256(raw).hexdigest()))
    assert projection.contents() == before


def test_entries_of_another_chain_are_refused(worked: Twin) -> None:
    (projection,) = worked.projections
    raw = worked.journal[-1]
    with pytest.raises(Halted, match="came"):
        projection.follow([raw], Cursor(len(worked.journal) + 1, sha256(raw).hexdigest()))
    with pytest.raises(Halted, match="came to"):
        projection.follow([], Cursor(1, GENESIS))


def test_a_source_that_lacks_the_serials_stops_the_tables(worked: Twin) -> None:
    (projection,) = worked.projections
    cursor = projection.cursor()
    forged = worked.journal[-1]
    number = [9000]
    worked.following = False
    tell(worked, "transfer.request.v1", {"lines": [_line("A01", "B02")]}, number)
    raw = worked.journal[-1]
    assert b"HOLD:A01" in raw
    forged = raw.replace(b'"source":"HOLD:A01"', b'"source":"HOLD:NONE"')
    before = projection.contents()
    with pytest.raises(Halted, match="HOLD:NONE lacks"):
        projection.follow([forged], Cursor(cursor.position + 1, sha256(forged).hexdigest()))
    assert (projection.contents(), projection.cursor()) == (before, cursor)
    projection.follow([raw], Cursor(cursor.position + 1, sha256(raw).hexdigest()))


def test_serials_issued_twice_stop_the_tables(empty: Twin) -> None:
    twin = empty
    busy(twin, 1, 0)
    twin.following = False
    raw = tell(twin, "credits.issue.v1", issuance("P", "L9", 100), [9000])
    forged = raw.replace(b'"L9"', b'"L1"').replace(b'"ISS:L9"', b'"ISS:L1"')
    with pytest.raises(Halted, match="issued twice"):
        twin.projections[0].follow([forged], Cursor(len(twin.journal), sha256(forged).hexdigest()))


def _line(source: str, target: str) -> dict[str, Any]:
    return {"source": source, "target": target, "quantity": 1}


@pytest.mark.parametrize(
    "row",
    [
        {"lot": "X", "first": 0, "last": 5, "account": "HOLD:A01", "holder": "A01"},
        {"lot": "X", "first": 6, "last": 5, "account": "HOLD:A01", "holder": "A01"},
        {"lot": "X", "first": 1, "last": 5, "account": None, "holder": "A01"},
    ],
)
def test_the_database_refuses_what_no_segment_is(worked: Twin, row: dict[str, Any]) -> None:
    with worked.views.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(holdings), row)


def test_tables_of_another_shape_are_made_anew_or_left_alone(worked: Twin) -> None:
    with worked.views.begin() as connection:
        connection.execute(update(cursors).values(shape="0" * 64))
        connection.execute(text("ALTER TABLE movements ADD COLUMN old INTEGER"))
    if shares(worked):  # where others read, nobody drops tables by starting
        before = worked.projections[0].contents()
        with pytest.raises(Halted, match="another version; tonne rebuild"):
            views.followers(worked.views)
        assert worked.projections[0].contents() == before
        return
    (again,) = views.followers(worked.views)
    assert again.cursor() == Cursor(0, GENESIS)
    with worked.views.connect() as connection:
        assert connection.execute(select(movements)).all() == []


def test_a_writer_of_another_version_never_mixes_its_rows_in(worked: Twin) -> None:
    (projection,) = worked.projections
    with worked.views.begin() as connection:
        connection.execute(update(cursors).values(shape="0" * 64))
    worked.following = False
    raw = tell(worked, "tick.pass.v1", {"due_at": "2026-04-01T00:00:00.000Z"}, [9000])
    before = projection.contents()
    with pytest.raises(Halted):
        projection.follow([raw], Cursor(len(worked.journal), sha256(raw).hexdigest()))
    assert projection.contents() == before


def test_an_old_file_without_the_newer_columns_is_made_anew(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/views.db"
    old = connect(url)
    with old.begin() as connection:
        connection.execute(text("CREATE TABLE cursors (name TEXT, position BIGINT, digest TEXT)"))
        connection.execute(text("INSERT INTO cursors VALUES ('views', 7, 'x')"))
    (projection,) = views.followers(old)
    assert projection.cursor() == Cursor(0, GENESIS)
    old.dispose()


def look(twin: Twin) -> Projection:
    (known,) = twin.projections
    return Projection(known.name, twin.views, known.parts, create=False)


def test_a_look_at_the_tables_finds_them_as_they_are(worked: Twin) -> None:
    assert look(worked).cursor() == worked.projections[0].cursor()


@pytest.mark.parametrize(
    "change",
    ["UPDATE cursors SET shape = 'x'", "DELETE FROM cursors", "DROP TABLE cursors"],
)
def test_a_look_at_tables_of_another_version_changes_nothing(worked: Twin, change: str) -> None:
    if shares(worked) and change.startswith("DROP"):
        return  # whoever shares tables reads them through their cursor only
    with worked.views.begin() as connection:
        connection.execute(text(change))
    before = worked.projections[0].contents()
    with pytest.raises(Halted, match=r"another version; tonne rebuild"):
        look(worked)
    assert worked.projections[0].contents() == before


def test_a_look_at_what_is_no_table_of_ours_is_refused(worked: Twin, tmp_path: Path) -> None:
    (known,) = worked.projections
    noise = tmp_path / "noise.db"
    noise.write_bytes(b"no database at all" * 100)
    for url, words in ((f"sqlite:///{noise}", "cannot be read"), ("sqlite://", "no tables")):
        engine = connect(url, changes=False)
        with pytest.raises(Halted, match=words):
            Projection(known.name, engine, known.parts, create=False)
        engine.dispose()
    with worked.views.begin() as connection:
        connection.execute(text("DROP TABLE holdings"))
    with pytest.raises(Halted, match="cannot be read"):
        look(worked).contents()


def test_a_connection_without_changes_changes_nothing(worked: Twin) -> None:
    engine = connect(worked.views.url, changes=False)
    with engine.begin() as connection, pytest.raises(DBAPIError, match=r"read-?only"):
        connection.execute(update(cursors).values(position=0))
    engine.dispose()
