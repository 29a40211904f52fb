"""The velocity alarms: many transfers out of one account in a short time, seen by a follower.

An alarm refuses nothing and decides nothing; it tells the operators where to look. What it saw is
in the journal, so a process that starts again reads that from its first entry and forgets none.
"""

import asyncio
from collections import OrderedDict, deque
from contextlib import suppress

import msgspec
import structlog

from libs.edge.desk import Desk
from libs.ledger.entry import Entry, decode
from libs.ledger.events import TransferSettled
from libs.ledger.instants import parse, text
from libs.ledger.ports import LogUnavailable

MARK = b'"transfer.settled.v1"'
BATCH = 500
"""How many entries are read before anybody else has a turn."""

GLANCE_SECONDS = 1.0
NEWS_MS = 24 * 3_600_000
"""What is older when it is found again stands in the list, and is no news: nobody is told."""

_log = structlog.get_logger("transfer")


class Alarm(msgspec.Struct, frozen=True):
    """An account gave so many transfers since an instant; the last of them at this position."""

    position: int
    at: str
    account: str
    transfers: int
    since: str


class Watch:
    """What one account after the other gave in the last minutes, and whom that is an alarm of.

    An account that goes on giving is told of once, until it has been quiet enough in between.
    """

    def __init__(self, transfers: int, minutes: int) -> None:
        self.transfers = transfers
        self.window_ms = minutes * 60_000
        self.alarms: list[Alarm] = []
        self._given: OrderedDict[str, deque[int]] = OrderedDict()
        self._told: set[str] = set()

    def hear(self, entry: Entry) -> list[Alarm]:
        """Take an entry in; return the alarms that it sets off."""
        at_ms = parse(entry.at)
        self._forget(at_ms - self.window_ms)
        sources = [event.source for event in entry.events if isinstance(event, TransferSettled)]
        found = [alarm for source in sources if (alarm := self._count(source, at_ms, entry))]
        self.alarms.extend(found)
        return found

    def _count(self, account: str, at_ms: int, entry: Entry) -> Alarm | None:
        given = self._given.setdefault(account, deque(maxlen=self.transfers))
        self._given.move_to_end(account)
        given.append(at_ms)
        if len(given) < self.transfers or given[0] <= at_ms - self.window_ms:
            self._told.discard(account)
            return None
        if account in self._told:
            return None
        self._told.add(account)
        return Alarm(entry.position, entry.at, account, self.transfers, text(given[0]))

    def _forget(self, before_ms: int) -> None:
        """Forget whoever has been quiet for the whole window."""
        while self._given:
            account, given = next(iter(self._given.items()))
            if given[-1] > before_ms:
                return
            del self._given[account]
            self._told.discard(account)


class Follower:
    """Reads the journal for the watch, logs what it sees and counts it.

    While the log is away it waits, and goes on where it was.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.watch = Watch(desk.alarm_transfers, desk.alarm_minutes)
        self._position = 0
        self._reading = asyncio.Lock()

    async def reach(self, position: int) -> None:
        """Read on until the entry before a position was heard. May be cancelled: it goes on."""
        async with self._reading:
            while self._position < position:
                most = min(BATCH, position - self._position)
                for raw in await self.desk.registry.entries(self._position, most):
                    self._position += 1
                    if MARK in raw:
                        self._tell(self.watch.hear(decode(raw)))

    async def keep(self) -> None:
        """Follow the journal for as long as the process lives."""
        while True:
            with suppress(LogUnavailable):
                await self.reach(self.desk.registry.head.position)
            await asyncio.sleep(GLANCE_SECONDS)

    def _tell(self, alarms: list[Alarm]) -> None:
        since_ms = self.desk.registry.now_ms() - NEWS_MS
        for alarm in alarms:
            if parse(alarm.at) < since_ms:
                continue
            _log.warning("alarm", **msgspec.structs.asdict(alarm))
            self.desk.meters.alarms.inc()
