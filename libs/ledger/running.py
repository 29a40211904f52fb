"""The shell around a replica: waits for both logs, hands over what comes, proposes what is due."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from libs.ledger.decider import WrongDecider
from libs.ledger.ports import Clock, Inbox, Journal, LogDamaged, LogUnavailable
from libs.ledger.replica import Replica

BATCH = 256
"""How many records are decided in one go, so that nobody else waits for more than some ms."""

WINDOW = 20_000
"""How many decided entries may wait to be read back before deciding pauses."""

GLANCE_SECONDS = 0.05
RETRY_SECONDS = 0.5

R = TypeVar("R")


async def restore(replica: Replica, journal: Journal, offset: int = 0) -> int:
    """Fold what the journal holds from the offset on; return the offset behind it."""
    end = await journal.journal_end()
    while offset < end:
        for record in await journal.entries(offset, BATCH):
            replica.restore(record)
            offset = record.offset + 1
        await asyncio.sleep(0)
    return offset


async def patient(read: Callable[[int, int], Awaitable[R]], offset: int) -> R:
    """Read a log, and where it cannot be read now, try again: a full disk is freed some day."""
    while True:
        try:
            return await read(offset, BATCH)
        except LogUnavailable:
            await asyncio.sleep(RETRY_SECONDS)


async def run(
    replica: Replica,
    inbox: Inbox,
    journal: Journal,
    clock: Clock,
    offset: int,
    heard: Callable[[Sequence[bytes]], None],
) -> None:
    """Run a replica until cancelled; `heard` gets every accepted entry, once it is verified.

    `offset` is where the journal goes on behind what was restored. If the process dies at any
    await here, nothing is lost: what is not in the journal yet is decided and proposed again.
    """
    if inbox.generation == replica.tip.log and await inbox.commands_end() < replica.tip.offset:
        raise LogDamaged(
            f"the journal answers {replica.tip.offset} commands, the commands log has"
            f" {await inbox.commands_end()}: its end was lost"
        )
    moved = asyncio.Event()
    unheard: deque[bytes] = deque()

    def tell() -> None:
        count = len(unheard) - (replica.accepted.position - replica.verified)
        if count:
            heard([unheard.popleft() for _ in range(count)])

    async def propose() -> None:
        while entries := replica.due(clock.monotonic_ms()):
            with suppress(LogUnavailable):  # a proposal that was lost is proposed again
                await journal.propose(entries)

    async def decide() -> None:
        next_offset = replica.tip.offset if inbox.generation == replica.tip.log else 0
        while True:
            records = await patient(inbox.commands, next_offset)
            while replica.pending > WINDOW:
                moved.clear()
                await moved.wait()
            try:
                replica.take(records)
            except WrongDecider:
                await propose()  # the entry that adopted other rules is still ours to write
                raise
            tell()
            next_offset = records[-1].offset + 1
            await propose()
            await asyncio.sleep(0)

    async def follow() -> None:
        at = offset
        while True:
            records = await patient(journal.entries, at)
            at = records[-1].offset + 1
            unheard.extend(replica.accept(records, clock.monotonic_ms()))
            moved.set()
            tell()
            await asyncio.sleep(0)

    async def glance() -> None:
        while True:
            await asyncio.sleep(GLANCE_SECONDS)
            await propose()

    async with asyncio.TaskGroup() as tasks:
        for role in (decide, follow, glance):
            tasks.create_task(role(), name=f"replica-{role.__name__}")
