"""Reading a topic: consumers without a group, each at a place of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from libs.ledger.log.broker import Broker
from libs.ledger.ports import LogDamaged, LogUnavailable

TAILS_MAX = 16
"""How many readers of a topic go on at places of their own; more share, at the price of a seek."""

POLL_MS = 1000
STILL_POLLS = 5
"""After so many empty polls a reader asks the broker whether there really is nothing."""

SEARCH_BACK = 8
SEARCH_MS = 20
SEARCH_SECONDS = 30


class Tail:
    """One consumer of the topic, and the offset that it would read next."""

    def __init__(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        self.consumer = consumer
        self.partition = partition
        self.offset = -1

    def seek(self, offset: int) -> None:
        """Go on from an offset."""
        self.consumer.seek(self.partition, offset)
        self.offset = offset

    async def read(self, offset: int, most: int) -> Sequence[ConsumerRecord[bytes, bytes]]:
        """Return records from the offset on, once there is one; none where it seems to be stuck."""
        if offset != self.offset:
            self.seek(offset)
        for _ in range(STILL_POLLS):
            told = await self.consumer.getmany(self.partition, timeout_ms=POLL_MS, max_records=most)
            records: Sequence[ConsumerRecord[bytes, bytes]] = told.get(self.partition, ())
            if records:
                self.offset = records[-1].offset + 1
                return records
        return ()


class Tails:
    """All readers of a topic in this process: whoever goes on where he was has what was fetched."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker = broker
        self._partition = TopicPartition(topic, 0)
        self._idle: list[Tail] = []
        self._room = asyncio.Semaphore(TAILS_MAX)
        self._open: set[Tail] = set()
        self._asking: AIOKafkaConsumer | None = None
        self._asks = asyncio.Lock()
        self._read_to = 0
        self._found = (0, 0)

    async def read(self, offset: int, most: int) -> Sequence[ConsumerRecord[bytes, bytes]]:
        """Return records from the offset on; wait until there is one.

        Raises LogUnavailable where the brokers refuse, LogDamaged where the topic no longer has
        what it must have. May be cancelled: nothing is skipped.
        """
        while True:
            with self._faults():
                async with self._tail(offset) as tail:
                    records = await tail.read(offset, most)
                    if records:
                        self._read_to = max(self._read_to, tail.offset)
                        return records
                    await self._doubt(offset)

    async def end(self) -> int:
        """Return the offset behind the last record; markers of transactions behind it are none."""
        with self._faults():
            async with self._asks:
                asking = await self._asked()
                following = await self._following(asking)
                if following == self._read_to:
                    return following
                if following != self._found[0]:
                    self._found = (following, await self._behind_last(asking, following))
                return self._found[1]

    async def following(self) -> int:
        """Return the offset that the next record gets: beyond the end where markers stand there."""
        with self._faults():
            async with self._asks:
                return await self._following(await self._asked())

    async def close(self) -> None:
        """Let go of the connections."""
        for tail in list(self._open):
            await self._discard(tail)
        asking, self._asking = self._asking, None
        if asking is not None:
            await asking.stop()

    async def _doubt(self, offset: int) -> None:
        """Leave a consumer that hears nothing although there is something (it happens to them)."""
        end = await self.end()
        if end < offset:
            raise LogDamaged(
                f"{self._partition.topic} ends at offset {end}, it had {offset} records:"
                " it was cut or made anew"
            )
        if end > offset:
            raise LogUnavailable(f"{self._partition.topic}: a reader heard nothing of {end}")

    async def _asked(self) -> AIOKafkaConsumer:
        """Return the consumer that asks about the topic, and follows nothing."""
        if self._asking is None:
            consumer = self._broker.consumer()
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._asking = consumer
        return self._asking

    async def _following(self, asking: AIOKafkaConsumer) -> int:
        return int((await asking.end_offsets([self._partition]))[self._partition])

    async def _behind_last(self, asking: AIOKafkaConsumer, following: int) -> int:
        """Look for the last record, further and further back: a marker has an offset, no record."""
        asking.assign([self._partition])
        try:
            async with asyncio.timeout(SEARCH_SECONDS):
                first, back, behind = following, SEARCH_BACK, 0
                while first and not behind:
                    first, back = max(following - back, 0), 2 * back
                    asking.seek(self._partition, first)
                    while await asking.position(self._partition) < following:
                        told = await asking.getmany(self._partition, timeout_ms=SEARCH_MS)
                        for records in told.values():
                            behind = records[-1].offset + 1
                return behind
        finally:
            asking.unsubscribe()

    @asynccontextmanager
    async def _tail(self, offset: int) -> AsyncIterator[Tail]:
        """Lend a consumer: the one that stands there, else a new one, else any."""
        async with self._room:
            tail = next((one for one in self._idle if one.offset == offset), None)
            if tail is None and len(self._open) >= TAILS_MAX:
                tail = self._idle[0]
            if tail is None:
                tail = await self._started(offset)
            else:
                self._idle.remove(tail)
            try:
                yield tail
            except (KafkaError, OSError, LogUnavailable):
                await self._discard(tail)
                raise
            finally:
                if tail in self._open:
                    self._idle.append(tail)

    async def _started(self, offset: int) -> Tail:
        consumer = self._broker.consumer()
        tail = Tail(consumer, self._partition)
        self._open.add(tail)
        try:
            await consumer.start()
            consumer.assign([self._partition])
            tail.seek(offset)  # before anybody waits: a partition without a place is an error
        except BaseException:
            await self._discard(tail)
            raise
        return tail

    async def _discard(self, tail: Tail) -> None:
        self._open.discard(tail)
        if tail in self._idle:
            self._idle.remove(tail)
        with suppress(KafkaError, OSError):
            await tail.consumer.stop()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        topic = self._partition.topic
        try:
            yield
        except OffsetOutOfRangeError as wrong:
            raise LogDamaged(f"{topic} does not have what was read from it: {wrong}") from wrong
        except (KafkaError, OSError) as wrong:
            raise LogUnavailable(f"{topic}: {type(wrong).__name__}: {wrong}") from wrong
