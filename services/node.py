"""A node: one process's view of a ledger, over any log, and the tasks that keep it going."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Engine

from libs.edge.faults import spoken
from libs.edge.projection import Projection
from libs.edge.tables import Tables
from libs.ledger.awaiter import Awaiter
from libs.ledger.codec import content, decode_command
from libs.ledger.decider import Record
from libs.ledger.dues import due
from libs.ledger.entry import Head, decode
from libs.ledger.follower import Feed, Pace, follow
from libs.ledger.instants import parse, text
from libs.ledger.ports import Halted, LedgerFault, Log, WaitRanOut
from libs.ledger.replica import Replica
from libs.ledger.rules import RuleSet
from libs.ledger.running import run
from libs.ledger.snapshot import MARK
from libs.ledger.standing import mandated
from libs.ledger.verdict import Verdict
from services.recovery import Recovery, Taken
from services.transfer import react

GLANCE_SECONDS = 0.5
REST_SECONDS = 0.001
WAIT_MS = 60_000


class SystemClock:
    """The time of this machine: for patience and for what a client claims, never for a rule."""

    def monotonic_ms(self) -> int:
        """Return milliseconds since the machine started."""
        return time.monotonic_ns() // 1_000_000

    def wall_ms(self) -> int:
        """Return milliseconds since 1970."""
        return time.time_ns() // 1_000_000


class Node:
    """A registry as this process sees it: what the rooms' edge and the command line talk to.

    `followers` are the tables that this process fills itself; where another process fills them,
    `tables` knows how far they are. With `early` it answers on acceptance, before it re-decided.
    """

    def __init__(
        self,
        log: Log,
        replica: Replica,
        recovery: Recovery,
        engine: Engine,
        followers: Sequence[Projection] = (),
        *,
        early: bool = False,
    ) -> None:
        self.views = engine
        self.followers = followers
        self.replica = replica
        self.recovery = recovery
        self.checkpoint_ms: int | None = None
        self.fault: LedgerFault | None = None
        self.failed = asyncio.Event()
        self.clock = SystemClock()
        self.feed = Feed(log, replica)
        self.pace = Pace()
        self.early = early
        self._log = log
        self._still = asyncio.Lock()
        self._awaiter = Awaiter()
        self._tables = Tables(engine)

    @property
    def noise(self) -> dict[str, int]:
        """How many records of the journal's log were no entries, by kind."""
        return msgspec.structs.asdict(self.replica.reader.noise)

    @property
    def head(self) -> Head:
        """The head behind the last accepted entry."""
        return self.replica.accepted

    @property
    def rules(self) -> RuleSet:
        """The rule set that decides now."""
        return self.replica.state.rules

    def mandated(self, actor: str, account: str) -> bool:
        """Say whether an actor has a mandate of an account that is good now, whatever for."""
        return mandated(self.replica.state, actor, account, self.now_ms())

    def now_ms(self) -> int:
        """Return what a command sent now claims as its instant."""
        return self.clock.wall_ms()

    async def ask(self, records: Sequence[bytes], wait_ms: int) -> Sequence[bytes]:
        """Append command records and return the entries that answer them, in order.

        Raises WaitRanOut where a verdict does not come in time (the records may be in the log, and
        will be answered then), LogUnavailable where they could not be appended, Halted where this
        node answers no more.
        """
        if self.fault is not None:
            raise self.fault
        requests = [sha256(record).hexdigest() for record in records]
        futures = [self._awaiter.expect(request) for request in requests]
        try:
            async with asyncio.timeout(wait_ms / 1000):
                await self._log.submit(records)
                return [await future for future in futures]
        except TimeoutError:
            raise WaitRanOut("no verdict yet; ask for the command's status") from None
        finally:
            for request, future in zip(requests, futures, strict=True):
                self._awaiter.forget(request, future)

    def answered(self, record: bytes) -> int | None:
        """Return the position of the first answer to this very command, where it has one."""
        command = decode_command(record)
        known = self.replica.state.ids.find(command.id)
        if known is None or known[1] != content(command) or known[0] >= self.head.position:
            return None
        return known[0]

    def preview(self, record: bytes) -> Verdict:
        """Return the verdict that a record would get now; nothing is appended."""
        if self.fault is not None:
            raise self.fault
        tip = self.replica.tip
        asked = Record(tip.log, tip.offset, self.now_ms(), record)
        return self.replica.decider.preview(self.replica.state, tip, asked)

    async def entries(self, position: int, most: int) -> Sequence[bytes]:
        """Return accepted entries from a position on; wait until there is one."""
        return await self.feed.entries(position, most)

    async def caught_up(self, position: int, wait_ms: int) -> None:
        """Wait until the tables have followed the journal up to a position."""
        try:
            async with asyncio.timeout(wait_ms / 1000):
                if self.followers:
                    await self._followed(position)
                else:
                    await self._tables.reached(position)
        except TimeoutError:
            raise WaitRanOut(f"the tables are not at position {position} yet") from None

    async def _followed(self, position: int) -> None:
        async with self.pace.advanced:
            self.pace.hurry()
            await self.pace.advanced.wait_for(
                lambda: all(one.cursor().position >= position for one in self.followers)
            )

    async def checkpoint(self) -> None:
        """Take a snapshot and record its checkpoint; this node decides nothing while it copies."""
        taken = await self._taken()
        if taken is not None:
            sent = text(self.now_ms())
            await self.recovery.checkpoint(
                self.replica, taken, sent, lambda record: self.ask([record], WAIT_MS)
            )

    async def _taken(self) -> Taken | None:
        """Let what is decided become accepted, and copy the state before anything else is."""
        while True:
            async with self._still:
                while self.replica.pending:
                    if self.fault is not None:
                        raise self.fault
                    await asyncio.sleep(REST_SECONDS)
                if not self.replica.ahead:
                    return self.recovery.take(self.replica)
            await asyncio.sleep(REST_SECONDS)

    def heard(self, entries: Sequence[bytes]) -> None:
        """Pass accepted entries on to whoever waits."""
        for raw in entries:
            if MARK in raw:
                self.checkpoint_ms = parse(decode(raw).at)
        self._awaiter.heard(entries)
        self.feed.heard()

    def fail(self, fault: LedgerFault) -> None:
        """Answer nobody any more, and say why."""
        self.fault = fault
        self._awaiter.fail(fault)
        self.feed.fail(fault)
        self.failed.set()

    @asynccontextmanager
    async def running(self, *more: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
        """Keep replica and followers going, and whatever else the process does, until the end."""
        replica = run(
            self.replica,
            self._log,
            self._log,
            self.clock,
            self.heard,
            early=self.early,
            still=self._still,
        )
        follows = [follow(one, self.feed, self.pace) for one in self.followers]
        tasks = [asyncio.create_task(work) for work in (replica, *follows, *more)]

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (wrong := task.exception()) is not None:
                self.fail(_fault(wrong))

        for task in tasks:
            task.add_done_callback(ended)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def keep_time(self) -> None:
        """Send a tick when something is due, while this node's replica leads.

        A tick that freed nothing (an operator may have been quicker) is not sent again.
        """
        asked = (0, "")
        while True:
            await asyncio.sleep(GLANCE_SECONDS)
            now_ms = self.now_ms()
            state = self.replica.state
            expired = react.due(due(state, now_ms), now_ms)
            if expired is not None and expired[:2] != asked and self.replica.leads:
                asked = expired[:2]
                with suppress(WaitRanOut):  # it is in the log, and will be answered
                    await self.ask([react.tick(expired, now_ms)], WAIT_MS)

    async def keep_snapshots(self, may: Callable[[], bool] = lambda: True) -> None:
        """Take a snapshot when one is worth its time, while this node may pause for it."""
        while True:
            await asyncio.sleep(GLANCE_SECONDS)
            if may() and self.recovery.worth(self.head):
                with suppress(WaitRanOut):
                    await self.checkpoint()


def _fault(wrong: BaseException) -> LedgerFault:
    while isinstance(wrong, BaseExceptionGroup):
        wrong = wrong.exceptions[0]
    return wrong if isinstance(wrong, LedgerFault) else Halted(spoken(wrong))
