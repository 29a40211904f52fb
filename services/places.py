"""The places that a ledger may be moved to: a file, or topics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Log
from services.logs import Kept, Logs
from services.moving import Target, TargetDiffers
from services.settings import Settings, SettingsFault, sqlite_file


class FileTarget:
    """A file that is made; or one that a copy into it was interrupted in."""

    def __init__(self, url: str, generation: int) -> None:
        self.url = url
        self._path: Path = sqlite_file(url)
        self._generation = generation

    @asynccontextmanager
    async def looked(self) -> AsyncIterator[Kept | None]:
        """Open the file where it is there."""
        if not self._path.parent.is_dir():
            raise SettingsFault(f"there is no folder {self._path.parent} to write into")
        if not self._path.exists():
            yield None
            return
        async with self.made() as log:
            yield await Logs.of([log])

    @asynccontextmanager
    async def made(self) -> AsyncIterator[Log]:
        """Open the file, or make it."""
        log = SqliteLog(self._path, generation=self._generation)
        try:
            if log.generation != self._generation:
                raise TargetDiffers(
                    f"{self._path} is generation {log.generation} of a commands log, not"
                    f" {self._generation}: name a new file"
                )
            yield log
        finally:
            await log.close()

    async def settle(self) -> None:
        """Do nothing: a file serves whoever opens it."""


def place(url: str, chosen: Settings, generation: int, copies: int) -> Target:
    """Return the place at an address; `copies` is how often its topics are to be kept."""
    if chosen.brokers is None:
        return FileTarget(url, generation)
    from services.generations import TopicsTarget  # noqa: PLC0415 - needs the extra `kafka`

    return TopicsTarget(url, chosen, generation, copies)
