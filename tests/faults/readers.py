"""Reading whole topics, by two clients that share no code."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import Consumer
from confluent_kafka import KafkaError as StrangerError
from confluent_kafka import TopicPartition as StrangerPartition

from tests.faults.accepted import Record

POLL_MS = 500
STILL_POLLS = 4
"""A marker of a transaction at a topic's end is no record: who waits for one waits for ever."""


async def by_aiokafka(bootstrap: str, topic: str) -> list[Record]:
    """Return every record of a topic's partition as aiokafka reads it, uncommitted ones too."""
    place = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none"
    )
    await consumer.start()
    try:
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        consumer.seek(place, 0)
        found: list[Record] = []
        still = 0
        while (found[-1].offset + 1 if found else 0) < end and still < STILL_POLLS:
            records = (await consumer.getmany(place, timeout_ms=POLL_MS)).get(place, [])
            still = 0 if records else still + 1
            found += [Record(r.offset, r.timestamp, r.value or b"") for r in records]
        return found
    finally:
        await consumer.stop()


async def by_confluent(bootstrap: str, topic: str) -> list[Record]:
    """Return every record of a topic's partition as librdkafka reads it."""
    return await asyncio.to_thread(_by_confluent, bootstrap, topic)


def _by_confluent(bootstrap: str, topic: str) -> list[Record]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "checker",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_uncommitted",
            "enable.partition.eof": True,
        }
    )
    found: list[Record] = []
    try:
        consumer.assign([StrangerPartition(topic, 0, 0)])
        while True:
            for message in consumer.consume(2000, POLL_MS / 1000):
                wrong = message.error()
                if wrong is not None and wrong.code() == StrangerError._PARTITION_EOF:
                    return found
                if wrong is not None:
                    raise RuntimeError(f"{topic}: {wrong}")
                _, appended_ms = message.timestamp()
                found.append(Record(message.offset() or 0, appended_ms, message.value() or b""))
    finally:
        consumer.close()
