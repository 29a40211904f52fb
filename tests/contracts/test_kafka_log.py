"""The log on a real Kafka keeps the contract of a log."""

import asyncio
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from confluent_kafka import Consumer, Message, TopicPartition

from libs.ledger.log import broker
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog, commands_topic, generations, journal_topic
from libs.ledger.ports import LogDamaged, LogUnavailable
from tests.contracts.log_contract import DurableLogContract, Opened, values
from tests.servers import Kafka

LIMITS = {"max.message.bytes": str(9 * 1024 * 1024), "retention.ms": "-1"}
WIDE = {**LIMITS, "max.message.bytes": str(25 * 1024 * 1024)}
STAMPED = {**LIMITS, "message.timestamp.type": "LogAppendTime"}


async def create(
    bootstrap: str, ledger: str, generation: int = 0, partitions: int = 1, *, stamped: bool = True
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    commands = commands_topic(ledger, generation)
    topics = [NewTopic(commands, partitions, 1, topic_configs=STAMPED if stamped else LIMITS)]
    if not generation:
        topics.append(NewTopic(journal_topic(ledger), partitions, 1, topic_configs=WIDE))
    await admin.create_topics(topics)
    await admin.close()


@pytest.fixture
async def ledger(kafka: Kafka) -> str:
    """Return the name of a ledger whose topics were made for this test."""
    name = f"test-{uuid4().hex[:12]}"
    await create(kafka.bootstrap, name)
    return name


@pytest.fixture
async def reopened(kafka: Kafka, ledger: str) -> AsyncIterator[Opened]:
    opened: list[KafkaLog] = []

    async def again() -> KafkaLog:
        opened.append(await KafkaLog.open(Broker(kafka.bootstrap), ledger))
        return opened[-1]

    yield again
    for log in opened:
        await log.close()


@pytest.fixture
async def log(reopened: Opened) -> KafkaLog:
    log = await reopened()
    assert isinstance(log, KafkaLog)
    return log


class TestKafkaLog(DurableLogContract):
    async def test_the_broker_says_when_a_command_was_appended(self, log: KafkaLog) -> None:
        before = time.time_ns() // 1_000_000
        await log.submit([b"a", b"b"])
        after = time.time_ns() // 1_000_000
        first, second = await log.commands(0, 10)
        assert before <= first.appended_ms <= after
        assert first.appended_ms == second.appended_ms, "one append, one instant"

    async def test_a_journal_record_is_a_cloud_event_whose_value_is_the_stored_bytes(
        self, log: KafkaLog, kafka: Kafka, ledger: str
    ) -> None:
        await log.propose([b"entry", b"entry"])
        for message in consumed(kafka.bootstrap, journal_topic(ledger), 2):
            assert message.value() == b"entry"
            assert message.key() is None
            assert dict(message.headers() or ()) == {
                "ce_specversion": b"1.0",
                "ce_id": sha256(b"entry").hexdigest().encode(),
                "ce_source": f"/ledgers/{ledger}".encode(),
                "ce_type": b"journal.entry.v1",
                "content-type": b"application/json",
            }

    async def test_a_record_without_a_value_is_an_empty_one(
        self, log: KafkaLog, kafka: Kafka, ledger: str
    ) -> None:
        async with Broker(kafka.bootstrap).producer() as stranger:
            await stranger.send_and_wait(commands_topic(ledger, 0), None, b"key", partition=0)
        assert await values(log) == [b""]

    async def test_large_batches_of_many_clients_keep_their_offsets(self, log: KafkaLog) -> None:
        """Three mebibytes do not fit one append; what fits one is never split."""

        async def client(name: int) -> tuple[int, list[bytes]]:
            mine = [b"%d-%d " % (name, number) * 5000 for number in range(60)]
            return await log.submit(mine), mine

        told = await asyncio.gather(*map(client, range(3)))
        found = await values(log)
        for first, mine in told:
            assert found[first] == mine[0]
            assert [value for value in found if value in mine] == mine

    async def test_topics_that_were_cut_are_found_out(
        self, log: KafkaLog, kafka: Kafka, ledger: str
    ) -> None:
        await log.submit([b"a", b"b"])
        with pytest.raises(LogDamaged, match="does not have what was read"):
            await log.commands(5, 1)

    async def test_a_broker_that_is_not_there_is_told(self, unused_tcp_port: int) -> None:
        nowhere = Broker(f"127.0.0.1:{unused_tcp_port}")
        with pytest.raises(LogUnavailable):
            await KafkaLog.open(nowhere, "main")
        log = KafkaLog(nowhere, "main", 0)
        with pytest.raises(LogUnavailable):
            await log.submit([b"a"])
        await log.close()

    async def test_the_newest_generation_is_opened(self, kafka: Kafka, ledger: str) -> None:
        await create(kafka.bootstrap, ledger, generation=1)
        await create(kafka.bootstrap, ledger, generation=12)
        log = await KafkaLog.open(Broker(kafka.bootstrap), ledger)
        await log.submit([b"a"])
        assert [(one.log, one.offset) for one in await log.commands(0, 1)] == [(12, 0)]
        await log.close()

    async def test_only_one_partition_has_a_total_order(self, kafka: Kafka) -> None:
        name = f"test-{uuid4().hex[:12]}"
        await create(kafka.bootstrap, name, partitions=2)
        with pytest.raises(LogDamaged, match=r"\.commands has 2 partitions"):
            await KafkaLog.open(Broker(kafka.bootstrap), name)

    async def test_a_ledger_without_topics_is_told(self, kafka: Kafka) -> None:
        with pytest.raises(LogUnavailable, match="tonne topics apply"):
            await KafkaLog.open(Broker(kafka.bootstrap), "nobody")

    async def test_a_topic_stamped_by_its_senders_is_refused(self, kafka: Kafka) -> None:
        name = f"test-{uuid4().hex[:12]}"
        await create(kafka.bootstrap, name, stamped=False)
        log = await KafkaLog.open(Broker(kafka.bootstrap), name)
        await log.submit([b"a"])
        with pytest.raises(LogDamaged, match="LogAppendTime"):
            await log.commands(0, 1)
        await log.close()


def consumed(bootstrap: str, topic: str, count: int) -> list[Message]:
    """Read a topic with a client that is not ours."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "stranger"}
    consumer = Consumer({**settings, "isolation.level": "read_uncommitted"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    messages = consumer.consume(count, timeout=20)
    consumer.close()
    return messages


def test_generations_are_told_by_their_topics() -> None:
    topics = ["a.commands", "a.commands.2", "a.commands.10", "a.commands.x", "ab.commands.7"]
    assert generations("a", [*topics, "a.journal", "xa.commands.3", "a.commands.01"]) == [0, 2, 10]
    assert commands_topic("a", 0) == "a.commands"
    assert commands_topic("a", 3) == "a.commands.3"


def test_no_client_leaves_a_setting_to_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's defaults lose records; each of these was chosen."""
    monkeypatch.setattr(broker, "AIOKafkaProducer", dict)
    monkeypatch.setattr(broker, "AIOKafkaConsumer", dict)
    made: Any = Broker("h:1").producer()
    assert made == {
        "bootstrap_servers": "h:1",
        "security_protocol": "PLAINTEXT",
        "ssl_context": None,
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": None,
        "linger_ms": 0,
        "max_batch_size": 1024 * 1024,
        "max_request_size": 25 * 1024 * 1024,
        "request_timeout_ms": 30_000,
        "retry_backoff_ms": 50,
    }
    read: Any = Broker("h:1").consumer()
    assert read == {
        "bootstrap_servers": "h:1",
        "security_protocol": "PLAINTEXT",
        "ssl_context": None,
        "group_id": None,
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "isolation_level": "read_uncommitted",
        "check_crcs": True,
        "fetch_max_wait_ms": 500,
        "max_partition_fetch_bytes": 4 * 1024 * 1024,
        "fetch_max_bytes": 8 * 1024 * 1024,
        "request_timeout_ms": 30_000,
        "retry_backoff_ms": 50,
    }
