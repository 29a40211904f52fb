"""Both logs in one SQLite file: durable at every acknowledgement, one process at a time.

WAL with `synchronous=FULL`: a commit is on the disk before anybody hears of it. There is one
connection, in one thread, and an exclusive lock for as long as the log is open, so the WAL-reset
fault of SQLite before 3.51.3 (two connections writing or checkpointing at once) cannot arise.
Whatever waits when a commit begins goes into it (group commit).
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from libs.ledger.decider import Record
from libs.ledger.ports import LedgerFault, LogDamaged, LogInUse, LogUnavailable, Noted

APPLICATION_ID = 0x746F6E6E
SMALLEST = 512
"""The size of the smallest database; SQLite writes over some files that are smaller."""

SCHEMA = """
CREATE TABLE generation (number INTEGER NOT NULL) STRICT;
CREATE TABLE commands (
    offset INTEGER PRIMARY KEY, appended INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
CREATE TABLE journal (offset INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
"""


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


class SqliteLog:
    """Commands and journal in one file; raises LogInUse where another process has it.

    The calls block the event loop for one fsync (0.1 ms on the machine of `make bench`): handing
    them to a thread costs more than it gains, because nothing may be answered before the disk.
    `generation` is that of a file that is made; one that is there says its own.
    """

    def __init__(
        self,
        path: Path,
        now_ms: Callable[[], int] = _wall_ms,
        *,
        create: bool = True,
        generation: int = 0,
    ) -> None:
        if not create and not path.exists():
            raise LogUnavailable(f"there is no log at {path}")
        self.path = path
        self._now_ms = now_ms
        with self._faults():
            self._database = sqlite3.connect(
                path, isolation_level=None, timeout=0, check_same_thread=False
            )
        try:
            with self._faults():
                _prepare(path, self._database, generation)
                (self.generation,) = self._database.execute(
                    "SELECT number FROM generation"
                ).fetchone()
                self._command_end = self._end("commands")
                self._journal_end = self._end("journal")
        except LedgerFault:
            self._database.close()
            raise
        self._commands: list[tuple[int, int, bytes]] = []
        self._journal: list[tuple[int, bytes]] = []
        self._changed = asyncio.Event()
        self._commit: asyncio.Future[None] | None = None

    async def submit(self, records: Sequence[bytes]) -> int:
        """Append records and return the offset of the first, once they are on the disk."""
        first = self._command_end
        appended = self._now_ms()
        self._commands.extend(
            (first + number, appended, record) for number, record in enumerate(records)
        )
        self._command_end += len(records)
        await self._committed()
        return first

    async def propose(self, entries: Sequence[bytes]) -> None:
        """Append entries; return once they are on the disk."""
        first = self._journal_end
        self._journal.extend((first + number, entry) for number, entry in enumerate(entries))
        self._journal_end += len(entries)
        await self._committed()

    async def commands_end(self) -> int:
        """Return the offset behind the last record of the commands log."""
        return self._end("commands")

    async def commands(self, offset: int, most: int) -> Sequence[Record]:
        """Return records from the offset on; wait until there is one."""
        while True:
            with self._faults():
                rows = self._database.execute(
                    "SELECT offset, appended, value FROM commands WHERE offset >= ?"
                    " ORDER BY offset LIMIT ?",
                    (offset, most),
                ).fetchall()
            if rows:
                return [Record(self.generation, *row) for row in rows]
            await self._changed.wait()

    async def entries(self, offset: int, most: int) -> Sequence[Noted]:
        """Return records of the journal from the offset on; wait until there is one."""
        while True:
            with self._faults():
                rows = self._database.execute(
                    "SELECT offset, value FROM journal WHERE offset >= ? ORDER BY offset LIMIT ?",
                    (offset, most),
                ).fetchall()
            if rows:
                return [Noted(*row) for row in rows]
            await self._changed.wait()

    async def journal_end(self) -> int:
        """Return the offset behind the last record of the journal."""
        with self._faults():
            return self._end("journal")

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        try:
            if self._commands or self._journal:
                await self._committed()
        finally:
            self._database.close()

    def _end(self, table: str) -> int:
        ask = f"SELECT COALESCE(MAX(offset) + 1, 0) FROM {table}"  # noqa: S608 - our own two names
        (end,) = self._database.execute(ask).fetchone()
        return int(end)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as wrong:
            raise _fault(self.path, wrong) from wrong

    def _committed(self) -> asyncio.Future[None]:
        """Return what ends when everything that waits now is on the disk."""
        if self._commit is None:
            loop = asyncio.get_running_loop()
            self._commit = loop.create_future()
            loop.call_soon(self._write)
        return asyncio.shield(self._commit)

    def _write(self) -> None:
        done, self._commit = self._commit, None
        commands, self._commands = self._commands, []
        journal, self._journal = self._journal, []
        if done is None:
            return
        try:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                if commands:
                    self._database.executemany("INSERT INTO commands VALUES (?, ?, ?)", commands)
                if journal:
                    self._database.executemany("INSERT INTO journal VALUES (?, ?)", journal)
        except (sqlite3.Error, MemoryError) as wrong:
            # Nothing of this batch is in the log, and nothing else waits: its offsets are free.
            self._command_end -= len(commands)
            self._journal_end -= len(journal)
            done.set_exception(_fault(self.path, wrong))
            done.exception()
        else:
            done.set_result(None)
            self._changed.set()
            self._changed = asyncio.Event()


def _prepare(path: Path, database: sqlite3.Connection, generation: int) -> None:
    size, wal = path.stat().st_size, Path(f"{path}-wal")
    if not size and wal.exists() and wal.stat().st_size:
        raise LogDamaged(f"{path} is empty, but {wal.name} is not: restore a copy of both")
    if 0 < size < SMALLEST:
        raise LogDamaged(f"{path} is no log of ours: it has {size} bytes")
    database.execute("PRAGMA locking_mode=EXCLUSIVE")
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (tables,) = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and tables:
        raise LogDamaged(f"{path} is a database, but no log of ours")
    database.execute("PRAGMA page_size=16384")
    (mode,) = database.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise LogUnavailable(f"{path} cannot have a write-ahead log here (it stays in {mode})")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA wal_autocheckpoint=250")
    database.execute("BEGIN IMMEDIATE")  # takes the lock, though a log that is there is not written
    if application != APPLICATION_ID:
        database.execute(f"PRAGMA application_id={APPLICATION_ID}")
        for statement in SCHEMA.split(";\n"):
            database.execute(statement)
        database.execute("INSERT INTO generation VALUES (?)", (generation,))
    database.execute("COMMIT")


def _fault(path: Path, wrong: Exception) -> LogInUse | LogUnavailable | LogDamaged:
    """Say what an error of SQLite means; the module's own errors carry no name."""
    name = getattr(wrong, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LogInUse(f"{path} is in use by another process; go through its server (--server)")
    if name == "SQLITE_NOTADB":
        return LogDamaged(f"{path} is no log of ours: {wrong}")
    if name.startswith("SQLITE_CORRUPT"):
        return LogDamaged(f"{path} is damaged: {wrong}; restore a copy")
    return LogUnavailable(f"{path}: {wrong}")
