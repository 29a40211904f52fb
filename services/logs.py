"""What is kept of a ledger, read from end to end: its logs by their address, or a copy of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, Self

from libs.ledger.decider import Record
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Log, Noted
from services.settings import brokers, settings, sqlite_file

BATCH = 2000


class Kept(Protocol):
    """A journal's log and the commands beside it, as they were when they were opened."""

    @property
    def generations(self) -> Sequence[int]:
        """The generations of the commands log that are here, oldest first."""

    @property
    def size(self) -> int:
        """How many places the journal's log has."""

    def journal(self) -> AsyncIterator[Sequence[Noted]]:
        """Yield every record of the journal's log: entries, and noise."""

    def commands(self, generation: int, offset: int = 0) -> AsyncIterator[Sequence[Record]]:
        """Yield the command records of a generation from an offset on."""

    async def moved(self) -> bool:
        """Say whether anything was appended since."""


class Logs:
    """The logs of a ledger: one journal, and every generation of its commands log that is here."""

    def __init__(self, logs: Sequence[Log], size: int, ends: Sequence[int]) -> None:
        # An older generation without a record is none: the ledger came here after it.
        known = {
            log.generation: (log, end)
            for log, end in zip(logs, ends, strict=True)
            if end or log is logs[-1]
        }
        self._logs = logs
        self.newest = logs[-1]
        self.generations: Sequence[int] = tuple(known)
        self.size = size
        self._known = known

    @classmethod
    async def of(cls, logs: Sequence[Log]) -> Self:
        """Return logs, oldest generation first, as they are now.

        The journal's end is taken first, so that every entry's command is among the commands.
        """
        size = await logs[-1].journal_end()
        return cls(logs, size, [await log.commands_end() for log in logs])

    async def journal(self) -> AsyncIterator[Sequence[Noted]]:
        """Yield every record of the journal's log, past whatever holds none."""
        offset = 0
        while offset < self.size:
            records = await self.newest.entries(offset, BATCH)
            offset = records[-1].offset + 1
            yield [record for record in records if record.offset < self.size]

    async def commands(self, generation: int, offset: int = 0) -> AsyncIterator[Sequence[Record]]:
        """Yield the command records of a generation, past whatever holds none."""
        log, end = self._known[generation]
        while offset < end:
            records = await log.commands(offset, BATCH)
            offset = records[-1].offset + 1
            yield [record for record in records if record.offset < end]

    async def again(self) -> Self:
        """Return the same logs as they are now."""
        return await self.of(self._logs)

    async def moved(self) -> bool:
        """Say whether anything was appended since these logs were opened."""
        if await self.newest.journal_end() != self.size:
            return True
        return any([await log.commands_end() != end for log, end in self._known.values()])


@asynccontextmanager
async def opened(url: str, ledger: str) -> AsyncIterator[Logs]:
    """Open the logs at an address, as they are now.

    Raises LogInUse where a process has the file, LogUnavailable where there are none.
    """
    logs: Sequence[Log] = ()
    try:
        if brokers(url) is None:
            logs = [SqliteLog(sqlite_file(url), create=False)]
        else:
            logs = await _on_kafka(url, ledger)
        yield await Logs.of(logs)
    finally:
        for log in logs:
            await log.close()


async def _on_kafka(url: str, ledger: str) -> Sequence[Log]:
    from libs.ledger.log.kafka import KafkaLog, generations  # noqa: PLC0415 - needs the extra `kafka`
    from libs.ledger.log.topics import names  # noqa: PLC0415 - the same
    from services.member import broker_of  # noqa: PLC0415 - the same

    broker = broker_of(settings(log=url))
    newest = await KafkaLog.open(broker, ledger)
    older = generations(ledger, await names(broker))[:-1]
    return [*(KafkaLog(broker, ledger, number) for number in older), newest]
