"""Where an audit reads from: an exported file, or a log that no server has open."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from libs.ledger.decider import Record
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Noted
from services.audit.finding import Wrong
from services.audit.lines import lines, spans

BATCH = 5000


class Export:
    """An exported journal: every line must be an entry."""

    noise = False
    generation: int | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        (self._span,) = spans(path, 1)

    def records(self) -> Iterator[Noted]:
        """Yield every line, from the first."""
        for offset, line in enumerate(lines(self.path, self._span)):
            yield Noted(offset, line)

    def size(self) -> int:
        """Return how many lines there are, about: by the length of the first thousand."""
        total, count = 0, 0
        for record in self.records():
            total, count = total + len(record.value) + 1, count + 1
            if count == 1000:  # noqa: PLR2004 - a sample
                break
        return (self._span[1] - self._span[0]) * count // total

    def commands(self) -> Iterator[Record]:
        """Yield nothing: an export has no commands log beside it."""
        return iter(())


class Log:
    """A log: records that are no entries are noise, and the commands stand beside."""

    noise = True

    def __init__(self, log: SqliteLog) -> None:
        self._log = log
        self.generation: int | None = log.generation
        """The generation of the commands log that is kept beside the journal."""

    def records(self) -> Iterator[Noted]:
        """Yield every record of the journal's log, from the first."""
        return self._log.every_entry()

    def size(self) -> int:
        """Return how many records there are."""
        return self._log.journal_count()

    def commands(self) -> Iterator[Record]:
        """Yield every command record of this generation."""
        return self._log.every_command()


@contextmanager
def opened(export: Path | None, log: Path) -> Iterator[Export | Log]:
    """Open what is to be audited; raise LogInUse where a server has the log."""
    if export is not None:
        yield Export(export)
        return
    source = SqliteLog(log, create=False)
    try:
        if not source.journal_count():
            raise Wrong(0, "empty", "the journal has no entry")
        yield Log(source)
    finally:
        asyncio.run(source.close())
