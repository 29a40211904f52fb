"""The embedded registry: every role in one process, on one file, with every adapter known."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import Engine

from libs.edge.database import Projection, connect
from libs.ledger.accounts import GRAMMAR
from libs.ledger.awaiter import Awaiter
from libs.ledger.codec import content, decode_command, derived_id, write_command
from libs.ledger.commands import OpenLedger
from libs.ledger.comparison import keep_comparing
from libs.ledger.decider import Record
from libs.ledger.entry import Head
from libs.ledger.events import Limits
from libs.ledger.follower import Feed, Pace, check, follow
from libs.ledger.instants import text
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Halted, LedgerFault, WaitRanOut
from libs.ledger.replica import Replica
from libs.ledger.rules import RuleSet
from libs.ledger.running import run
from libs.ledger.verdict import Verdict
from services import rules, views
from services.decider import decider
from services.recovery import Recovery
from services.transfer import react

OPERATORS = ("operator:1", "operator:2")
"""Who operates an embedded registry, until there are keys and roles."""


GLANCE_SECONDS = 0.5
WAIT_MS = 60_000

_log = structlog.get_logger("tonne")


def page(what: str) -> None:
    """Tell a person, loudly, of what must never happen."""
    _log.critical("page", what=what)


class SystemClock:
    """The time of this machine: for patience and for what a client claims, never for a rule."""

    def monotonic_ms(self) -> int:
        """Return milliseconds since the machine started."""
        return time.monotonic_ns() // 1_000_000

    def wall_ms(self) -> int:
        """Return milliseconds since 1970."""
        return time.time_ns() // 1_000_000


class Embedded:
    """A registry in this process: what the rooms' edge and the command line talk to."""

    def __init__(
        self,
        log: SqliteLog,
        replica: Replica,
        recovery: Recovery,
        followers: Sequence[Projection],
        engine: Engine,
    ) -> None:
        self.views = engine
        self.followers = followers
        self.replica = replica
        self.fault: LedgerFault | None = None
        self.failed = asyncio.Event()
        self.clock = SystemClock()
        self.feed = Feed(log, replica)
        self.pace = Pace()
        self._log = log
        self.recovery = recovery
        self._awaiter = Awaiter()

    @property
    def noise(self) -> dict[str, int]:
        """How many records of the journal's log were no entries, by kind."""
        return msgspec.structs.asdict(self.replica.reader.noise)

    @property
    def head(self) -> Head:
        """The head behind the last accepted entry."""
        return self.replica.accepted

    def now_ms(self) -> int:
        """Return what a command sent now claims as its instant."""
        return self.clock.wall_ms()

    async def ask(self, records: Sequence[bytes], wait_ms: int) -> Sequence[bytes]:
        """Append command records and return the entries that answer them, in order.

        Raises WaitRanOut where a verdict does not come in time (the records are in the log and
        will be answered), LogUnavailable where they could not be appended, Halted where this
        registry decides no more.
        """
        if self.fault is not None:
            raise self.fault
        waits = [(sha256(record).hexdigest(), record) for record in records]
        futures = [self._awaiter.expect(request) for request, _ in waits]
        try:
            await self._log.submit(records)
            return [await self._awaiter.wait(future, wait_ms) for future in futures]
        finally:
            for (request, _), future in zip(waits, futures, strict=True):
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
        """Wait until every projection has followed the journal up to a position."""

        def there() -> bool:
            return all(follower.cursor().position >= position for follower in self.followers)

        try:
            async with asyncio.timeout(wait_ms / 1000), self.pace.advanced:
                self.pace.hurry()
                await self.pace.advanced.wait_for(there)
        except TimeoutError:
            raise WaitRanOut(f"the projections are not at position {position} yet") from None

    async def checkpoint(self) -> None:
        """Take a snapshot and record its checkpoint, unless entries are on their way."""
        await self.recovery.checkpoint(
            self.replica, text(self.now_ms()), lambda record: self.ask([record], WAIT_MS)
        )

    def heard(self, entries: Sequence[bytes]) -> None:
        """Pass accepted entries on to whoever waits."""
        self._awaiter.heard(entries)
        self.feed.heard()

    def fail(self, fault: LedgerFault) -> None:
        """Answer nobody any more, and say why."""
        self.fault = fault
        self._awaiter.fail(fault)
        self.feed.fail(fault)
        self.failed.set()


@asynccontextmanager
async def embedded(
    path: Path, database: str, name: str = "main", *, create: bool = True, rebuild: bool = False
) -> AsyncIterator[Embedded]:
    """Open the registry on a file and run all its roles until the block ends.

    With `rebuild` the tables are dropped first, and made again from the journal. Raises LogInUse
    where another process has the file, LogDamaged and Halted where it holds what it must not.
    """
    log = SqliteLog(path, create=create)
    recovery = Recovery(log)
    engine = connect(database)
    try:
        replica, offset = await recovery.start(decider(page), name)
        registry = Embedded(log, replica, recovery, views.followers(engine), engine)
        for follower in registry.followers:
            if rebuild:
                follower.drop()
            await check(follower, registry.feed)
        async with _roles(registry, log, offset):
            if not replica.tip.position:
                await registry.ask([opening(name, rules.default(), registry.now_ms())], 10_000)
            yield registry
            if recovery.worth(registry.head):
                await registry.checkpoint()
    finally:
        recovery.close()
        engine.dispose()
        await log.close()


@asynccontextmanager
async def _roles(registry: Embedded, log: SqliteLog, offset: int) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(
            run(registry.replica, log, log, registry.clock, offset, registry.heard), name="replica"
        ),
        *(
            asyncio.create_task(follow(one, registry.feed, registry.pace), name=one.name)
            for one in registry.followers
        ),
        asyncio.create_task(keep_comparing(log, registry.feed), name="comparison"),
        asyncio.create_task(keep_time(registry), name="time"),
    ]

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (wrong := task.exception()) is not None:
            registry.fail(_fault(wrong))

    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep_time(registry: Embedded) -> None:
    """Send a tick when something is due, and take a snapshot when one is worth its time.

    A tick that freed nothing (an operator may have been quicker) is not sent again.
    """
    asked = ""
    while True:
        await asyncio.sleep(GLANCE_SECONDS)
        now_ms = registry.now_ms()
        expired = react.due(registry.replica.state.reservations.values(), now_ms)
        if expired is not None and expired.order != asked:
            asked = expired.order
            with suppress(WaitRanOut):  # it is in the log, and will be answered
                await registry.ask([react.tick(expired, now_ms)], WAIT_MS)
        if registry.recovery.worth(registry.head):
            await registry.checkpoint()


def _fault(wrong: BaseException) -> LedgerFault:
    while isinstance(wrong, BaseExceptionGroup):
        wrong = wrong.exceptions[0]
    return wrong if isinstance(wrong, LedgerFault) else Halted(f"{type(wrong).__name__}: {wrong}")


def opening(name: str, first: RuleSet, sent_ms: int) -> bytes:
    """Return the command record that opens a ledger."""
    body = OpenLedger(GRAMMAR, name, Limits(), OPERATORS, first)
    identity = derived_id(f"open/{name}")
    return write_command(identity, "ledger.open.v1", OPERATORS[0], text(sent_ms), body)
