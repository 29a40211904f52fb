"""Where an audit reads from: an exported file, a log that no server has open, or one on Kafka."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from libs.ledger.decider import Record
from libs.ledger.ports import Noted
from services import logs
from services.audit.finding import Wrong
from services.audit.lines import lines, spans

T = TypeVar("T")


class Export:
    """An exported journal: every line must be an entry."""

    noise = False
    generations: Sequence[int] = ()

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
    """A log as it is now: records that are no entries are noise, and the commands stand beside.

    An audit asks for one record after another; whoever reads the log works while it does, and
    waits while the audit thinks.
    """

    noise = True

    def __init__(self, kept: logs.Logs, runner: asyncio.Runner) -> None:
        self._kept = kept
        self._runner = runner
        self.generations: Sequence[int] = kept.generations
        """The generations of the commands log that are kept beside the journal."""

    def records(self) -> Iterator[Noted]:
        """Yield every record of the journal's log, from the first."""
        return self._each(self._kept.journal())

    def again(self) -> "Log":
        """Return the log as it is now, where it goes on meanwhile."""
        return Log(self._runner.run(self._kept.again()), self._runner)

    def size(self) -> int:
        """Return how many records there are, about: a marker of a transaction counts as one."""
        return self._kept.size

    def commands(self) -> Iterator[Record]:
        """Yield every command record, generation after generation."""
        for generation in self.generations:
            yield from self._each(self._kept.commands(generation))

    def _each(self, batches: AsyncIterator[Sequence[T]]) -> Iterator[T]:
        async def following() -> Sequence[T] | None:
            return await anext(batches, None)

        while (some := self._runner.run(following())) is not None:
            yield from some


@contextmanager
def opened(export: Path | None, url: str, ledger: str) -> Iterator[Export | Log]:
    """Open what is to be audited; raise LogInUse where a server has the log."""
    if export is not None:
        yield Export(export)
        return
    with asyncio.Runner() as runner:
        closing = AsyncExitStack()
        kept = runner.run(closing.enter_async_context(logs.opened(url, ledger)))
        try:
            if not kept.size:
                raise Wrong(0, "empty", "the journal has no entry")
            yield Log(kept, runner)
        finally:
            runner.run(closing.aclose())
