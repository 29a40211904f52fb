"""The tables follow the journal: in one transaction, checked by themselves, equal to a replay."""

import random
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from libs.edge.books import holdings, movements
from libs.edge.database import Projection, connect, cursors
from libs.ledger.codec import Command, encode
from libs.ledger.entry import GENESIS
from libs.ledger.ports import Cursor, Halted
from services import views
from tests.edge.twin import Twin, issuance


def tell(twin: Twin, kind: str, body: Any, number: list[int]) -> bytes:
    """Fold one command of the first operator."""
    number[0] += 1
    identity = str(UUID(int=number[0]))
    sent = "2026-04-01T00:00:00.000Z"
    record = Command("operator:1", msgspec.Raw(encode(body)), identity, sent, kind)
    return twin.fold(encode(record))


def busy(twin: Twin, seed: int, commands: int) -> None:
    """Do everything that moves credits, in random order."""
    chance, number = random.Random(seed), [1000]
    project = {"scheme": "JC", "kind": "FM", "name": "n", "methodologies": []}
    tell(twin, "project.register.v1", {**project, "project": "P"}, number)
    accounts = ("A01", "B02", "C03")
    for account in accounts:
        tell(twin, "account.open.v1", {"account": account, "name": account}, number)
    for lot in range(4):
        tell(twin, "credits.issue.v1", issuance("P", f"L{lot}", 500), number)
    orders = []
    for _ in range(commands):
        source, target = chance.sample(accounts, 2)
        quantity, first = chance.randint(1, 40), chance.randint(1, 500)
        line: dict[str, Any] = {"source": source, "target": target, "quantity": quantity}
        claim = {"account": source, "beneficiary": "x", "purpose": "offset", "quantity": quantity}
        serials = [{"first": first, "last": min(500, first + quantity)}]
        what = chance.randrange(40)
        if what < 22:
            lines = {"lines": [line, {**line, "quantity": 1}], "atomic": chance.random() < 0.5}
            tell(twin, "transfer.request.v1", lines, number)
        elif what < 30:
            tell(twin, "credits.invalidate.v1", {"lines": [claim]}, number)
        elif what < 34:
            tell(twin, "credits.reserve.v1", {"account": source, "quantity": quantity}, number)
            orders.append(f"o-{twin.head.position - 1}")
        elif what < 37 and orders:
            tell(twin, "reservation.release.v1", {"order": orders.pop()}, number)
        elif what < 39:
            body = {"buffer": "FOREST", "reason": "x", "quantity": 1}
            tell(twin, "buffer.cancel.v1", body, number)
        else:
            body = {"lot": f"L{chance.randrange(4)}", "reason": "x", "serials": serials}
            tell(twin, "credits.annul.v1", body, number)


def replayed(journal: list[bytes], url: str, step: int) -> Projection:
    """Follow a whole journal, `step` entries at a time."""
    (projection,) = views.followers(connect(url))
    for start in range(0, len(journal), step):
        part = journal[start : start + step]
        after = Cursor(start + len(part), sha256(part[-1]).hexdigest())
        projection.follow(part, after)
    return projection


@pytest.fixture
def worked(tmp_path: Path) -> Twin:
    twin = Twin(f"sqlite:///{tmp_path}/views.db")
    twin.open()
    busy(twin, 7, 400)
    return twin


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_live_tables_equal_a_replay_in_memory(worked: Twin, step: int) -> None:
    fresh = replayed(worked.journal, "sqlite://", step)
    assert fresh.contents() == worked.projections[0].contents()
    fresh.engine.dispose()
    worked.views.dispose()


def test_holdings_say_what_the_state_says(worked: Twin) -> None:
    columns = (holdings.c.lot, holdings.c.first, holdings.c.last, holdings.c.account)
    with worked.views.connect() as connection:
        rows = {tuple(row) for row in connection.execute(select(*columns))}
    held = {(lot, start, end - 1, code) for lot, start, end, code in worked.state.segments()}
    assert rows == held
    worked.views.dispose()


def test_a_dropped_projection_is_built_again(worked: Twin) -> None:
    (projection,) = worked.projections
    before = projection.contents()
    projection.drop()
    assert projection.cursor() == Cursor(0, GENESIS)
    assert projection.contents() != before
    worked.follow()
    assert projection.contents() == before
    worked.views.dispose()


def test_a_restarted_projection_goes_on_where_it_was(worked: Twin) -> None:
    (again,) = views.followers(worked.views)
    assert again.cursor() == worked.projections[0].cursor()
    worked.projections = [again]
    busy(worked, 8, 50)
    fresh = replayed(worked.journal, "sqlite://", 500)
    assert fresh.contents() == again.contents()
    fresh.engine.dispose()
    worked.views.dispose()


def test_two_writers_never_both_commit(worked: Twin) -> None:
    (first,), (second,) = worked.projections, views.followers(worked.views)
    worked.following = False
    raw = tell(worked, "tick.pass.v1", {"due_at": "2026-04-01T00:00:00.000Z"}, [9000])
    after = Cursor(len(worked.journal), sha256(raw).hexdigest())
    first.follow([raw], after)
    with pytest.raises((Halted, IntegrityError)):
        second.follow([raw], after)
    assert first.cursor() == after
    worked.views.dispose()


def test_a_cursor_that_another_moved_is_not_moved_again(worked: Twin) -> None:
    (projection,) = worked.projections
    with worked.views.begin() as connection:
        connection.execute(update(cursors).values(digest="f" * 64))
    before = projection.contents()
    worked.following = False
    raw = tell(worked, "account.open.v1", {"account": "Z", "name": "Z"}, [9000])
    with pytest.raises(Halted, match="another process"):
        projection.follow([raw], Cursor(len(worked.journal), sha256(raw).hexdigest()))
    assert projection.contents() == before
    worked.views.dispose()


def test_entries_of_another_chain_are_refused(worked: Twin) -> None:
    (projection,) = worked.projections
    raw = worked.journal[-1]
    with pytest.raises(Halted, match="came"):
        projection.follow([raw], Cursor(len(worked.journal) + 1, sha256(raw).hexdigest()))
    with pytest.raises(Halted, match="came to"):
        projection.follow([], Cursor(1, GENESIS))
    worked.views.dispose()


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
    worked.views.dispose()


def test_serials_issued_twice_stop_the_tables(tmp_path: Path) -> None:
    twin = Twin(f"sqlite:///{tmp_path}/views.db")
    twin.open()
    busy(twin, 1, 0)
    twin.following = False
    raw = tell(twin, "credits.issue.v1", issuance("P", "L9", 100), [9000])
    forged = raw.replace(b'"L9"', b'"L1"').replace(b'"ISS:L9"', b'"ISS:L1"')
    with pytest.raises(Halted, match="issued twice"):
        twin.projections[0].follow([forged], Cursor(len(twin.journal), sha256(forged).hexdigest()))
    twin.views.dispose()


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
    worked.views.dispose()


def test_tables_of_another_shape_are_made_anew(worked: Twin) -> None:
    with worked.views.begin() as connection:
        connection.execute(update(cursors).values(shape="0" * 64))
        connection.execute(text("ALTER TABLE movements ADD COLUMN old INTEGER"))
    (again,) = views.followers(worked.views)
    assert again.cursor() == Cursor(0, GENESIS)
    with worked.views.connect() as connection:
        assert connection.execute(select(movements)).all() == []
    worked.views.dispose()


def look(twin: Twin) -> Projection:
    (known,) = twin.projections
    return Projection(known.name, twin.views, known.parts, create=False)


def test_a_look_at_the_tables_finds_them_as_they_are(worked: Twin) -> None:
    assert look(worked).cursor() == worked.projections[0].cursor()
    worked.views.dispose()


@pytest.mark.parametrize(
    "change",
    ["UPDATE cursors SET shape = 'x'", "DELETE FROM cursors", "DROP TABLE cursors"],
)
def test_a_look_at_tables_of_another_version_changes_nothing(worked: Twin, change: str) -> None:
    with worked.views.begin() as connection:
        connection.execute(text(change))
    before = worked.projections[0].contents()
    with pytest.raises(Halted, match=r"another version; tonne rebuild"):
        look(worked)
    assert worked.projections[0].contents() == before
    worked.views.dispose()


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
    worked.views.dispose()


def test_a_connection_without_changes_changes_nothing(worked: Twin) -> None:
    engine = connect(str(worked.views.url), changes=False)
    with engine.begin() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(update(cursors).values(position=0))
    engine.dispose()
    worked.views.dispose()
