"""Topics are data: made as they must be, pinned, and refused where they differ (F17)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import yaml
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.errors import MessageSizeTooLargeError
from sqlalchemy import Engine
from typer.testing import CliRunner

from libs.edge import pins
from libs.edge.database import connect
from libs.ledger.log import topics as brokers
from libs.ledger.log.broker import Broker
from libs.ledger.log.layout import NOTHING, Pin
from libs.ledger.ports import Halted
from services import topics
from services.cli import app
from services.settings import SettingsFault
from tests.servers import Kafka, kafka_servers

ONE = 1
MANIFESTS = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes" / "base"


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = connect(database)
    pins.pins.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def broker(kafka: Kafka) -> Broker:
    return Broker(kafka.bootstrap)


@pytest.fixture
async def ledger(broker: Broker, ledger_name: str, engine: Engine) -> str:
    """A ledger whose topics were applied and are right."""
    done = await topics.apply(broker, ledger_name, engine, replication=ONE)
    assert not done.problems
    return ledger_name


@asynccontextmanager
async def administering(broker: Broker) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = broker.admin()
    await admin.start()
    yield admin
    await admin.close()


async def delete(broker: Broker, *names: str) -> None:
    """Delete topics, and return when they are gone."""
    async with administering(broker) as admin:
        await admin.delete_topics(list(names))
    async with asyncio.timeout(30):
        while set(names) & set(await brokers.names(broker)):  # noqa: ASYNC110 - the broker has no event
            await asyncio.sleep(0.05)


async def append(broker: Broker, topic: str, value: bytes) -> None:
    producer = broker.producer()
    await producer.start()
    await producer.send_and_wait(topic, value)
    await producer.stop()


async def codes(broker: Broker, ledger: str, engine: Engine) -> set[tuple[str, str]]:
    found = await topics.check(broker, ledger, engine, replication=ONE)
    return {(problem.code, problem.topic) for problem in found}


async def test_applied_topics_are_right_and_pinned_and_stay_so(
    broker: Broker, ledger_name: str, engine: Engine
) -> None:
    made = await topics.apply(broker, ledger_name, engine, replication=ONE)
    again = await topics.apply(broker, ledger_name, engine, replication=ONE)
    names = [topic.name for topic in topics.topics_of(ledger_name)]
    seen = await brokers.look(broker, names)

    assert (list(made.made), made.problems) == (names, [])
    assert (again.made, again.problems) == ([], [])
    logs = {f"{ledger_name}.commands", f"{ledger_name}.journal"}
    assert pins.read(engine) == {name: seen[name].pin for name in logs}
    for name in logs:
        configs = seen[name].configs
        assert configs["retention.ms"] == configs["retention.bytes"] == "-1"
        assert configs["cleanup.policy"] == "delete"
        assert configs["message.timestamp.type"] == "LogAppendTime"
        assert configs["flush.messages"] == "1"
    await topics.insist(broker, ledger_name, engine)


async def test_a_topic_that_was_deleted_is_refused_and_not_made_again(
    broker: Broker, ledger: str, engine: Engine
) -> None:
    await delete(broker, f"{ledger}.journal")
    assert await codes(broker, ledger, engine) == {("topic_missing", f"{ledger}.journal")}
    with pytest.raises(Halted, match=r"topic_missing: .*journal is gone, with all its records"):
        await topics.insist(broker, ledger, engine)
    done = await topics.apply(broker, ledger, engine, replication=ONE)
    assert [problem.code for problem in done.problems] == ["topic_missing"]
    assert f"{ledger}.journal" not in await brokers.names(broker)


async def test_a_topic_that_was_deleted_and_made_again_is_refused(
    broker: Broker, ledger: str, engine: Engine
) -> None:
    await delete(broker, f"{ledger}.commands")
    await brokers.create(broker, topics.topics_of(ledger, replication=ONE)[:1])
    assert await codes(broker, ledger, engine) == {("topic_replaced", f"{ledger}.commands")}
    with pytest.raises(Halted, match=r"topic_replaced: .*deleted and made again"):
        await topics.insist(broker, ledger, engine)


async def test_the_topics_of_a_partner_are_pinned_as_the_logs_are(
    broker: Broker, ledger: str, engine: Engine
) -> None:
    """Made anew, split or gone: the offsets that its answers name would mean other letters."""
    mine = (f"{ledger}.from.acme", f"{ledger}.to.acme")

    async def wrong(partners: list[str]) -> set[tuple[str, str]]:
        found = await topics.check(broker, ledger, engine, replication=ONE, partners=partners)
        return {(problem.code, problem.topic) for problem in found}

    await brokers.create(broker, topics.topics_of(ledger, replication=ONE, partners=["acme"])[3:])
    assert await wrong(["acme"]) == {("topic_not_pinned", name) for name in mine}
    done = await topics.apply(broker, ledger, engine, replication=ONE, partners=["acme"])
    assert (done.made, done.problems) == ([], [])
    assert await wrong(["acme"]) == set()
    await topics.insist_letters(broker, ledger, engine, "acme")

    await delete(broker, mine[0])
    assert await wrong(["acme"]) == {("topic_missing", mine[0])}
    done = await topics.apply(broker, ledger, engine, replication=ONE, partners=["acme"])
    assert (done.made, [one.code for one in done.problems]) == ([], ["topic_missing"])
    await brokers.create(broker, topics.topics_of(ledger, replication=ONE, partners=["acme"])[3:4])
    async with administering(broker) as admin:
        await admin.create_partitions({mine[1]: NewPartitions(2)})
    assert await wrong(["acme"]) == {
        ("topic_replaced", mine[0]),
        ("partitions_differ", mine[1]),
    }
    for refuse in (
        topics.insist_letters(broker, ledger, engine, "acme"),
        topics.insist(broker, ledger, engine, ["acme"]),
    ):
        with pytest.raises(Halted, match=r"topic_replaced: .*from.acme .*deleted and made again"):
            await refuse
    assert await wrong([]) == set(), "the ledger itself is what it was"


async def test_more_partitions_are_refused(broker: Broker, ledger: str, engine: Engine) -> None:
    async with administering(broker) as admin:
        await admin.create_partitions({f"{ledger}.commands": NewPartitions(2)})
    assert await codes(broker, ledger, engine) == {("partitions_differ", f"{ledger}.commands")}
    with pytest.raises(Halted, match="has 2 partitions, not 1"):
        await topics.insist(broker, ledger, engine)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("retention.ms", "86400000"),
        ("cleanup.policy", "compact"),
        ("max.message.bytes", "1048576"),
        ("message.timestamp.type", "CreateTime"),
        ("compression.type", "producer"),
    ],
)
async def test_another_setting_is_refused(
    broker: Broker, ledger: str, engine: Engine, setting: str, value: str
) -> None:
    chosen = dict(topics.topics_of(ledger)[0].settings(ONE)) | {setting: value}
    resource = ConfigResource(ConfigResourceType.TOPIC, f"{ledger}.journal", chosen)
    async with administering(broker) as admin:
        await admin.alter_configs([resource])
    assert await codes(broker, ledger, engine) == {("setting_differs", f"{ledger}.journal")}
    with pytest.raises(Halted, match=f"has {setting}={value}, not "):
        await topics.insist(broker, ledger, engine)


async def test_deleted_records_are_refused(broker: Broker, ledger: str, engine: Engine) -> None:
    for value in (b"first", b"second"):
        await append(broker, f"{ledger}.journal", value)
    await topics.apply(broker, ledger, engine, replication=ONE)
    async with administering(broker) as admin:
        partition = TopicPartition(f"{ledger}.journal", 0)
        await admin.delete_records({partition: RecordsToDelete(before_offset=1)})
    assert await codes(broker, ledger, engine) == {
        ("records_deleted", f"{ledger}.journal"),
        ("genesis_differs", f"{ledger}.journal"),
    }


async def test_the_first_record_is_pinned_once_it_is_there(
    broker: Broker, ledger: str, engine: Engine
) -> None:
    journal = f"{ledger}.journal"
    assert pins.read(engine)[journal].genesis == NOTHING
    await append(broker, journal, b"first")
    assert await codes(broker, ledger, engine) == set()
    await topics.apply(broker, ledger, engine, replication=ONE)
    assert pins.read(engine)[journal].genesis == sha256(b"first").hexdigest()


async def test_another_cluster_is_refused(
    ledger: str, engine: Engine, database: str, tmp_path: Path
) -> None:
    with kafka_servers(tmp_path) as servers:
        other = Broker(servers.bootstrap)
        assert {code for code, _ in await codes(other, ledger, engine)} == {"topic_missing"}
        assert (await topics.apply(other, ledger, engine, replication=ONE)).problems
        assert await brokers.names(other) == []
        await brokers.create(other, topics.topics_of(ledger, replication=ONE))
        with pytest.raises(Halted, match="or this is another cluster"):
            await topics.insist(other, ledger, engine)
        servers.stop(0)


async def test_a_new_generation_is_pinned_beside_the_old_one(
    broker: Broker, ledger: str, engine: Engine
) -> None:
    done = await topics.apply(broker, ledger, engine, replication=ONE, generation=1)
    assert list(done.made) == [f"{ledger}.commands.1"]
    assert set(pins.read(engine)) == {
        f"{ledger}.commands",
        f"{ledger}.commands.1",
        f"{ledger}.journal",
    }
    await delete(broker, f"{ledger}.commands")
    assert await codes(broker, ledger, engine) == {("topic_missing", f"{ledger}.commands")}


async def test_a_topic_that_was_there_before_is_pinned_only_if_it_is_right(
    broker: Broker, ledger_name: str, engine: Engine
) -> None:
    found = topics.topics_of(ledger_name, replication=ONE)[0]
    await brokers.create(broker, [msgspec.structs.replace(found, partitions=2)])
    done = await topics.apply(broker, ledger_name, engine, replication=ONE)
    assert {problem.code for problem in done.problems} == {"partitions_differ"}
    assert pins.read(engine) == {}


async def test_three_copies_are_wanted_unless_one_was_asked_for(
    broker: Broker, ledger: str, engine: Engine
) -> None:
    found = await topics.check(broker, ledger, engine, replication=3)
    assert {problem.code for problem in found} == {"replication_differs"}
    assert "is kept 1 times, not 3" in found[0].text


async def test_a_small_batch_that_unpacks_to_a_huge_one_is_refused(
    broker: Broker, ledger: str
) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap, compression_type="gzip", max_request_size=30_000_000
    )
    await producer.start()
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait(f"{ledger}.commands", bytes(20_000_000))
    await producer.stop()


async def test_a_pin_is_never_written_over(engine: Engine) -> None:
    first = Pin("t.journal", "A" * 22, 1, NOTHING)
    pins.settle(engine, [first])
    with pytest.raises(Halted, match="is pinned as AAAA"):
        pins.settle(engine, [Pin("t.journal", "B" * 22, 1, NOTHING)])
    known = Pin("t.journal", "A" * 22, 1, sha256(b"first").hexdigest())
    pins.settle(engine, [known])
    with pytest.raises(Halted, match="another first record"):
        pins.settle(engine, [Pin("t.journal", "A" * 22, 1, sha256(b"other").hexdigest())])
    assert pins.read(engine) == {"t.journal": known}


def test_the_command_line_ends_with_1_where_a_topic_differs(
    kafka: Kafka, database: str, engine: Engine, ledger_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONNE_NAME", ledger_name)
    where = ["--log", f"kafka://{kafka.bootstrap}", "--database", database]
    one = [*where, "--replication", "1", "--json"]
    run = CliRunner()

    first = run.invoke(app, ["topics", "apply", *one])
    assert first.exit_code == 0
    assert f"{ledger_name}.commands" in json.loads(first.stdout)["made"]
    assert run.invoke(app, ["topics", "check", *one]).exit_code == 0
    strict = run.invoke(app, ["topics", "check", *where, "--json"])
    assert strict.exit_code == 1
    told = json.loads(strict.stdout)["problems"]
    assert {problem["code"] for problem in told} == {"replication_differs"}
    assert "tonne: replication_differs: " in strict.stderr


def test_the_command_line_says_what_it_needs(database: str) -> None:
    run = CliRunner()
    for options, word in (
        (["--log", "sqlite:///registry.db"], "is no log on Kafka"),
        (["--log", "kafka://127.0.0.1:1"], "TONNE_DATABASE names no database"),
    ):
        ended = run.invoke(app, ["topics", "check", *options])
        assert isinstance(ended.exception, SettingsFault)
        assert word in str(ended.exception)
    ended = run.invoke(
        app, ["topics", "check", "--log", "kafka://127.0.0.1:1", "--database", database]
    )
    assert isinstance(ended.exception, Halted)
    assert "tonne migrate upgrade" in str(ended.exception)


def test_the_manifests_make_the_same_topics() -> None:
    made = {
        one["metadata"]["name"]: (
            one["spec"]["partitions"],
            one["spec"]["replicas"],
            one["spec"]["config"],
        )
        for one in yaml.safe_load_all((MANIFESTS / "topics.yaml").read_text())
    }
    wanted = {
        topic.name: (topic.partitions, 3, dict(topic.settings(3)))
        for topic in topics.topics_of("main")
    }
    assert made == wanted
