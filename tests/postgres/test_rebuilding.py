"""Tables made anew beside those in use: the old are read and followed until the new are there."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate

import pytest
from sqlalchemy import Connection, Engine, event, func, select, text, update
from sqlalchemy.exc import OperationalError
from typing_extensions import override

from libs.edge.answered import commands
from libs.edge.beside import SCHEMA, Beside
from libs.edge.books import holdings, movements
from libs.edge.cursors import VIEWS, cursor_of, cursors, snapshot
from libs.edge.projection import Part, Projection
from libs.ledger.entry import decode
from libs.ledger.events import CreditPosting
from libs.ledger.ports import Halted
from services import migrating, rebuilding, views
from services.rebuilding import Report, rebuild
from tests.edge.journals import contents, follow, journal
from tests.postgres.feeds import Written

ALL = tuple(views.ROOMS)


@pytest.fixture(scope="module")
def entries() -> list[bytes]:
    return journal(17, 400)


@pytest.fixture
def live(opened: Callable[..., Engine], tables: str, entries: list[bytes]) -> Projection:
    """Tables that have followed the first three hundred entries."""
    (projection,) = views.followers(opened(tables))
    follow(projection, entries[:300])
    return projection


async def anew(live: Projection, entries: Sequence[bytes], room: str = "") -> Report:
    written = Written(entries)
    return await rebuild(live.engine, room, written.entries, lambda: written.position)


def leftovers(engine: Engine) -> bool:
    with engine.connect() as connection:
        there = text("SELECT count(*) FROM pg_namespace WHERE nspname = :name")
        return bool(connection.scalar(there, {"name": SCHEMA}))


def spoil(engine: Engine, *changes: str) -> None:
    """Change rows behind everybody's back, as only the owner of the tables can."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE movements DISABLE TRIGGER movements_stay"))
        for change in changes:
            connection.execute(text(change))
        connection.execute(text("ALTER TABLE movements ENABLE TRIGGER movements_stay"))


HELD = "UPDATE holdings SET account = 'HOLD:Z', holder = 'Z' WHERE holder = 'A01'"
MOVED = "UPDATE movements SET type = 'x' WHERE position = (SELECT max(position) FROM movements)"
ISSUED = "UPDATE lots SET issued = issued + 1 WHERE lot = 'L0'"


async def test_equal_tables_take_the_place_of_equal_tables(
    live: Projection, entries: list[bytes]
) -> None:
    before = live.contents()
    report = await anew(live, entries)
    assert (report.rooms, report.position, report.compared) == (ALL, 300, 300)
    assert report.differing == {}
    assert live.contents() == before
    assert migrating.check(live.engine) == []
    assert not leftovers(live.engine)
    follow(live, entries[300:])
    assert live.contents() == contents(entries)


async def test_what_was_wrong_is_named_and_mended(live: Projection, entries: list[bytes]) -> None:
    spoil(live.engine, HELD, MOVED)
    report = await anew(live, entries)
    assert set(report.differing) == {"holdings", "movements"}
    assert live.contents() == contents(entries[:300])
    follow(live, entries[300:])
    assert live.contents() == contents(entries)
    assert (await anew(live, entries)).differing == {}


async def test_what_is_remembered_of_the_old_tables_is_forgotten(
    live: Projection, entries: list[bytes]
) -> None:
    forgot: list[int] = []
    probe = Part((), lambda *_: None, forget=lambda: forgot.append(1))
    watched = Projection(VIEWS, live.engine, [*views.parts(), probe])
    follow(watched, entries[300:310])
    assert forgot == []
    await anew(live, entries)
    follow(watched, entries[310:])
    assert forgot == [1]


async def test_one_room_is_mended_alone(live: Projection, entries: list[bytes]) -> None:
    spoil(live.engine, HELD, ISSUED)
    report = await anew(live, entries, "issuance")
    assert (report.rooms, set(report.differing)) == (("issuance",), {"lots"})
    wanted, found = contents(entries[:300]), live.contents()
    assert {name for name in found if found[name] != wanted[name]} == {"holdings"}
    assert set((await anew(live, entries, "transfer")).differing) == {"holdings"}
    assert live.contents() == wanted


async def test_tables_that_hold_nothing_are_filled_to_the_end(
    opened: Callable[..., Engine], tables: str, entries: list[bytes]
) -> None:
    (projection,) = views.followers(opened(tables))
    report = await anew(projection, entries)
    assert (report.position, report.compared) == (len(entries), None)
    assert projection.refresh() == Written(entries).cursor(len(entries))
    assert projection.contents() == contents(entries)


async def test_tables_that_are_ahead_of_the_journal_are_set_back_whole_or_not_at_all(
    live: Projection, entries: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "HEAD_SECONDS", 0.05)
    with pytest.raises(Halted, match="rebuild all rooms"):
        await anew(live, entries[:200], "transfer")
    assert live.contents() == contents(entries[:300])
    report = await anew(live, entries[:200])
    assert (report.position, report.compared) == (200, None)
    assert live.refresh() == Written(entries).cursor(200)
    assert live.contents() == contents(entries[:200])


async def test_tables_of_another_journal_are_made_by_this_one(
    live: Projection, entries: list[bytes]
) -> None:
    other = journal(18, 400)
    with pytest.raises(Halted, match="rebuild all rooms"):
        await anew(live, other, "ledger")
    assert live.contents() == contents(entries[:300])
    report = await anew(live, other)
    assert (report.position, report.compared) == (300, None)
    assert live.refresh() == Written(other).cursor(300)
    assert live.contents() == contents(other[:300])


async def test_rows_of_another_version_are_made_by_this_one(
    live: Projection, opened: Callable[..., Engine], entries: list[bytes]
) -> None:
    with live.engine.begin() as connection:
        connection.execute(update(cursors).values(shape="0" * 64))
    with pytest.raises(Halted, match="tonne rebuild"):
        views.followers(live.engine)
    with pytest.raises(Halted, match="rebuild all rooms"):
        await anew(live, entries, "transfer")
    await anew(live, entries)
    assert views.followers(live.engine)[0].contents() == contents(entries[:300])


async def test_what_was_never_made_is_not_made_anew(live: Projection, entries: list[bytes]) -> None:
    migrating.downgrade(live.engine, migrating.BASE)
    with pytest.raises(Halted, match="tonne migrate upgrade"):
        await anew(live, entries)


async def test_two_rebuilds_do_not_meet(live: Projection, entries: list[bytes]) -> None:
    held = asyncio.Event()
    written = Written(entries)

    async def slow(position: int, most: int) -> Sequence[bytes]:
        held.set()
        await asyncio.Event().wait()
        return await written.entries(position, most)

    first = asyncio.create_task(rebuild(live.engine, "", slow, lambda: len(entries)))
    await held.wait()
    with pytest.raises(Halted, match="another rebuild"):
        await anew(live, entries)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert (await anew(live, entries)).differing == {}


@pytest.mark.parametrize("step", ["_furnish", "differing", "replace", "there", "remove"])
async def test_whoever_dies_half_way_leaves_the_old_tables_whole(
    live: Projection, entries: list[bytes], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    done = getattr(Beside, step)
    calls: list[int] = []

    def die(self: Beside, *given: object) -> None:
        calls.append(1)
        if step == "remove" and len(calls) == 1:
            done(self, *given)  # at the beginning, and dies at the end
            return
        if step == "replace":
            done(self, *given)
        raise KeyError("dead")

    before = live.contents()
    with monkeypatch.context() as patch:
        patch.setattr(Beside, step, die)
        with pytest.raises(KeyError, match="dead"):
            await anew(live, entries)
    assert leftovers(live.engine)
    assert live.contents() == before
    follow(live, entries[300:])
    assert live.contents() == contents(entries)
    report = await anew(live, entries)
    assert (report.compared, report.differing) == (len(entries), {})
    assert not leftovers(live.engine)
    assert migrating.check(live.engine) == []


@contextmanager
def answer_lost(statement: str) -> Iterator[list[int]]:
    """Commit the transaction of a statement, and lose the server's word that it did."""
    lost: list[int] = []

    def seen(connection: Connection, _: object, asked: str, *__: object) -> None:
        if asked.startswith(statement):
            connection.info["doomed"] = True

    def commit(connection: Connection) -> None:
        if connection.info.pop("doomed", False) and not lost:
            lost.append(1)
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.commit()
            raise OperationalError("COMMIT", None, RuntimeError("the connection is lost"))

    event.listen(Engine, "before_cursor_execute", seen)
    event.listen(Engine, "commit", commit)
    yield lost
    event.remove(Engine, "before_cursor_execute", seen)
    event.remove(Engine, "commit", commit)


async def test_a_switch_whose_answer_was_lost_is_done_once(
    live: Projection, entries: list[bytes]
) -> None:
    spoil(live.engine, HELD)
    with answer_lost("DROP TABLE ") as lost:
        report = await anew(live, entries)
    assert lost
    assert set(report.differing) == {"holdings"}
    assert live.contents() == contents(entries[:300])
    assert not leftovers(live.engine)


async def test_who_may_read_the_old_may_read_the_new(
    live: Projection, entries: list[bytes]
) -> None:
    with live.engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS an_auditor"))
        connection.execute(text("CREATE ROLE an_auditor"))
        connection.execute(text("GRANT SELECT ON movements TO an_auditor"))
        connection.execute(text("GRANT SELECT ON lots TO PUBLIC"))
    try:
        await anew(live, entries)
        may = "SELECT has_table_privilege('an_auditor', :table, :act)"
        with live.engine.connect() as connection:
            asked = [("movements", "SELECT"), ("lots", "SELECT"), ("rules", "SELECT")]
            asked += [("movements", "INSERT")]
            told = [
                connection.scalar(text(may), {"table": table, "act": act}) for table, act in asked
            ]
        assert told == [True, True, False, False]
    finally:
        with live.engine.begin() as connection:
            connection.execute(text("DROP OWNED BY an_auditor"))
            connection.execute(text("DROP ROLE an_auditor"))


async def test_what_others_built_on_the_tables_is_not_dropped(
    live: Projection, entries: list[bytes]
) -> None:
    with live.engine.begin() as connection:
        connection.execute(text("CREATE VIEW mine AS SELECT count(*) FROM movements"))
    with pytest.raises(Halted, match="view mine depends on table movements"):
        await anew(live, entries)
    assert live.contents() == contents(entries[:300])


class Reader(threading.Thread):
    """Reads pages of the tables, one after another, and holds each against its cursor."""

    def __init__(self, engine: Engine, entries: list[bytes]) -> None:
        super().__init__()
        self._engine = engine
        self._moves = [0, *accumulate(map(_moves, entries))]
        self._issued = [0, *accumulate(map(_issued, entries))]
        self.over = threading.Event()
        self.pages: list[int] = []
        self.wrong: list[object] = []

    @override
    def run(self) -> None:
        try:
            while not self.over.is_set():
                self._look()
        except BaseException as fault:
            self.wrong.append(fault)
            raise

    def _look(self) -> None:
        counted = [select(func.count()).select_from(table) for table in (commands, movements)]
        held = select(func.coalesce(func.sum(holdings.c.last - holdings.c.first + 1), 0))
        with snapshot(self._engine) as connection:
            position = cursor_of(connection).position
            found = [connection.scalar(one) for one in (*counted, held)]
        wanted = [position, self._moves[position], self._issued[position]]
        if found != wanted:
            self.wrong.append((position, found, wanted))
        self.pages.append(position)


def _moves(raw: bytes) -> int:
    return sum(len(happened.postings) for happened in decode(raw).events)


def _issued(raw: bytes) -> int:
    return sum(
        posting.last - posting.first + 1
        for happened in decode(raw).events
        for posting in happened.postings
        if isinstance(posting, CreditPosting) and posting.source.startswith("ISS:")
    )


async def test_readers_see_the_old_or_the_new_and_never_a_half(
    opened: Callable[..., Engine], tables: str, entries: list[bytes]
) -> None:
    engine = opened(tables)
    (projection,) = views.followers(engine)
    written = Written(entries)
    follow(projection, entries[:50])
    readers = [Reader(engine, entries) for _ in range(3)]
    going = threading.Event()

    def write() -> None:
        for position in range(50, len(entries), 3):
            some = entries[position : position + 3]
            projection.follow(some, written.cursor(position + len(some)))
            going.set()

    writer = threading.Thread(target=write)
    for thread in (writer, *readers):
        thread.start()
    await asyncio.to_thread(going.wait)
    reports: list[Report] = []
    while writer.is_alive() or len(reports) < 3:
        room = ("", "transfer", "ledger")[len(reports) % 3]
        reports.append(await anew(projection, entries, room))
    for reader in readers:
        reader.over.set()
    for thread in (writer, *readers):
        thread.join()
    assert [wrong for reader in readers for wrong in reader.wrong] == []
    assert all(len(set(reader.pages)) > 5 for reader in readers), "they were served meanwhile"
    assert [report.differing for report in reports] == [{}] * len(reports)
    assert all(report.compared is not None for report in reports)
    assert projection.contents() == contents(entries)
    assert migrating.check(engine) == []
