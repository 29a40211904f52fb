"""Both logs in memory: for tests, simulation, and looking at an exported journal."""

import asyncio
from collections.abc import Sequence

from libs.ledger.decider import Record
from libs.ledger.ports import Noted


class MemoryLog:
    """Commands and journal as two lists; durable only as long as the process."""

    def __init__(self, now_ms: int = 0, generation: int = 0) -> None:
        self.generation = generation
        self.now_ms = now_ms
        self.records: list[Record] = []
        self.journal: list[bytes] = []
        self._changed = asyncio.Event()

    async def submit(self, records: Sequence[bytes]) -> int:
        """Append records, stamped with the log's own time."""
        first = len(self.records)
        self.records.extend(
            Record(self.generation, first + number, self.now_ms, record)
            for number, record in enumerate(records)
        )
        self._wake()
        return first

    async def commands_end(self) -> int:
        """Return how many records there are."""
        return len(self.records)

    async def commands(self, offset: int, most: int) -> Sequence[Record]:
        """Return records from the offset on; wait until there is one."""
        while offset >= len(self.records):
            await self._changed.wait()
        return self.records[offset : offset + most]

    async def propose(self, entries: Sequence[bytes]) -> None:
        """Append entries."""
        self.journal.extend(entries)
        self._wake()

    async def entries(self, offset: int, most: int) -> Sequence[Noted]:
        """Return records of the journal from the offset on; wait until there is one."""
        while offset >= len(self.journal):
            await self._changed.wait()
        return [
            Noted(offset + number, value)
            for number, value in enumerate(self.journal[offset : offset + most])
        ]

    async def journal_end(self) -> int:
        """Return how many records the journal has."""
        return len(self.journal)

    async def close(self) -> None:
        """Do nothing: there is nothing to keep."""

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
