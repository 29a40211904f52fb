"""Processes of the real shell around a log, moved by a clock that a test holds in its hand."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Protocol
from uuid import UUID

import msgspec

from libs.ledger.accounts import GRAMMAR
from libs.ledger.awaiter import Awaiter
from libs.ledger.codec import Command, encode
from libs.ledger.commands import OpenLedger
from libs.ledger.decider import Record
from libs.ledger.entry import Head
from libs.ledger.events import Limits
from libs.ledger.follower import Feed
from libs.ledger.ports import Log, Noted
from libs.ledger.replica import Replica
from libs.ledger.rules import RuleSet, Scheme
from libs.ledger.running import restore, run
from libs.ledger.state import State
from services.decider import decider
from services.issuance.commands import IssueCredits, RegisterProject
from services.transfer.commands import OpenAccount, RequestTransfer, TransferLine

OPERATOR, OTHER = "operator:1", "operator:2"
JC = Scheme("implementer", "invalidate", transferable=True)
RULES = RuleSet("first", "1", (), {"JC": JC}, {}, ())
LOT = "JC-SO-1-01"


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.glances = 0

    def monotonic_ms(self) -> int:
        self.glances += 1
        return self.now_ms

    async def some_glances(self) -> None:
        """Wait until the shell has looked at the clock a few times more."""
        enough = self.glances + 3
        await until(lambda: self.glances >= enough)


def write(number: int, kind: str, body: msgspec.Struct, actor: str = OPERATOR) -> bytes:
    sent = "2026-11-23T00:00:00.000Z"
    raw = msgspec.Raw(encode(body))
    return encode(Command(actor, raw, str(UUID(int=number)), sent, kind))


OPEN = OpenLedger(GRAMMAR, "main", Limits(), (OPERATOR, OTHER), RULES)
OPENING = write(0, "ledger.open.v1", OPEN)


def account(number: int, name: str | None = None) -> bytes:
    return write(number, "account.open.v1", OpenAccount(name or f"A{number}", "somebody"))


def transfer(number: int, source: str, target: str, quantity: int = 1) -> bytes:
    lines = (TransferLine(source, target, LOT, quantity=quantity),)
    return write(number, "transfer.request.v1", RequestTransfer(lines))


def issued(quantity: int) -> list[bytes]:
    """Return what brings a lot into the account A1."""
    day = "2026-01-01"
    lot = IssueCredits("A1", day, LOT, "JC-SO-1", quantity, day, day)
    return [
        OPENING,
        write(1001, "project.register.v1", RegisterProject("SO", (), "n", "JC-SO-1", "JC")),
        account(1),
        write(1002, "credits.issue.v1", lot),
    ]


class Process:
    """A process of the registry: its replica runs on a log, and answers who asks it."""

    def __init__(self, log: Log, clock: HandClock, patience_ms: int | None = 0) -> None:
        self.log = log
        self.clock = clock
        self.awaiter = Awaiter()
        self.replica = Replica(decider(), State("main"), Head(), patience_ms)
        self.feed = Feed(log, self.replica)
        self.heard: list[bytes] = []
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> "Process":
        await restore(self.replica, self.log)
        running = run(self.replica, self.log, self.log, self.clock, self._hear)
        self.task = asyncio.create_task(running)
        return self

    def _hear(self, entries: Sequence[bytes]) -> None:
        self.heard += entries
        self.awaiter.heard(entries)
        self.feed.heard()

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def fault(self) -> BaseException:
        """Return why it stopped by itself."""
        assert self.task is not None
        async with asyncio.timeout(5):
            await asyncio.wait([self.task])
        wrong: BaseException | None = self.task.exception()
        while isinstance(wrong, BaseExceptionGroup):
            wrong = wrong.exceptions[0]
        assert wrong is not None
        return wrong

    def expect(self, record: bytes) -> Awaitable[bytes]:
        return self.awaiter.wait(self.awaiter.expect(sha256(record).hexdigest()), 5000)

    async def ask(self, *records: bytes) -> list[bytes]:
        answers = [self.expect(record) for record in records]
        await self.log.submit(records)
        return [await answer for answer in answers]


class Start(Protocol):
    """Starts a process on the log of the test."""

    async def __call__(self, patience_ms: int | None = 0) -> Process:
        """Return it, restored and running."""


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that happens within the event loop's own turns, five seconds at most."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - a replica does no input or output, it has no event
            await asyncio.sleep(0.001)


def forged(journal: Sequence[bytes], record: bytes) -> bytes:
    """Write what extends the head by structure, and is not what any rule says."""
    replica = Replica(decider(), State("main"), Head(), None)
    for offset, raw in enumerate(journal):
        replica.restore(Noted(offset, raw))
    at = Record(0, len(journal), 0, record)
    entry = json.loads(replica.decider.decide(replica.state, replica.tip, at).raw)
    entry |= {"verdict": "rejected", "reason": "account_frozen", "facts": {}}
    entry.pop("events", None)
    return json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
