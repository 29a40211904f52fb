"""A journal that is written as far as a test says, and what follows it as a feed."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import cast

from libs.edge.projection import Projection
from libs.ledger import follower
from libs.ledger.entry import GENESIS
from libs.ledger.follower import Feed, Pace
from libs.ledger.ports import Cursor


class Written:
    """Entries of a journal, readable up to `end`."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self._entries = entries
        self._grew = asyncio.Event()
        self.end = len(entries)

    @property
    def position(self) -> int:
        """How far the journal is written."""
        return self.end

    def grow(self, end: int) -> None:
        """Write on."""
        self.end = end
        self._grew.set()
        self._grew = asyncio.Event()

    def cursor(self, position: int) -> Cursor:
        """Return the cursor behind so many entries."""
        if not position:
            return Cursor(0, GENESIS)
        return Cursor(position, sha256(self._entries[position - 1]).hexdigest())

    async def entries(self, position: int, most: int) -> Sequence[bytes]:
        """Return entries from a position on, or wait for one."""
        while position >= self.end:
            await self._grew.wait()
        return self._entries[position : min(position + most, self.end)]

    async def follow(self, projection: Projection) -> None:
        """Let a projection follow, as the processes do."""
        await follower.follow(projection, cast("Feed", self), Pace())

    async def followed(self, projection: Projection, position: int) -> None:
        """Wait until a projection is there."""
        async with asyncio.timeout(30):
            while projection.cursor().position < position:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.005)
