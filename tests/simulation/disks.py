"""The disks of the simulated world: two lists, or a real file whose write-ahead log is torn."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Protocol

from libs.ledger.decider import Record
from libs.ledger.log.sqlite import SqliteLog


class Disk(Protocol):
    """Both logs, as the world sees them."""

    commands: list[Record]
    journal: list[bytes]

    def submit(self, records: Sequence[bytes]) -> int:
        """Append command records; return the offset of the first."""

    def propose(self, entries: Sequence[bytes]) -> None:
        """Append to the journal."""

    def close(self) -> None:
        """Let go of it."""


class ListDisk:
    """Both logs as lists: what is appended is durable at once."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self.commands: list[Record] = []
        self.journal: list[bytes] = []

    def submit(self, records: Sequence[bytes]) -> int:
        """Append command records; return the offset of the first."""
        first = len(self.commands)
        now_ms = self._now_ms()
        self.commands += [
            Record(0, first + number, now_ms, record) for number, record in enumerate(records)
        ]
        return first

    def propose(self, entries: Sequence[bytes]) -> None:
        """Append to the journal."""
        self.journal += entries

    def close(self) -> None:
        """Let go of it."""


class FileDisk:
    """Both logs in the registry's own file; a power cut tears what was being written."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self.commands: list[Record] = []
        self.journal: list[bytes] = []
        self._folder = Path(tempfile.mkdtemp(prefix="tonne-simulation-"))
        self._generation = 0
        self._loop = asyncio.new_event_loop()
        self._log = SqliteLog(self._path, now_ms)

    @property
    def _path(self) -> Path:
        return self._folder / f"{self._generation}.db"

    def submit(self, records: Sequence[bytes]) -> int:
        """Append command records, and read them back."""
        first = self._loop.run_until_complete(self._log.submit(records))
        self.commands += self._loop.run_until_complete(self._log.commands(first, len(records)))
        return first

    def propose(self, entries: Sequence[bytes]) -> None:
        """Append to the journal, and read it back."""
        end = len(self.journal)
        self._loop.run_until_complete(self._log.propose(entries))
        self.journal += [
            record.value
            for record in self._loop.run_until_complete(self._log.entries(end, len(entries)))
        ]

    def power_cut(self, chance: Random, records: Sequence[bytes], entries: Sequence[bytes]) -> bool:
        """Lose power in the middle of a commit; return whether it survived. The rest must."""
        wal = Path(f"{self._path}-wal")
        before = wal.stat().st_size
        held = (list(self.commands), list(self.journal))

        async def both() -> None:
            await asyncio.gather(self._log.submit(records), self._log.propose(entries))

        self._loop.run_until_complete(both())
        after = wal.stat().st_size
        torn = wal.read_bytes()
        if after > before:
            torn = torn[: chance.randrange(before, after + 1)]
            if chance.random() < 0.5:
                torn += chance.randbytes(chance.randrange(0, 3000))
        left = self._path.read_bytes()
        self._loop.run_until_complete(self._log.close())
        self._generation += 1
        self._path.write_bytes(left)
        Path(f"{self._path}-wal").write_bytes(torn)
        self._log = SqliteLog(self._path, self._now_ms)
        self._reread()
        lost = (self.commands, self.journal) == held
        kept = (
            [record.value for record in self.commands[len(held[0]) :]] == list(records)
            and self.journal[len(held[1]) :] == list(entries)
            and (self.commands[: len(held[0])], self.journal[: len(held[1])]) == held
        )
        assert lost or kept, "a power cut left something else than all or nothing of a commit"
        return kept

    def _reread(self) -> None:
        run, log = self._loop.run_until_complete, self._log
        ends = log._command_end, log._journal_end
        self.commands = list(run(log.commands(0, ends[0]))) if ends[0] else []
        self.journal = [r.value for r in run(log.entries(0, ends[1]))] if ends[1] else []

    def close(self) -> None:
        """Let go of the file, and remove it."""
        self._loop.run_until_complete(self._log.close())
        self._loop.close()
        shutil.rmtree(self._folder)
