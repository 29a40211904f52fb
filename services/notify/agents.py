"""The Faust agent: follows the journal's topic into the outbox and the hours, and decides nothing.

Faust brings records; where it left off is only a hint. The outbox keeps its head and place in the
transaction of its rows, an hour in its own record, and reading begins where the two say. So a
group's offset that ran ahead of a restored database skips nothing, and one that lags repeats
nothing.
"""

import asyncio
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from ssl import SSLContext
from typing import Any, TypeVar

import faust
import msgspec
import structlog
from faust.auth import SSLCredentials
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, EventT, StreamT
from mode.threads import ServiceThread, WorkerThread
from typing_extensions import override
from yarl import URL

from libs.ledger.log.broker import FETCH_BYTES, Broker
from libs.ledger.log.kafka import journal_topic
from libs.ledger.log.tails import Tails
from libs.ledger.ports import Halted, LedgerFault, LogUnavailable, Noted
from services.notify.outbox import NAME, Outbox, Overtaken
from services.notify.place import find
from services.notify.statistics import HOUR_SECONDS, Counted, Hours, read, write

BATCH = 1000
WITHIN_SECONDS = 0.1
"""A batch is full, or this old: one transaction of the outbox each."""

RETRY_SECONDS = 0.5
RESUME_SECONDS = 20.0
LAG_SECONDS = 2.0
THREAD_SECONDS = 1.0
KEY = "tonnes"
"""The one key of the windowed table: a window's value has all three counts."""

T = TypeVar("T")

_log = structlog.get_logger("notify")


class Following:
    """What the agent does with the journal: the outbox first, then the hours.

    `fault` says why it goes on no more, and sets `ended`; `active` whether this process is the one
    that follows (the others of its group stand by), `idle` whether it only waits for records.
    """

    def __init__(self, broker: Broker, ledger: str, outbox: Outbox, ended: asyncio.Event) -> None:
        self.outbox = outbox
        self.hours = Hours()
        self.topic = journal_topic(ledger)
        self.tails = Tails(broker, self.topic)
        self.app = App(self, broker, ledger)
        self.table = self.app.Table("hourly", value_type=bytes, partitions=1).tumbling(HOUR_SECONDS)
        self.app.agent(self.app.journal(), name="journal")(self._agent)
        self.active = self.idle = False
        self.fault: BaseException | None = None
        self._ended = ended
        self._turn = asyncio.Lock()

    @property
    def place(self) -> int:
        """Where in the journal's log reading must begin for nothing to be missed."""
        return min(self.outbox.place, self.hours.place)

    async def lag(self) -> int:
        """Return how many records of the journal's log were not taken yet.

        Raises LogUnavailable where the broker does not say so at once.
        """
        try:
            async with asyncio.timeout(LAG_SECONDS):
                return max(0, await self.tails.end() - self.outbox.place)
        except TimeoutError:
            raise LogUnavailable(f"{self.topic}: no answer in {LAG_SECONDS} s") from None

    def fail(self, fault: BaseException) -> None:
        """Take no more records; the process ends and says why."""
        if self.fault is None:
            self.fault = fault
        self._ended.set()

    def insist(self, topics: Collection[str]) -> None:
        """Raise Halted unless the table's topic is among those that came with the journal's.

        Faust would follow without it, and forget every hour when it ends.
        """
        changelog = self.table.table.changelog_topic.get_topic_name()
        if changelog not in topics:
            raise Halted(f"there is no topic {changelog}: tonne topics apply")

    async def resume(self) -> int:
        """Return where to read from, by what database and table say and the journal confirms.

        Raises Halted where the journal does not have what was followed, LogUnavailable where one
        of them stays away.
        """
        try:
            async with asyncio.timeout(RESUME_SECONDS):
                return await self._waited(self._resume)
        except TimeoutError:
            raise LogUnavailable("the outbox or the journal stayed away") from None

    async def _waited(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do work again and again while the database or the log is away."""
        while True:
            try:
                return await work()
            except LogUnavailable as fault:
                _log.warning("following_waits", kind=type(fault).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _resume(self) -> int:
        async with self._turn:
            await asyncio.to_thread(self.outbox.resume)
            place = await find(self.tails, self.outbox.head, self.outbox.place)
            if place is None:
                raise Halted(
                    f"{NAME} has followed {self.outbox.head.position} entries, and {self.topic}"
                    " does not have the last of them: it was cut, or it is another one"
                )
            if place != self.outbox.place:
                await asyncio.to_thread(self.outbox.move, place)
            self.hours.resume(self._windows())
            if await find(self.tails, self.hours.head, self.hours.place) != self.hours.place:
                _log.warning("hours_counted_anew", position=self.hours.head.position)
                self.hours.resume({})
            self.active = self.idle = True
            return self.place

    async def take(self, records: Sequence[Noted]) -> None:
        """Take what was read, and before it what did not come, which is read here.

        Faust is never told to go back: of what it has on its way then, it would count the last as
        read, and pass over all that was asked for again, for as long as somebody writes.
        """
        async with self._turn:
            place = self.place
            for run in runs(records, place):
                while self.active and place <= run[-1].offset:
                    missing = await self._missing(place, run[0].offset)
                    fresh = [record for record in run if record.offset >= place]
                    place = await self._took(missing or fresh)

    async def _took(self, records: Sequence[Noted]) -> int:
        """Take records that follow one another; return where to go on."""
        try:
            await asyncio.to_thread(self.outbox.take, records)
        except Overtaken:
            await asyncio.to_thread(self.outbox.resume)
            return self.place
        self._count(records)
        return records[-1].offset + 1

    async def _missing(self, place: int, came: int) -> Sequence[Noted]:
        """Return what the log has from a place on, of what stands before what came.

        That may be nothing: a marker of somebody's transaction takes an offset and is no record.
        """
        if place >= came:
            return ()
        read = await self.tails.read(place, min(BATCH, came - place))
        found = [Noted(one.offset, one.value or b"") for one in read if one.offset < came]
        if found:
            _log.warning("records_read_here", place=found[0].offset, came=came)
        return found

    def _count(self, records: Sequence[Noted]) -> None:
        window = self.table.table.window
        assert window is not None
        for start, counted in self.hours.take(records).items():
            self.table[KEY][window.current(float(start))] = write(counted)

    def _windows(self) -> Mapping[int, Counted]:
        """Return what the table holds, by the second that each hour begins with."""
        held = self.table.table.data.items()
        try:
            return {int(window[0]): read(value) for (_, window), value in held}
        except msgspec.MsgspecError:
            _log.warning("hours_of_another_version")
            return {}

    async def _agent(self, stream: StreamT[bytes]) -> None:
        """Hand on batch after batch; Faust commits a batch only behind it."""
        assert isinstance(stream, faust.Stream)
        try:
            async for events in stream.take_events(BATCH, WITHIN_SECONDS):
                await self._taken(events)
        except Exception as fault:  # noqa: BLE001 - Faust would start again, behind what failed
            self.fail(fault)
            await asyncio.Event().wait()

    async def _taken(self, events: Sequence[EventT[bytes]]) -> None:
        records = [Noted(event.message.offset, event.value or b"") for event in events]
        self.idle = False
        await self._waited(lambda: self.take(records))
        self.idle = self.active


def runs(records: Iterable[Noted], place: int) -> Iterator[Sequence[Noted]]:
    """Yield what was read from a place on, cut where an offset is missing; leave what is older."""
    run: list[Noted] = []
    for record in records:
        expected = run[-1].offset + 1 if run else place
        if record.offset > expected and run:
            yield run
            run = []
        if record.offset >= expected:
            run.append(record)
    if run:
        yield run


class App(faust.App):
    """Faust as it works here: raw bytes, no topic of its own making, no web, no folder."""

    def __init__(self, following: Following, broker: Broker, ledger: str) -> None:
        self.following = following
        super().__init__(
            f"{ledger}-notify",
            broker=[URL(f"kafka://{one}") for one in broker.bootstrap.split(",")],
            broker_credentials=_credentials(broker.tls),
            broker_client_id=f"tonne-notify-{ledger}",
            broker_session_timeout=6.0,
            broker_heartbeat_interval=2.0,
            broker_request_timeout=30.0,
            consumer_max_fetch_size=FETCH_BYTES,
            consumer_auto_offset_reset="earliest",
            stream_buffer_maxsize=BATCH,
            stream_wait_empty=False,  # what is not taken now is taken by whoever comes next
            processing_guarantee="at_least_once",
            store="memory://",
            table_standby_replicas=0,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
            Table=Table,
            env={},  # services/settings.py reads the environment, and nobody else
        )
        self.transport = Transport(self.conf.broker_consumer, self)

    def journal(self) -> Any:
        """Return the journal's topic, as bytes."""
        return self.topic(
            self.following.topic,
            key_type=bytes,
            key_serializer="raw",
            value_type=bytes,
            value_serializer="raw",
            allow_empty=True,
        )

    @override
    def _create_directories(self) -> None:
        """Make none: the store is memory, and the container's disk is read only."""

    @override
    def _crash(self, reason: BaseException) -> None:
        """End the process with Faust: half of it may live on, and hear nothing."""
        known = isinstance(reason, LedgerFault)
        self.following.fail(reason if known else LogUnavailable(f"Faust ended: {reason!r}"))
        super()._crash(reason)


class Table(faust.Table[Any, bytes]):
    """A table of a ledger: one partition, whoever writes it."""

    @override
    def partition_for_key(self, key: Any) -> int:
        return 0


class Thread(WorkerThread):
    """The consumer's thread, which does not keep a process that wants to end.

    Without a broker Faust's own would be waited for in the event loop, and for ever.
    """

    def __init__(self, service: ServiceThread, **named: Any) -> None:
        super().__init__(service, **named)
        self.daemon = True

    @override
    def stop(self) -> None:
        self.is_stopped.wait(THREAD_SECONDS)


class Consumer(driver.Consumer):
    """Faust's consumer, which begins where the followers say, wherever its group left off."""

    @override
    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return driver.AIOKafkaConsumerThread(
            self, loop=self.loop, beacon=self.beacon, Worker=Thread
        )

    @override
    async def perform_seek(self) -> None:
        """Seek to where reading must begin."""
        await super().perform_seek()
        following = _following(self.app)
        place = TP(following.topic, 0)
        if not self.flow_active or place not in self.assignment():
            return
        try:
            following.insist({partition.topic for partition in self.assignment()})
            offset = await following.resume()
        except LedgerFault as fault:
            following.fail(fault)
            raise
        for kept in (self._acked, self._acked_index, self._gap):
            kept.pop(place, None)
        await self.seek(place, offset)
        self._committed_offset[place] = offset or None

    @override
    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        _following(self.app).active = False
        await super().on_partitions_revoked(revoked)


class Transport(driver.Transport):
    """Faust's transport, with our consumer."""

    Consumer = Consumer


def _following(app: AppT) -> Following:
    assert isinstance(app, App)
    return app.following


def _credentials(tls: SSLContext | None) -> SSLCredentials | None:
    return SSLCredentials(tls) if tls else None
