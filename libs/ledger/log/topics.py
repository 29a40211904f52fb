"""The topics of a ledger on the brokers: made where they are missing, and looked at as they are."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from libs.ledger.entry import Digest
from libs.ledger.log.broker import Broker
from libs.ledger.log.layout import NOTHING, Pin, Problem, Seen, Topic, deviations
from libs.ledger.log.metadata import AllTopics, Found, found
from libs.ledger.ports import LogUnavailable

WAIT_MS = 30_000
QUORUM = 3
GLANCE_SECONDS = 0.05


async def nodes(broker: Broker) -> int:
    """Return how many brokers are alive and serve, as one of them says."""
    async with _faults(broker), _asking(broker) as admin:
        return len((await admin.describe_cluster())["brokers"])


async def names(broker: Broker) -> list[str]:
    """Return the topics that there are."""
    return sorted(await _found(broker))


async def check(broker: Broker, topics: Sequence[Topic], pins: Mapping[str, Pin]) -> list[Problem]:
    """Return every way in which the topics are not what they must be; change nothing."""
    seen = await look(broker, [topic.name for topic in topics])
    return list(deviations(topics, seen, pins))


async def create(broker: Broker, topics: Iterable[Topic]) -> None:
    """Make topics that are not there; one that another process makes now is left to the check."""
    made = [
        NewTopic(
            topic.name,
            topic.partitions,
            topic.replication or QUORUM,
            topic_configs=dict(topic.settings(topic.replication or QUORUM)),
        )
        for topic in topics
    ]
    if not made:
        return
    async with _faults(broker), _asking(broker) as admin:
        answer = await admin.create_topics(made, timeout_ms=WAIT_MS)
    for told in answer.to_object()["topic_errors"]:
        if (code := told["error_code"]) not in (0, TopicAlreadyExistsError.errno):
            word = f"{for_code(code).__name__}: {told['error_message']}"
            raise LogUnavailable(f"{told['topic']} cannot be made: {word}")
    await _seen_everywhere(broker, {topic.name for topic in made})


async def look(broker: Broker, wanted: Iterable[str]) -> dict[str, Seen]:
    """Return what the brokers have of the wanted topics, by name."""
    there = await _found(broker)
    mine = [there[name] for name in wanted if name in there]
    if not mine:
        return {}
    configs = await _configs(broker, [topic.name for topic in mine])
    async with _faults(broker):
        return {topic.name: await _seen(broker, topic, configs[topic.name]) for topic in mine}


async def _seen(broker: Broker, topic: Found, configs: Mapping[str, str]) -> Seen:
    first, genesis = await _beginning(broker, topic.name)
    copies = min(len(partition.replicas) for partition in topic.partitions)
    return Seen(topic.name, topic.topic_id, len(topic.partitions), copies, configs, first, genesis)


async def _beginning(broker: Broker, topic: str) -> tuple[int, Digest]:
    """Return the lowest offset of partition 0 that is there, and the digest of its record."""
    consumer, place = broker.consumer(), TopicPartition(topic, 0)
    try:
        await consumer.start()
        consumer.assign([place])
        first = (await consumer.beginning_offsets([place]))[place]
        if (await consumer.end_offsets([place]))[place] == first:
            return first, NOTHING
        consumer.seek(place, first)
        async with asyncio.timeout(WAIT_MS / 1000):
            record = await consumer.getone(place)
        return first, sha256(record.value or b"").hexdigest()
    finally:
        await consumer.stop()


async def _configs(broker: Broker, topics: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return every setting of each topic that is in force, wherever it was set."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
    async with _faults(broker), _asking(broker) as admin:
        answers = await admin.describe_configs(asked)
    told: dict[str, dict[str, str]] = {}
    for answer in answers:
        for resource in answer.to_object()["resources"]:
            if code := resource["error_code"]:
                raise LogUnavailable(f"{resource['resource_name']}: {for_code(code).__name__}")
            told[resource["resource_name"]] = {
                entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]
            }
    return told


async def _found(broker: Broker) -> dict[str, Found]:
    async with _faults(broker), _client(broker) as client:
        return found(await client.send(client.get_random_node(), AllTopics()))


async def _seen_everywhere(broker: Broker, wanted: set[str]) -> None:
    """Wait until every broker knows the topics: it hears of a new one a moment later."""
    async with _faults(broker), asyncio.timeout(WAIT_MS / 1000), _client(broker) as client:
        for node in client.cluster.brokers():
            while not wanted <= found(await client.send(node.nodeId, AllTopics())).keys():  # noqa: ASYNC110 - the broker tells nobody
                await asyncio.sleep(GLANCE_SECONDS)


@asynccontextmanager
async def _client(broker: Broker) -> AsyncIterator[AIOKafkaClient]:
    client = AIOKafkaClient(
        bootstrap_servers=broker.bootstrap,
        security_protocol="SSL" if broker.tls else "PLAINTEXT",
        ssl_context=broker.tls,
    )
    try:
        await client.bootstrap()
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def _asking(broker: Broker) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = broker.admin()
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def _faults(broker: Broker) -> AsyncIterator[None]:
    try:
        yield
    except (KafkaError, OSError) as wrong:
        raise LogUnavailable(f"{broker.bootstrap}: {type(wrong).__name__}: {wrong}") from wrong
