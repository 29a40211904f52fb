"""Whose turn it is to write tables that several processes could: economy, and never safety.

Of all the processes that share a database one writes: the one that has an advisory lock, on a
connection of its own that ends with the process. Should two believe that it is their turn, each
does the other's work once more, and the cursor says which of it counts.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from libs.edge.database import shared

LOOK_SECONDS = 0.5
"""How often one that waits asks for its turn, and one that writes whether it still has it."""

_log = structlog.get_logger("tonne")
_try = text("SELECT pg_try_advisory_lock(hashtext(:name))")
_held = text(
    "SELECT count(*) FROM pg_locks"
    " WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
)


class Turn:
    """Waits for its turn, lets work run in it, and cancels the work where the turn is lost.

    A file has one process, and always its turn.
    """

    def __init__(self, engine: Engine, name: str, look_seconds: float = LOOK_SECONDS) -> None:
        self.ours = False
        self._engine = engine
        self._name = f"tonne.turn.{name}"
        self._look_seconds = look_seconds
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(
            1, "turn"
        )  # one connection, one thread, one after another

    async def keep(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run work whenever it is our turn, begun anew each time, until it ends or fails by itself.

        When this is cancelled the work is, and the turn goes to whoever waits. Once for each Turn.
        """
        if not shared(self._engine):
            self.ours = True
            await work()
            return
        try:
            while True:
                while not await self._asked(self._take):  # noqa: ASYNC110 - a server is asked
                    await asyncio.sleep(self._look_seconds)
                self._tell(ours=True)
                if await self._ended(work):
                    return
                self._tell(ours=False)
        finally:
            self.ours = False
            # In the same thread, and so behind whatever it is still doing.
            await asyncio.shield(self._asked(self._let_go))
            self._thread.shutdown(wait=False)

    async def _ended(self, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Let the work run; return whether it came to its end, or the turn was lost before."""
        running = asyncio.create_task(work())
        try:
            while not (await asyncio.wait({running}, timeout=self._look_seconds))[0]:
                if not await self._asked(self._has):
                    return False
            running.result()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return True

    def _tell(self, *, ours: bool) -> None:
        self.ours = ours
        _log.info("turn", name=self._name, ours=ours)

    async def _asked(self, question: Callable[[], bool]) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)

    def _take(self) -> bool:
        """Ask for our turn; a database that is away has none to give."""
        try:
            if self._connection is None:
                connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                connection.detach()  # never to be handed to anybody else
                self._connection = connection
            return bool(self._connection.scalar(_try, {"name": self._name}))
        except SQLAlchemyError:
            return self._let_go()

    def _has(self) -> bool:
        """Ask whether we still have it: the server may have ended the connection."""
        assert self._connection is not None
        try:
            return bool(self._connection.scalar(_held))
        except SQLAlchemyError:
            return self._let_go()

    def _let_go(self) -> bool:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()  # it is no pool's any more: the session ends, and its lock
        return False
