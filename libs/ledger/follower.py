"""Followers: whatever is made of the journal, each with a cursor of its own."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from hashlib import sha256

from libs.ledger.entry import GENESIS
from libs.ledger.ports import Cursor, Follower, Halted, Journal, LedgerFault, LogUnavailable, Noted
from libs.ledger.replica import Replica

BATCH = 2000
RETRY_SECONDS = 0.5
BREATH_SECONDS = 0.02


class Feed:
    """Verified entries by position, read from the journal's log past whatever is noise there."""

    def __init__(self, journal: Journal, replica: Replica) -> None:
        self._journal = journal
        self._replica = replica
        self._moved = asyncio.Event()
        self._fault: LedgerFault | None = None

    @property
    def position(self) -> int:
        """The position behind the last entry that is accepted, and what we decide ourselves."""
        return self._replica.verified

    def heard(self) -> None:
        """Wake whoever waits for entries."""
        self._moved.set()
        self._moved = asyncio.Event()

    def fail(self, fault: LedgerFault) -> None:
        """Tell whoever waits, and whoever will, that no entry comes any more."""
        self._fault = fault
        self.heard()

    async def entries(self, position: int, most: int) -> Sequence[bytes]:
        """Return accepted entries from a position on; wait until there is one."""
        while position >= self.position:
            if self._fault is not None:
                raise self._fault
            await self._moved.wait()
        most = min(most, self.position - position)
        noise = self._replica.noise_at
        found: list[bytes] = []
        offset = self._offset(position)
        while len(found) < most:
            records: Sequence[Noted] = await self._journal.entries(offset, most - len(found))
            end = records[-1].offset + 1
            skip = frozenset(noise[bisect_left(noise, offset) : bisect_left(noise, end)])
            found += [record.value for record in records if record.offset not in skip]
            offset = end
        return found

    def _offset(self, position: int) -> int:
        """Return where in the journal's log the entry at a position stands."""
        noise = self._replica.noise_at
        return position + bisect_right(range(len(noise)), position, key=lambda n: noise[n] - n)


async def check(follower: Follower, feed: Feed) -> None:
    """Raise Halted where a follower is ahead of the journal, or follows another one."""
    cursor = follower.cursor()
    if cursor.position > feed.position:
        raise Halted(
            f"{follower.name} has followed {cursor.position} entries, the journal has"
            f" {feed.position}: answered commands are missing here. Restore the newest copy of the"
            " log, with its -wal; only where there is none, accept the loss by tonne rebuild"
        )
    digest = GENESIS
    if cursor.position:
        (entry,) = await feed.entries(cursor.position - 1, 1)
        digest = sha256(entry).hexdigest()
    if digest != cursor.digest:
        raise Halted(
            f"{follower.name} followed another journal up to position {cursor.position}; if this"
            " log is the right one, tonne rebuild"
        )


class Pace:
    """How a follower goes: unhurried, so that many entries share a transaction, unless asked."""

    def __init__(self) -> None:
        self.advanced = asyncio.Condition()
        self._asked = asyncio.Event()

    def hurry(self) -> None:
        """Go on at once: somebody waits."""
        self._asked.set()

    async def breathe(self) -> None:
        """Let some entries come together, unless somebody waits."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BREATH_SECONDS):
                await self._asked.wait()
        self._asked.clear()


async def follow(follower: Follower, feed: Feed, pace: Pace) -> None:
    """Hand a follower what is new, for ever; wake those who wait for it to advance.

    If the process dies at any await, the follower goes on at its cursor: rows and cursor are one
    transaction, so no entry is lost on it and none counts twice.
    """
    position = follower.cursor().position
    while True:
        entries = await feed.entries(position, BATCH)
        position += len(entries)
        after = Cursor(position, sha256(entries[-1]).hexdigest())
        while True:
            try:
                await _finished(asyncio.to_thread(follower.follow, entries, after))
                break
            except LogUnavailable:  # the disk is full, say: the rows wait for it
                await asyncio.sleep(RETRY_SECONDS)
        async with pace.advanced:
            pace.advanced.notify_all()
        await pace.breathe()


async def _finished(work: Coroutine[object, object, None]) -> None:
    """Wait for work in a thread; when cancelled, wait all the same: a thread cannot be stopped."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
