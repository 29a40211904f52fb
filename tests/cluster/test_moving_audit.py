"""An auditor reads a ledger on Kafka as one in a file, while it goes on."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from libs.edge.database import connect
from libs.ledger.entry import decode
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog
from libs.ledger.ports import LogUnavailable
from services import migrating, topics
from services.cli import app
from services.member import member
from services.node import Node
from services.settings import settings
from tests.cluster.ledgers import WAIT_MS, Load, topics_of
from tests.journeys.program import stranger
from tests.servers import Kafka


@pytest.fixture
async def served(
    kafka: Kafka, ledger_name: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Node, KafkaLog]]:
    """A ledger on Kafka, served by a process of all roles, with noise in its journal."""
    url = f"kafka://{kafka.bootstrap}"
    for name, value in {"NAME": ledger_name, "DATABASE": database, "LOG": url}.items():
        monkeypatch.setenv(f"TONNE_{name}", value)
    engine = connect(database)
    migrating.upgrade(engine)
    await topics.apply(Broker(kafka.bootstrap), ledger_name, engine, replication=1)
    engine.dispose()
    load = Load(1)
    async with (
        topics_of(Broker(kafka.bootstrap), ledger_name) as log,
        member("all", settings()) as node,
    ):
        await node.ask(load.begin(ledger_name), WAIT_MS)
        await log.propose([b"noise"])
        await node.ask(load.mixed(60), WAIT_MS)
        await node.caught_up(node.head.position, WAIT_MS)
        yield node, log


async def said(*words: str, log: str, code: int = 0) -> dict[str, object]:
    """Run `tonne ... --json`, beside the loop of the test."""
    asked = [*words, "--log", log, "--json"]
    done = await asyncio.to_thread(CliRunner().invoke, app, asked)
    assert done.exit_code == code, done.output
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


async def test_every_question_of_an_auditor_is_answered_on_kafka(
    served: tuple[Node, KafkaLog], kafka: Kafka, tmp_path: Path
) -> None:
    node, _ = served
    url = f"kafka://{kafka.bootstrap}"
    load = Load(2)

    async def asks() -> None:
        while True:
            await node.ask(load.mixed(3), WAIT_MS)

    asking = asyncio.create_task(asks())
    proof = await said("audit", log=url)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert proof["ok"] is True, proof
    checks = proof["checks"]
    assert isinstance(checks, dict)
    assert "records of the commands log as answered" in checks["commands"]
    assert "equal a replay up to position" in checks["tables"]

    proof = await said("audit", log=url)
    exported = tmp_path / "journal.ndjson"
    written = await said("journal", "export", str(exported), log=url)
    second = await asyncio.to_thread(stranger, exported)
    assert (proof["head"], proof["holdings"]) == (second["head"], second["holdings"])
    assert written["digest"] == node.head.digest
    found = await said("audit", "at", str(node.head.position - 1), log=url)
    assert found["quantity"] == second["issued"]
    entries = await node.entries(0, 10_000)
    lot = next(e.lot for raw in entries for e in decode(raw).events if hasattr(e, "lot"))
    life = await said("audit", "explain", f"{lot}/1", log=url)
    steps = life["steps"]
    assert isinstance(steps, list)
    assert steps[0]["type"] == "credits.issued.v1"


async def test_a_changed_table_is_named_beside_a_log_on_kafka(
    served: tuple[Node, KafkaLog], kafka: Kafka, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"kafka://{kafka.bootstrap}"
    engine = connect(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE accounts SET name = 'Somebody' WHERE account = 'A0001'"))
    engine.dispose()
    proof = await said("audit", log=url, code=1)
    assert "accounts" in json.dumps(proof["failure"])
    monkeypatch.delenv("TONNE_DATABASE")
    proof = await said("audit", log=url)
    checks = proof["checks"]
    assert isinstance(checks, dict)
    assert checks["tables"] == "not looked at: TONNE_DATABASE names none"


async def test_a_ledger_that_is_not_there_is_told(
    kafka: Kafka, ledger_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONNE_NAME", ledger_name)
    asked = ["audit", "--log", f"kafka://{kafka.bootstrap}"]
    done = await asyncio.to_thread(CliRunner().invoke, app, asked)
    assert isinstance(done.exception, LogUnavailable)
    assert "tonne topics apply" in str(done.exception)
