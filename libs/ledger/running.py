"""The shell around a replica: waits for both logs, hands over what comes, proposes what is due."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from libs.ledger.decider import WrongDecider
from libs.ledger.ports import Clock, Halted, Inbox, Journal, LogDamaged, LogUnavailable
from libs.ledger.replica import Replica

BATCH = 256
"""How many records are decided in one go, so that nobody else waits for more than some ms."""

WINDOW = 20_000
"""How many entries may wait on one side, decided or accepted, before it pauses for the other."""

GLANCE_SECONDS = 0.05
RETRY_SECONDS = 0.5

R = TypeVar("R")


async def restore(replica: Replica, journal: Journal) -> None:
    """Fold what the journal holds from where the replica is."""
    end = await journal.journal_end()
    while replica.offset < end:
        for record in await journal.entries(replica.offset, BATCH):
            replica.restore(record)
        await asyncio.sleep(0)


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
    heard: Callable[[Sequence[bytes]], None],
    *,
    early: bool = False,
    still: asyncio.Lock | None = None,
) -> None:
    """Run a replica until cancelled; `heard` gets every accepted entry, once it is verified.

    With `early` it gets them on acceptance. Who holds `still` keeps it from deciding more. If the
    process dies at any await here, nothing is lost: what is not in the journal yet is decided and
    proposed again. Raises Halted where the journal has entries of a later generation of the
    commands log than this inbox: nobody answers what comes here any more.
    """
    _insist_current(replica, inbox)
    if inbox.generation == replica.tip.log and await inbox.commands_end() < replica.tip.offset:
        raise LogDamaged(
            f"the journal answers {replica.tip.offset} commands, the commands log has"
            f" {await inbox.commands_end()}: its end was lost"
        )
    shell = _Shell(replica, inbox, journal, clock, heard, early, still or asyncio.Lock())
    async with asyncio.TaskGroup() as tasks:
        for role in (shell.decide, shell.follow, shell.propose):
            tasks.create_task(role(), name=f"replica-{role.__name__}")


class _Shell:
    """The three tasks of a replica: they meet in its state, and never wait for each other."""

    def __init__(
        self,
        replica: Replica,
        inbox: Inbox,
        journal: Journal,
        clock: Clock,
        heard: Callable[[Sequence[bytes]], None],
        early: bool,  # noqa: FBT001 - handed on by name
        still: asyncio.Lock,
    ) -> None:
        self.replica = replica
        self.inbox = inbox
        self.journal = journal
        self.clock = clock
        self.heard = heard
        self.early = early
        self.still = still
        self.moved = asyncio.Event()
        self.news = asyncio.Event()
        self.proposing = asyncio.Lock()
        self.unheard: deque[bytes] = deque()

    async def decide(self) -> None:
        """Decide commands as they come, some at a time."""
        replica, inbox = self.replica, self.inbox
        offset = replica.tip.offset if inbox.generation == replica.tip.log else 0
        while True:
            records = await patient(inbox.commands, offset)
            await self._room(lambda: replica.pending)
            async with self.still:
                try:
                    replica.take(records)
                except WrongDecider:
                    await self._propose_all()  # the entry that adopted other rules is ours still
                    raise
            self._tell()
            offset = records[-1].offset + 1
            self.news.set()
            await asyncio.sleep(0)

    async def follow(self) -> None:
        """Accept what extends the head, whoever wrote it."""
        replica, journal = self.replica, self.journal
        while True:
            records = await patient(journal.entries, replica.offset)
            self.unheard.extend(replica.accept(records, self.clock.monotonic_ms()))
            self._tell()
            _insist_current(replica, self.inbox)
            await asyncio.sleep(0)
            await self._room(lambda: replica.ahead)

    async def propose(self) -> None:
        """Propose what is due: news where this replica leads, everything where the head stands."""
        while True:
            await self._propose_all()
            self.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(GLANCE_SECONDS):
                    await self.news.wait()

    async def _propose_all(self) -> None:
        async with self.proposing:
            while entries := self.replica.due(self.clock.monotonic_ms()):
                with suppress(LogUnavailable):  # a proposal that was lost is proposed again
                    await self.journal.propose(entries)

    async def _room(self, waiting: Callable[[], int]) -> None:
        """Wait while more is decided, or accepted, than the other side has come to."""
        while waiting() > WINDOW:
            self.moved.clear()
            await self.moved.wait()

    def _tell(self) -> None:
        self.moved.set()
        count = len(self.unheard) - (0 if self.early else self.replica.ahead)
        if count:
            self.heard([self.unheard.popleft() for _ in range(count)])


def _insist_current(replica: Replica, inbox: Inbox) -> None:
    if replica.accepted.log > inbox.generation:
        raise Halted(
            f"generation {replica.accepted.log} of the commands log has begun; this process reads"
            f" generation {inbox.generation}: start it again"
        )
