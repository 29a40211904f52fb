"""The servers that the project starts are real: they keep what they took, and die with us."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from libs.ledger.log.broker import Broker
from services.cluster.children import NoServer
from services.cluster.jars import jars
from services.cluster.postgres import create_database
from tests import servers
from tests.cluster.alive import runs

PROJECT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(300)  # three brokers start slowly on a busy machine


async def create(broker: Broker, topic: str, copies: int) -> None:
    admin = broker.admin()
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, copies)])
    await admin.close()


async def append(broker: Broker, topic: str, value: bytes, seconds: int = 120) -> None:
    """Append, acknowledged by every copy in sync; give up after `seconds`."""
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap, acks="all", request_timeout_ms=seconds * 1000
    )
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def read(broker: Broker, topic: str) -> list[bytes | None]:
    consumer, place = broker.consumer(), TopicPartition(topic, 0)
    await consumer.start()
    consumer.assign([place])
    consumer.seek(place, 0)
    end = (await consumer.end_offsets([place]))[place]
    values = [(await consumer.getone()).value for _ in range(end)]
    await consumer.stop()
    return values


async def test_a_broker_that_was_killed_goes_on_with_what_it_took(tmp_path: Path) -> None:
    with servers.kafka_servers(tmp_path, broker_session_timeout_ms="2000") as kafka:
        broker = Broker(kafka.bootstrap)
        await create(broker, "t", 1)
        await append(broker, "t", b"first")
        first = kafka.pids
        kafka.kill(1)
        assert kafka.ended() == [1]
        kafka.restart(1)
        await kafka.ready()
        await append(broker, "t", b"second")
        assert await read(broker, "t") == [b"first", b"second"]
        assert (kafka.pids != first, kafka.ended()) == (True, [])
        kafka.stop(0)


async def test_a_folder_is_the_same_cluster_when_it_is_started_again(tmp_path: Path) -> None:
    with servers.kafka_servers(tmp_path) as kafka:
        before = kafka.bootstrap
        await create(Broker(before), "t", 1)
        await append(Broker(before), "t", b"first")
        with pytest.raises(NoServer, match="is taken; does it run"):
            servers.kafka_servers(tmp_path)
    with servers.kafka_servers(tmp_path) as kafka:
        assert kafka.bootstrap == before
        assert await read(Broker(before), "t") == [b"first"]
        kafka.stop(0)
    with pytest.raises(NoServer, match="holds 1 brokers, not 3"):
        servers.kafka_servers(tmp_path, brokers=3)


async def test_three_brokers_lose_one_and_go_on_and_without_two_take_nothing(
    tmp_path: Path,
) -> None:
    quick = {"broker_session_timeout_ms": "2000", "broker_heartbeat_interval_ms": "500"}
    with servers.kafka_servers(tmp_path, brokers=3, **quick) as kafka:
        broker = Broker(kafka.bootstrap)
        await create(broker, "t", 3)
        await append(broker, "t", b"with three")
        kafka.kill(1)
        await append(broker, "t", b"with two")
        kafka.kill(2)
        with pytest.raises(KafkaError):
            await append(broker, "t", b"with one", seconds=3)
        kafka.restart(1)
        kafka.restart(2)
        await kafka.ready()
        assert (await read(broker, "t"))[:2] == [b"with three", b"with two"]
        kafka.stop(0)


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    kafka = servers.kafka_servers(tmp_path, log_segment_bytes="none")
    with pytest.raises(NoServer, match=r"log\.segment\.bytes"), kafka:
        pass
    assert kafka.ended() == list(kafka.pids)


def test_a_database_that_was_killed_keeps_what_it_committed(tmp_path: Path) -> None:
    with servers.postgres_server(tmp_path) as postgres:
        url = create_database(postgres.url(), "kept")
        assert create_database(postgres.url(), "kept") == url
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            assert connection.execute(text("SHOW fsync")).scalar() == "on"
            connection.execute(text("CREATE TABLE t AS SELECT 1 AS n"))
        postgres.kill()
        with pytest.raises(OperationalError):
            engine.connect()
        postgres.start()
        postgres.wait()
        with engine.connect() as connection:
            assert connection.execute(text("SELECT n FROM t")).scalar() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the children of a process")
def test_a_database_starts_again_once_the_last_of_a_killed_one_is_gone(tmp_path: Path) -> None:
    with servers.postgres_server(tmp_path) as postgres:
        children = Path(f"/proc/{postgres.pid}/task/{postgres.pid}/children")
        last = int(children.read_text().split()[0])
        os.kill(last, signal.SIGSTOP)  # it keeps the memory of the server that is killed now
        try:
            postgres.kill()
            postgres.start()
            while not postgres.ended():
                time.sleep(0.01)
            with pytest.raises(NoServer, match="pre-existing shared memory block"):
                postgres.wait(seconds=0.2)
        finally:
            os.kill(last, signal.SIGCONT)
        postgres.wait()


def test_a_database_asks_for_its_password(postgres: servers.Postgres) -> None:
    stranger = make_url(postgres.url).set(password="guess")  # noqa: S106 - a wrong one is the test
    with pytest.raises(OperationalError, match="password authentication failed"):
        create_engine(stranger, poolclass=NullPool).connect()


PARENT = """
import sys, pathlib, signal
from tests.servers import kafka_servers, postgres_server
folder = pathlib.Path(sys.argv[1])
postgres = postgres_server(folder / "postgres")
kafka = kafka_servers(folder / "kafka")
postgres.start()
kafka.start()
postgres.wait()
print(postgres.pid, *kafka.pids.values(), flush=True)
signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_servers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    servers.kafka_jars()  # a child that starts them cannot skip
    servers.postgres_binaries()
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        assert [runs(pid) for pid in children] == [True, True]
        parent.kill()
    deadline = time.monotonic() + 20
    while any(map(runs, children)):
        assert time.monotonic() < deadline, "a server outlived the process that started it"
        time.sleep(0.05)


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Maven that brings what `brings` says, and counts how often it was asked."""
    program = tmp_path / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\n. {tmp_path}/brings\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return tmp_path


def test_jars_are_fetched_once_however_many_ask(maven: Path) -> None:
    (maven / "brings").write_text("mkdir jars; sleep 0.2; touch jars/kafka.jar")
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(jars, [maven / "cache"] * 4))
    assert [path.name for path in found.pop().iterdir()] == ["kafka.jar"]
    assert not found
    assert (maven / "asked").read_text() == "asked\n"


def test_jars_that_come_half_are_none(maven: Path) -> None:
    (maven / "brings").write_text("mkdir jars; touch jars/half.jar; echo no such thing; exit 1")
    with pytest.raises(NoServer, match="no such thing"):
        jars(maven / "cache")
    assert [path.name for path in (maven / "cache").iterdir()] == ["kafka.lock"]


def test_a_missing_server_is_skipped_on_a_laptop_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="NOT TESTED, no server: no Java"):
        servers.without(NoServer("no Java"))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI runs every test: no Java"):
        servers.without(NoServer("no Java"))
