"""Tables that another process fills: how far they are, asked once for all who wait."""

import asyncio

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from libs.edge.cursors import cursor_of

POLL_SECONDS = 0.01


class Tables:
    """Knows how far the tables of a database have followed the journal, while anybody asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._position = -1
        self._moved = asyncio.Condition()
        self._waiting = 0
        self._watch: asyncio.Task[None] | None = None

    async def reached(self, position: int) -> None:
        """Wait until the tables have taken every entry below a position; may be cancelled."""
        if self._position >= position:
            return
        self._waiting += 1
        try:
            if self._watch is None or self._watch.done():
                self._watch = asyncio.create_task(self._look(), name="tables")
            async with self._moved:
                await self._moved.wait_for(lambda: self._position >= position)
        finally:
            self._waiting -= 1

    async def _look(self) -> None:
        """Look again and again while anybody waits; a database that is down is waited for."""
        while self._waiting:
            position = await asyncio.to_thread(self._read)
            if position > self._position:
                async with self._moved:
                    self._position = position
                    self._moved.notify_all()
            await asyncio.sleep(POLL_SECONDS)

    def _read(self) -> int:
        try:
            with self._engine.connect() as connection:
                return cursor_of(connection).position
        except SQLAlchemyError:
            return -1
