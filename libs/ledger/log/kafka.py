"""Both logs on Apache Kafka: `LEDGER.commands` and `LEDGER.journal`, of one partition each.

Nothing here rests on a transaction, a lease, a group or a clock: a commands record has the offset
and the instant that the broker gave it, and the journal's readers skip whatever does not extend
their head. Nobody may hold a transactional id on these topics, and both are read uncommitted, so
all readers see the same records.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Self

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError

from libs.ledger.decider import Record
from libs.ledger.log.appender import Appender
from libs.ledger.log.broker import Broker
from libs.ledger.log.tails import Tails
from libs.ledger.ports import LogDamaged, LogUnavailable, Noted

LOG_APPEND_TIME: Final = 1


def commands_topic(ledger: str, generation: int) -> str:
    """Return the topic of a generation of the commands log: NAME.commands, NAME.commands.1, ..."""
    return f"{ledger}.commands.{generation}" if generation else f"{ledger}.commands"


def journal_topic(ledger: str) -> str:
    """Return the topic of a ledger's journal."""
    return f"{ledger}.journal"


def from_topic(ledger: str, partner: str) -> str:
    """Return the topic that a partner writes its letters into, and nobody else."""
    return f"{ledger}.from.{partner}"


def to_topic(ledger: str, partner: str) -> str:
    """Return the topic that has the answer to each letter of a partner."""
    return f"{ledger}.to.{partner}"


def generations(ledger: str, topics: Sequence[str]) -> list[int]:
    """Return the generations of the commands log that are among the topics, oldest first."""
    named = re.compile(rf"{re.escape(ledger)}\.commands(?:\.([1-9][0-9]*))?")
    found = (named.fullmatch(topic) for topic in topics)
    return sorted(int(match[1] or 0) for match in found if match)


class KafkaLog:
    """Commands and journal of one ledger, in the newest generation of its commands log."""

    def __init__(self, broker: Broker, ledger: str, generation: int) -> None:
        self.broker = broker
        self.ledger = ledger
        self.generation = generation
        source = f"/ledgers/{ledger}".encode()
        commands, journal = commands_topic(ledger, generation), journal_topic(ledger)
        self._commands = Tails(broker, commands)
        self._journal = Tails(broker, journal)
        self._submitting = Appender(broker, commands, lambda _: [])
        self._proposing = Appender(broker, journal, lambda value: cloud_event(source, value))

    @classmethod
    async def open(cls, broker: Broker, ledger: str) -> Self:
        """Open the logs of a ledger; raise LogUnavailable where there are none of one partition."""
        partitions = await _partitions(broker)
        found = generations(ledger, list(partitions))
        journal = journal_topic(ledger)
        if not found or journal not in partitions:
            raise LogUnavailable(
                f"there are no topics of the ledger {ledger!r}; tonne topics apply"
            )
        for topic in (commands_topic(ledger, found[-1]), journal):
            if partitions[topic] != 1:
                raise LogDamaged(
                    f"{topic} has {partitions[topic]} partitions: only one has a total order"
                )
        return cls(broker, ledger, found[-1])

    async def submit(self, records: Sequence[bytes]) -> int:
        """Append command records and return the offset of the first, once they are durable."""
        if not records:
            return await self.commands_end()
        return await self._submitting.append(records)

    async def propose(self, entries: Sequence[bytes]) -> None:
        """Append entries to the journal's topic; return once they are durable."""
        if entries:
            await self._proposing.append(entries)

    async def commands_end(self) -> int:
        """Return the offset behind the last command record."""
        return await self._commands.end()

    async def next_offset(self) -> int:
        """Return the offset of the next command: beyond the end where somebody's markers stand."""
        return await self._commands.following()

    async def commands(self, offset: int, most: int) -> Sequence[Record]:
        """Return command records from the offset on; wait until there is one."""
        records = await self._commands.read(offset, most)
        return [_record(self.generation, record) for record in records]

    async def entries(self, offset: int, most: int) -> Sequence[Noted]:
        """Return records of the journal's topic from the offset on; wait until there is one."""
        records = await self._journal.read(offset, most)
        return [Noted(record.offset, record.value or b"") for record in records]

    async def journal_end(self) -> int:
        """Return the offset behind the last record of the journal's topic."""
        return await self._journal.end()

    async def close(self) -> None:
        """Append what waits, and let go of the connections."""
        for part in (self._submitting, self._proposing, self._commands, self._journal):
            await part.close()


def cloud_event(source: bytes, value: bytes) -> list[tuple[str, bytes]]:
    """Return the headers of a journal record (CloudEvents 1.0, Kafka binding, binary mode).

    The id is the entry's digest: a record that a retry or a second replica wrote again has it too.
    """
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", sha256(value).hexdigest().encode()),
        ("ce_source", source),
        ("ce_type", b"journal.entry.v1"),
        ("content-type", b"application/json"),
    ]


def _record(generation: int, record: ConsumerRecord[bytes, bytes]) -> Record:
    if record.timestamp_type != LOG_APPEND_TIME:
        raise LogDamaged(
            f"{record.topic} takes its senders' word for the time: it needs"
            " message.timestamp.type=LogAppendTime"
        )
    return Record(generation, record.offset, record.timestamp, record.value or b"")


async def _partitions(broker: Broker) -> dict[str, int]:
    """Return how many partitions each topic has."""
    admin = broker.admin()
    try:
        await admin.start()
        return {one["topic"]: len(one["partitions"]) for one in await admin.describe_topics()}
    except (KafkaError, OSError) as wrong:
        raise LogUnavailable(f"{broker.bootstrap}: {type(wrong).__name__}: {wrong}") from wrong
    finally:
        await admin.close()
