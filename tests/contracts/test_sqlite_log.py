"""The log in a file keeps the contract of a log, and says clearly what is wrong with its file."""

import asyncio
import os
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import LedgerFault, Log, LogDamaged, LogInUse, LogUnavailable
from tests.contracts.log_contract import DurableLogContract, Opened, noted, turns, values


def in_another_process(work: Callable[[], str]) -> str:
    """Run in a child that shares nothing but the disk; return what it says."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            said = work()
        except BaseException as wrong:  # noqa: BLE001 - the parent is told, whatever it was
            said = f"{type(wrong).__name__}: {wrong}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(pid, 0)
    return told


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[SqliteLog]:
    log = SqliteLog(tmp_path / "registry.db")
    yield log
    await log.close()


@pytest.fixture
async def reopened(tmp_path: Path) -> AsyncIterator[Opened]:
    logs = []

    async def reopen() -> Log:
        logs.append(SqliteLog(tmp_path / "registry.db"))
        return logs[-1]

    yield reopen
    for log in logs:
        await log.close()


class TestSqliteLog(DurableLogContract):
    """Everything that the contract says; what follows is said of this adapter alone."""


# ------------------------------------------------------------------------------- how it is set up


async def test_every_commit_is_on_the_disk_and_the_file_is_ours_alone(log: SqliteLog) -> None:
    def pragma(name: str) -> object:
        return log._database.execute(f"PRAGMA {name}").fetchone()[0]

    await log.submit([b"a"])
    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2
    assert pragma("locking_mode") == "exclusive"
    assert pragma("application_id") == 0x746F6E6E


async def test_a_second_process_is_refused_and_told_where_to_go(log: SqliteLog) -> None:
    await log.submit([b"a"])

    def intrude() -> str:
        SqliteLog(log.path)
        return "opened"

    told = in_another_process(intrude)
    assert told.startswith("LogInUse: ")
    assert "in use by another process; go through its server" in told
    assert await log.submit([b"b"]) == 1


async def test_a_second_process_is_refused_from_the_first_moment_on(log: SqliteLog) -> None:
    assert in_another_process(lambda: str(SqliteLog(log.path))).startswith("LogInUse: ")


async def test_a_log_that_was_there_before_is_locked_from_the_first_moment_on(
    tmp_path: Path,
) -> None:
    await SqliteLog(tmp_path / "registry.db").close()
    log = SqliteLog(tmp_path / "registry.db")
    assert in_another_process(lambda: str(SqliteLog(log.path))).startswith("LogInUse: ")
    assert in_another_process(
        lambda: str(sqlite3.connect(log.path, timeout=0).execute("SELECT * FROM commands"))
    ).startswith("OperationalError: database is locked")
    await log.close()


async def test_a_second_log_in_the_same_process_is_refused(log: SqliteLog) -> None:
    with pytest.raises(LogInUse, match="in use"):
        SqliteLog(log.path)
    assert await log.submit([b"b"]) == 0


async def test_the_file_is_free_as_soon_as_it_is_closed(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "registry.db")
    await log.submit([b"a"])
    await log.close()
    assert in_another_process(lambda: type(SqliteLog(log.path)).__name__) == "SqliteLog"


async def test_records_of_one_turn_share_one_commit(log: SqliteLog) -> None:
    begun: list[str] = []
    log._database.set_trace_callback(begun.append)
    await asyncio.gather(*(log.submit([b"%d" % n]) for n in range(50)), log.propose([b"entry"]))
    assert [text for text in begun if "BEGIN" in text] == ["BEGIN IMMEDIATE"]
    assert len(await log.commands(0, 100)) == 50


# --------------------------------------------------------------------------- what is no log of ours


def test_a_log_that_must_be_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="there is no log at"):
        SqliteLog(tmp_path / "registry.db", create=False)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="unable to open"):
        SqliteLog(tmp_path / "nowhere" / "registry.db")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"Dear registry, " * 400)
    with pytest.raises(LogDamaged, match="no log of ours: file is not a database"):
        SqliteLog(path)
    assert path.read_bytes() == b"Dear registry, " * 400


def test_the_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE commands (name TEXT)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(LogDamaged, match="is a database, but no log of ours"):
        SqliteLog(path)
    assert path.read_bytes() == before
    assert in_another_process(lambda: sqlite3.connect(path).execute("VACUUM").fetchall().__str__())


@pytest.mark.parametrize("kept", [1, 100, 16_384, 16_384 * 3, 16_384 * 9 + 77])
async def test_a_file_that_was_cut_short_is_damaged(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "registry.db"
    log = SqliteLog(path)
    for _ in range(20):
        await log.submit([b"x" * 9_000])
        await log.propose([b"y" * 9_000])
    await log.close()
    os.truncate(path, kept)
    with pytest.raises(LogDamaged, match=r"is damaged|is no log of ours"):
        SqliteLog(path)


def emptied(path: Path) -> Path:
    """Copy a log as it stands, but for its file, which is empty."""
    copy = path.with_name("copy.db")
    Path(f"{copy}-wal").write_bytes(Path(f"{path}-wal").read_bytes())
    copy.touch()
    return copy


async def test_a_file_that_was_emptied_beside_its_tail_is_not_begun_anew(log: SqliteLog) -> None:
    """SQLite takes an empty file for a new database, and throws its write-ahead log away."""
    await log.submit([b"acknowledged"])
    copy = emptied(log.path)
    with pytest.raises(LogDamaged, match=r"copy\.db is empty, but copy\.db-wal is not"):
        SqliteLog(copy)
    assert os.path.getsize(f"{copy}-wal")  # noqa: ASYNC240, PTH202 - a test may block


async def test_a_damaged_page_is_damaged_and_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    log = SqliteLog(path)
    for _ in range(200):
        await log.submit([b"x" * 5_000])
    await log.close()
    with path.open("r+b") as file:
        for page in range(6, 60):
            file.seek(page * 16_384)
            file.write(b"\xa5" * 512)
    with pytest.raises(LogDamaged, match="is damaged"):
        await SqliteLog(path).commands(0, 1000)


async def test_a_refused_file_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.write_bytes(b"no database " * 100)
    with pytest.raises(LogDamaged):
        SqliteLog(path)
    path.unlink()
    log = SqliteLog(path)
    assert await log.submit([b"a"]) == 0
    await log.close()


# --------------------------------------------------------------------------------- when it is full


async def test_a_full_disk_loses_nothing_and_leaves_no_gap(log: SqliteLog) -> None:
    """Everything of the failed commit is refused, and its offsets are given to others later."""
    await log.submit([b"kept"])
    await log.propose([b"kept"])
    log._database.execute("PRAGMA max_page_count=1")  # which means: no page more than now
    failed = await asyncio.gather(
        log.submit([b"x" * 100_000]),
        log.submit([b"small"]),
        log.propose([b"y" * 100_000, b"z"]),
        return_exceptions=True,
    )
    assert [type(wrong) for wrong in failed] == [LogUnavailable] * 3
    assert "full" in str(failed[0])
    assert (await values(log), await noted(log)) == ([b"kept"], [b"kept"])
    log._database.execute("PRAGMA max_page_count=1000000")
    assert await log.submit([b"room", b"again"]) == 1
    await log.propose([b"room"])
    assert [record.offset for record in await log.commands(0, 9)] == [0, 1, 2]
    assert [record.offset for record in await log.entries(0, 9)] == [0, 1]
    assert await log.journal_end() == 2


async def test_a_reader_goes_on_waiting_while_the_disk_is_full(log: SqliteLog) -> None:
    reader = asyncio.ensure_future(log.commands(0, 9))
    log._database.execute("PRAGMA max_page_count=1")
    with pytest.raises(LogUnavailable):
        await log.submit([b"x" * 100_000])
    await turns()
    assert not reader.done()
    log._database.execute("PRAGMA max_page_count=1000000")
    await log.submit([b"a"])
    assert [record.value for record in await reader] == [b"a"]


async def test_a_file_that_becomes_read_only_is_unavailable_until_it_is_not(log: SqliteLog) -> None:
    log._database.execute("PRAGMA query_only=ON")
    with pytest.raises(LogUnavailable, match="readonly"):
        await log.submit([b"a"])
    log._database.execute("PRAGMA query_only=OFF")
    assert await log.submit([b"b"]) == 0


async def test_a_cancelled_submitter_of_a_failed_commit_disturbs_nobody(log: SqliteLog) -> None:
    log._database.execute("PRAGMA max_page_count=1")
    sent = asyncio.ensure_future(log.submit([b"x" * 100_000]))
    other = asyncio.ensure_future(log.submit([b"y"]))
    await turns(1)
    sent.cancel()
    with pytest.raises(LogUnavailable):
        await other
    log._database.execute("PRAGMA max_page_count=1000000")
    assert await log.submit([b"z"]) == 0


@pytest.mark.parametrize("room", [150_000, 400_000, 1_000_000])
def test_writes_that_fail_half_way_leave_whole_commits(tmp_path: Path, room: int) -> None:
    """The kernel refuses every byte above the limit, in the middle of a write too."""
    path = tmp_path / "registry.db"

    def fill() -> str:
        async def append() -> str:
            log = SqliteLog(path)
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
            told, failures = [], 0
            for number in range(400):
                try:
                    told.append(await log.submit([b"%d " % number * 900, b"second"]))
                except LogUnavailable:
                    failures += 1
                    if failures == 5:
                        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
                if failures > 5 or len(told) == 300:
                    break
            assert failures == 5
            assert told == list(range(0, 600, 2))
            await log.propose([b"entry"])
            return f"{told[-1]}"

        return asyncio.run(append())

    assert in_another_process(fill) == "598"

    async def look() -> None:
        log = SqliteLog(path)
        records = await log.commands(0, 10_000)
        assert [record.offset for record in records] == list(range(600))
        assert {record.value for record in records[1::2]} == {b"second"}
        assert await noted(log) == [b"entry"]
        await log.close()

    asyncio.run(look())


def test_a_log_on_a_full_disk_opens_and_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"

    async def begin() -> None:
        log = SqliteLog(path)
        await log.submit([b"a" * 50_000])
        await log.close()

    async def read() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        log = SqliteLog(path)
        (record,) = await log.commands(0, 9)
        try:
            await log.submit([b"b"])
        except LogUnavailable:
            return f"{len(record.value)} read, nothing written"
        return "written"

    asyncio.run(begin())
    told = in_another_process(lambda: asyncio.run(read()))
    assert told == "50000 read, nothing written"


async def test_a_closed_log_answers_that_it_is_unavailable(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "registry.db")
    await log.close()
    for asked in (log.submit([b"a"]), log.propose([b"a"]), log.commands(0, 1), log.journal_end()):
        with pytest.raises(LogUnavailable, match="closed"):
            await asked


async def test_a_log_whose_last_commit_fails_is_closed_all_the_same(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "registry.db")
    log._database.execute("PRAGMA max_page_count=1")
    sent = asyncio.ensure_future(log.submit([b"x" * 100_000]))
    await turns(1)
    try:
        await log.close()
    except LedgerFault as wrong:
        assert isinstance(wrong, LogUnavailable)  # noqa: PT017 - it may also have failed before
    with pytest.raises(LogUnavailable):
        await sent
    again = SqliteLog(tmp_path / "registry.db")
    assert await again.submit([b"a"]) == 0
    await again.close()
