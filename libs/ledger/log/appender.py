"""Appending to a topic: whatever waits when an append begins goes into it (group commit)."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from libs.ledger.log.broker import BATCH_BYTES, Broker
from libs.ledger.ports import LogUnavailable

Headers = Callable[[bytes], list[tuple[str, bytes]]]

WAITING_BYTES_MAX = 64 * 1024 * 1024
"""How much may wait for a broker that does not answer before an append is refused at once."""

RECORD_OVERHEAD = 256
"""More than the frame and the headers of a record take."""

CLOSING_SECONDS = 2


class Submission:
    """Records that one caller appends together."""

    __slots__ = ("first", "next", "size", "told", "values")

    def __init__(self, values: Sequence[bytes], told: asyncio.Future[int]) -> None:
        self.values = values
        self.told = told
        self.size = sum(map(len, values)) + RECORD_OVERHEAD * len(values)
        self.next = 0
        self.first: int | None = None


class Appender:
    """Appends to the one partition of a topic, one batch on its way at a time.

    A batch is in the log whole or not at all. A submission that fits one batch is never split; a
    larger one takes several, in a row unless another process appends between them.
    """

    def __init__(self, broker: Broker, topic: str, headers: Headers) -> None:
        self._broker = broker
        self._topic = topic
        self._headers = headers
        self._waiting: deque[Submission] = deque()
        self._waiting_bytes = 0
        self._producer: AIOKafkaProducer | None = None
        self._writing: asyncio.Task[None] | None = None

    async def append(self, values: Sequence[bytes]) -> int:
        """Append records and return the offset of the first, once every replica in sync has them.

        Raises LogUnavailable where the brokers refuse, or too much waits for them already; the
        records may be in the log all the same. Who is cancelled does not know either.
        """
        if self._waiting_bytes > WAITING_BYTES_MAX:
            raise LogUnavailable(f"{self._topic}: too much waits for the brokers already")
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        submission = Submission(values, told)
        self._waiting.append(submission)
        self._waiting_bytes += submission.size
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name=f"append to {self._topic}")
        return await told

    async def close(self) -> None:
        """Append what waits, for some seconds at most, and let go of the connection."""
        if self._writing is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS):
                    await asyncio.shield(self._writing)
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        self._fail(LogUnavailable(f"{self._topic} is closed"))
        await self._part()

    async def _write(self) -> None:
        """Append until nothing waits."""
        while self._waiting:
            submissions: list[Submission] = []
            try:
                producer = self._producer or await self._started()
                batch, submissions = self._gather(producer)
                if submissions:
                    on_its_way = await producer.send_batch(batch, self._topic, partition=0)
                    _tell(submissions, (await on_its_way).offset, batch.record_count())
            except asyncio.CancelledError:
                self._fail(LogUnavailable(f"{self._topic} is closed"), submissions)
                raise
            except Exception as wrong:  # noqa: BLE001 - whatever it is, nobody may wait for ever
                # What became of the batch is unknown, and this client may be beyond repair: an
                # idempotent producer that lost its place never finds it again.
                fault = LogUnavailable(f"{self._topic}: {type(wrong).__name__}: {wrong}")
                self._fail(fault, submissions)
                await self._part()

    async def _started(self) -> AIOKafkaProducer:
        producer = self._broker.producer()
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        return producer

    def _gather(self, producer: AIOKafkaProducer) -> tuple[BatchBuilder, list[Submission]]:
        """Fill a batch with what waits; a submission is split only where it needs several."""
        batch = producer.create_batch()
        taken: list[Submission] = []
        while self._waiting:
            submission = self._waiting[0]
            if submission.told.done() and not submission.next:
                self._forget(submission)
                continue
            if taken and batch.size() + submission.size > BATCH_BYTES:
                break
            taken.append(submission)
            if not self._fill(batch, submission):
                break
            self._forget(submission)
        return batch, taken

    def _fill(self, batch: BatchBuilder, submission: Submission) -> bool:
        """Append records of a submission to a batch; say whether all of them are on their way."""
        values, headers = submission.values, self._headers
        while submission.next < len(values):
            value = values[submission.next]
            if batch.append(timestamp=None, key=None, value=value, headers=headers(value)) is None:
                return False
            submission.next += 1
        return True

    def _forget(self, submission: Submission) -> None:
        self._waiting.popleft()
        self._waiting_bytes -= submission.size

    def _fail(self, fault: LogUnavailable, sent: Sequence[Submission] = ()) -> None:
        """Tell those whose records were sent, and all who wait, that nothing is known of them."""
        for submission in sent:
            _refuse(submission, fault)
        while self._waiting:
            _refuse(self._waiting[0], fault)
            self._forget(self._waiting[0])

    async def _part(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError):
                await producer.stop()


def _tell(submissions: Sequence[Submission], offset: int, count: int) -> None:
    """Tell each submission of an acknowledged batch where its first record is."""
    behind = offset + count
    for submission in reversed(submissions):
        if submission.first is None:
            behind -= submission.next
            submission.first = behind
    for submission in submissions:
        if submission.next == len(submission.values) and not submission.told.done():
            submission.told.set_result(submission.first or 0)


def _refuse(submission: Submission, fault: LogUnavailable) -> None:
    if not submission.told.done():
        submission.told.set_exception(fault)
        submission.told.exception()
