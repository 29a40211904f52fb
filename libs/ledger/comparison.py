"""Both logs held against each other: the chain, and that what was answered is still there."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

from libs.ledger.decider import Record
from libs.ledger.entry import GENESIS, outline
from libs.ledger.follower import Feed
from libs.ledger.ports import Inbox, LogDamaged, LogUnavailable

BATCH = 256
SLICE = 50_000
"""How many entries are compared in a minute, once all were compared at the start."""

MINUTE_SECONDS = 60.0
PAUSE_SECONDS = 0.01
"""Between batches, so that nobody waits behind a comparison."""


async def compare(inbox: Inbox, feed: Feed, position: int, most: int) -> int:
    """Check the chain of stored entries, and that the commands are those they answered.

    A start from a snapshot has not read what lies before it; this has. Returns the position behind
    the last entry compared; raises LogDamaged at the first that is not what it was.
    """
    end = min(feed.position, position + most)
    digest = GENESIS
    if position:
        (before,) = await feed.entries(position - 1, 1)
        digest = sha256(before).hexdigest()
    while position < end:
        stored = await feed.entries(position, min(BATCH, end - position))
        entries = [outline(raw) for raw in stored]
        for raw, entry in zip(stored, entries, strict=True):
            if entry is None or (entry.position, entry.previous) != (position, digest):
                raise LogDamaged(f"the journal's chain is broken at position {position}")
            position, digest = position + 1, sha256(raw).hexdigest()
        mine = [entry for entry in entries if entry and entry.log == inbox.generation]
        if mine:
            if mine[-1].offset >= await inbox.commands_end():
                raise LogDamaged(f"command {mine[-1].offset} was answered, and is not in the log")
            records = await _commands(inbox, mine[0].offset, len(mine))
            for entry, record in zip(mine, records, strict=True):
                request = sha256(record.value).hexdigest()
                if (record.offset, request) != (entry.offset, entry.request):
                    raise LogDamaged(
                        f"command {entry.offset} is not what position {entry.position} answered"
                    )
        await asyncio.sleep(PAUSE_SECONDS)
    return position


async def _commands(inbox: Inbox, offset: int, count: int) -> Sequence[Record]:
    """Return so many command records, which are there; a log may answer in pieces."""
    records: list[Record] = []
    while len(records) < count:
        records += await inbox.commands(offset + len(records), count - len(records))
    return records


async def keep_comparing(inbox: Inbox, feed: Feed, pause: float = MINUTE_SECONDS) -> None:
    """Compare everything at the start, then a slice a minute, round and round.

    A log that cannot be read now is compared later: it is no reason to end.
    """
    position, most = 0, feed.position
    while True:
        with suppress(LogUnavailable):
            position = await compare(inbox, feed, position % max(feed.position, 1), most)
            most = SLICE
        await asyncio.sleep(pause)
