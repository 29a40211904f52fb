"""The real servers that tests run on: one Kafka and one PostgreSQL for a whole run.

In containers where an engine answers, else from Kafka's own jars and the wheel of PostgreSQL.
Where neither is possible a laptop skips, and says so; under CI=true the test fails.
"""

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from services.cluster.children import NoServer, free_ports
from services.cluster.jars import default_cache, jars, java

if TYPE_CHECKING:
    from services.cluster.kafka import KafkaServers
    from services.cluster.postgres import PostgresServer

# What needs a second to import is imported where it is used: every run loads this file, also the
# quick ones that start no server.

KAFKA_IMAGE = "apache/kafka:4.3.0"
POSTGRES_IMAGE = "postgres:18"


@dataclass(frozen=True)
class Kafka:
    """One broker; topics may be deleted on it. A test that ends brokers starts some of its own."""

    bootstrap: str


@dataclass(frozen=True)
class Postgres:
    """One server, by the address of a database of an owner who may create others."""

    url: str


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A real broker for the whole run."""
    if containers():
        yield from _kafka_in_a_container()
        return
    with kafka_servers(tmp_path_factory.mktemp("kafka")) as servers:
        yield Kafka(servers.bootstrap)
        servers.stop(0)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A real database server for the whole run."""
    if containers():
        yield from _postgres_in_a_container()
        return
    with postgres_server(tmp_path_factory.mktemp("postgres")) as server:
        yield Postgres(server.url())


_numbers = itertools.count(1)


@pytest.fixture
def ledger_name() -> str:
    """A ledger's name that no other test of the run has, and so topics of its own."""
    return f"t{next(_numbers)}"


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """The address of an empty database of the test's own; it is dropped behind the test."""
    from services.cluster.postgres import (  # noqa: PLC0415 - as said above
        create_database,
        drop_database,
    )

    name = f"t{next(_numbers)}"
    yield create_database(postgres.url, name)
    drop_database(postgres.url, name)


def kafka_servers(folder: Path, brokers: int = 1, **settings: str) -> "KafkaServers":
    """Return brokers of the test's own, as child processes that it may end; not started yet.

    Broker settings are given with underscores for dots.
    """
    from services.cluster.kafka import KafkaServers  # noqa: PLC0415 - as said above

    chosen = {name.replace("_", "."): value for name, value in settings.items()}
    return KafkaServers(folder, kafka_jars(), brokers, deletable=True, settings=chosen)


def postgres_server(folder: Path) -> "PostgresServer":
    """Return a database server of the test's own, which it may end; not started yet."""
    from services.cluster.postgres import PostgresServer  # noqa: PLC0415 - as said above

    postgres_binaries()
    return PostgresServer(folder)


def kafka_jars() -> Path:
    """Return what brokers are started from; a test that leaves the start to others asks first."""
    try:
        java()
        return jars(default_cache())
    except NoServer as missing:
        without(missing)


def postgres_binaries() -> Path:
    """Return what a database server is started from, for the same use."""
    from services.cluster.postgres import binaries  # noqa: PLC0415 - as said above

    try:
        return binaries()
    except NoServer as missing:
        without(missing)


def without(missing: NoServer) -> NoReturn:
    """Say loudly that a test did not run; CI takes no such excuse."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI runs every test: {missing}")
    pytest.skip(f"NOT TESTED, no server: {missing}")


@cache
def containers() -> bool:
    """Return whether a container engine answers; asked aside, as a refused client leaks sockets."""
    asked = "import docker; docker.from_env().ping()"
    answer = subprocess.run([sys.executable, "-c", asked], check=False, capture_output=True)
    return answer.returncode == 0


def _kafka_in_a_container() -> Iterator[Kafka]:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - as said above

    from services.cluster.kafka import seen  # noqa: PLC0415 - as said above

    (port,) = free_ports(1)
    listeners = f"PLAINTEXT://:19092,HOST://:{port},CONTROLLER://:9093"
    chosen = {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENERS": listeners,
        "ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:19092,HOST://127.0.0.1:{port}",
        "LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,HOST:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(port, port)
    for name, value in chosen.items():
        container.with_env(f"KAFKA_{name}", value)
    with container:
        deadline = time.monotonic() + 60
        while not asyncio.run(seen(port)):
            assert time.monotonic() < deadline, container.get_logs()
            time.sleep(0.2)
        yield Kafka(f"127.0.0.1:{port}")


def _postgres_in_a_container() -> Iterator[Postgres]:
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 - as said above

    with PostgresContainer(POSTGRES_IMAGE, driver="psycopg") as container:
        yield Postgres(container.get_connection_url())
