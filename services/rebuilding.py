"""Tables made anew from the journal while the old ones are read and followed, then put in place."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from hashlib import sha256
from typing import TypeAlias, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, text

from libs.edge.beside import Beside
from libs.edge.cursors import START, VIEWS, Stand, place, stand_of
from libs.edge.database import TablesUnavailable, connect, reaching
from libs.edge.projection import Projection
from libs.edge.schema import shape
from libs.ledger.ports import Cursor, Halted
from services import views

T = TypeVar("T")
Entries: TypeAlias = Callable[[int, int], Awaitable[Sequence[bytes]]]
"""Accepted entries from a position on, so many at most; waits until there is one."""

BATCH = 10_000
TRIES, REST_SECONDS = 60, 0.5
"""How often the old tables are asked for, and how long their readers have them in between."""

HEAD_SECONDS = 10
"""How long the journal may be behind the live tables: they may have read it a little sooner."""

HOLDING = {
    "lock_timeout": "2s",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild came to: `position` behind the last entry, and the tables that differed.

    `compared` is the position at which the old tables were held against the new; None where the
    old ones had nothing, or had followed something else.
    """

    rooms: tuple[str, ...]
    position: int
    seconds: float
    compared: int | None
    differing: dict[str, str]


async def rebuild(
    engine: Engine,
    room: str,
    entries: Entries,
    head: Callable[[], int],
    told: Callable[[int], None] = lambda _: None,
) -> Report:
    """Make the tables of a room anew, or of all for ``""``, and put them in the place of the old.

    The old ones are followed and read until the new ones are as far, indexes and all, and wait
    only while the two change places. `head` says how far the journal goes, `told` hears the
    progress. Raises Halted where another rebuild runs, or where the old tables followed something
    else and one room alone would part from the others.
    """
    started = time.monotonic()
    live = connect(engine.url, name="tonne rebuild", settings=HOLDING)
    try:
        async with _alone(live):
            one = await asyncio.to_thread(_Rebuild, live, room, entries, head, told)
            compared, differing = await one.run()
    finally:
        live.dispose()
    return Report(
        rooms=(room,) if room else tuple(views.ROOMS),
        position=one.anew.cursor().position,
        seconds=round(time.monotonic() - started, 3),
        compared=compared,
        differing=differing,
    )


class _Rebuild:
    def __init__(
        self,
        live: Engine,
        room: str,
        entries: Entries,
        head: Callable[[], int],
        told: Callable[[int], None],
    ) -> None:
        self._live, self._room = live, room
        self._entries, self._head, self._told = entries, head, told
        parts = views.parts(room)
        self._beside = Beside(live, [table for part in parts for table in part.tables])
        self._beside.prepare()
        self.anew = Projection(VIEWS, self._beside.engine, parts)
        every = [table for part in views.parts() for table in part.tables]
        self._shape = shape(every, live.dialect.name)

    async def run(self) -> tuple[int | None, dict[str, str]]:
        """Fill the tables, compare them, put them in place; return what the comparison found."""
        try:
            with _no_cycles():
                await self._meet(await asyncio.to_thread(self._stand))
            await asyncio.to_thread(self._beside.furnish)
            await self._meet(await asyncio.to_thread(self._stand))
            compared, differing = await _patiently(self._compare)
            await _patiently(self._switch)
            return compared, differing
        finally:
            self._beside.engine.dispose()

    async def _compare(self) -> tuple[int | None, dict[str, str]]:
        """Hold both against each other at one position, in a snapshot; nobody waits for that."""
        with self._live.connect() as seen:
            async with _still(self._live) as connection:
                same = await self._meet(await asyncio.to_thread(stand_of, connection, VIEWS))
                seen.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                seen.execute(text("SELECT 1"))  # from here on it sees what is now
            if not same:
                return None, {}
            differing = await asyncio.to_thread(self._beside.differing, seen)
            return self.anew.cursor().position, dict(differing)

    async def _switch(self) -> None:
        """Come to where the old tables are, which stand still, and take their place."""
        async with _still(self._live) as connection:
            await self._meet(await asyncio.to_thread(stand_of, connection, VIEWS))
            await asyncio.to_thread(self._put, connection)

    def _put(self, connection: Connection) -> None:
        if not self._beside.there(connection):
            return  # it was done before, and the answer was lost
        # Whoever reads has a lock on the cursors from its first word on, and sees one or the other.
        connection.execute(text("LOCK TABLE cursors IN ACCESS EXCLUSIVE MODE"))
        self._beside.replace(connection)
        place(connection, VIEWS, self._shape, self.anew.cursor())
        connection.commit()

    async def _meet(self, stand: Stand | None) -> bool:
        """Follow the journal to where the old tables are; say whether they came there on it.

        Where they have nothing, or are ahead of the journal, they say nothing: we go to its end.
        """
        old = START if stand is None else stand.cursor
        silent = not (self._room or old.position)
        await self._load(self._head() if silent or not await self._has(old) else old.position)
        same = not silent and self.anew.cursor() == old
        if self._room and (not same or stand is None or stand.shape != self._shape):
            raise Halted("the tables are of another journal or version: rebuild all rooms")
        return same

    async def _has(self, cursor: Cursor) -> bool:
        """Say whether the journal goes as far, or does soon: it may be read a little later here."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEAD_SECONDS):
                while self._head() < cursor.position:  # noqa: ASYNC110 - it calls nobody
                    await asyncio.sleep(0.05)
        return self._head() >= cursor.position

    async def _load(self, until: int) -> None:
        while (position := self.anew.cursor().position) < until:
            some = await self._entries(position, min(BATCH, until - position))
            after = Cursor(position + len(some), sha256(some[-1]).hexdigest())
            await asyncio.to_thread(self.anew.follow, some, after)
            self._told(after.position)

    def _stand(self) -> Stand | None:
        with reaching(), self._live.connect() as connection:
            return stand_of(connection, VIEWS)


@asynccontextmanager
async def _alone(live: Engine) -> AsyncIterator[None]:
    """Be the only rebuild of this database; the lock ends with this process."""
    with reaching(), live.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        ours = text("SELECT pg_try_advisory_lock(hashtext('tonne.rebuild'))")
        if not connection.scalar(ours):
            raise Halted("another rebuild of these tables is running")
        try:
            yield
        finally:
            connection.invalidate()  # the lock is the session's


@asynccontextmanager
async def _still(live: Engine) -> AsyncIterator[Connection]:
    """Let the old tables stand still, readable: their follower waits until the block ends."""
    with reaching():
        connection = await asyncio.to_thread(live.connect)
        try:
            wanted = text("LOCK TABLE cursors IN EXCLUSIVE MODE")
            await asyncio.to_thread(connection.execute, wanted)
            yield connection
        finally:
            await asyncio.to_thread(connection.close)


async def _patiently(act: Callable[[], Awaitable[T]]) -> T:
    """Try again where the old tables were not given up in time; let their readers go first."""
    for _ in range(TRIES):
        try:
            return await act()
        except TablesUnavailable:
            await asyncio.sleep(REST_SECONDS)
    return await act()


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Look for no garbage meanwhile: what is made here has no cycles, and the search costs most."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
