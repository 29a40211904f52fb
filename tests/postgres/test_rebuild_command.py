"""`tonne rebuild` on PostgreSQL, from a journal in a file and from one on Kafka."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from libs.edge.database import connect
from libs.ledger.log.broker import Broker
from services import bootstrap, topics, views
from services.bench.projection import projection_rate, rebuild_rate
from services.cli import app
from services.cli.frame import faults
from services.member import member
from services.settings import Settings, settings
from tests.cluster.ledgers import WAIT_MS, Load
from tests.edge.journals import contents, journal
from tests.servers import Kafka

SPOILT = "UPDATE accounts SET name = 'Somebody Else' WHERE account = 'A0007'"


def rebuilt(log: str, *words: str, code: int = 0) -> dict[str, object]:
    done = CliRunner().invoke(app, ["rebuild", *words, "--log", log, "--json"])
    assert done.exit_code == code, (done.output, done.exception)
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


def spoil(url: str) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        assert connection.execute(text(SPOILT)).rowcount == 1
    engine.dispose()


async def _file(chosen: Settings) -> int:
    async with bootstrap.embedded(chosen.log_file, chosen.database_url, chosen.name) as node:
        await node.ask(Load(3).begin(chosen.name)[1:], WAIT_MS)
        await node.caught_up(node.head.position, WAIT_MS)
        return node.head.position


async def _topics(chosen: Settings, engine: Engine) -> int:
    broker = Broker(chosen.brokers or "")
    await topics.apply(broker, chosen.name, engine, replication=1)
    async with member("all", chosen) as node:
        await node.ask(Load(3).begin(chosen.name), WAIT_MS)
        await node.caught_up(node.head.position, WAIT_MS)
        return node.head.position


@pytest.mark.parametrize("log", ["file", "kafka"])
def test_from_any_journal(
    request: pytest.FixtureRequest,
    opened: Callable[..., Engine],
    tables: str,
    tmp_path: Path,
    ledger_name: str,
    monkeypatch: pytest.MonkeyPatch,
    log: str,
) -> None:
    place = f"sqlite:///{tmp_path}/registry.db"
    if log == "kafka":
        kafka: Kafka = request.getfixturevalue("kafka")
        place = f"kafka://{kafka.bootstrap}"
    for name, value in {"NAME": ledger_name, "DATABASE": tables}.items():
        monkeypatch.setenv(f"TONNE_{name}", value)
    chosen = settings(log=place)
    asked = _file(chosen) if log == "file" else _topics(chosen, opened(tables))
    position = asyncio.run(asked)
    told = rebuilt(place)
    assert (told["position"], told["compared"], told["differing"]) == (position, position, {})
    assert told["rooms"] == list(views.ROOMS)
    (live,) = views.followers(opened(tables))
    before = live.contents()
    spoil(tables)
    assert live.contents() != before
    assert rebuilt(place, "issuance")["differing"] == {}
    differing = rebuilt(place, "transfer", code=1)["differing"]
    assert isinstance(differing, dict)
    assert list(differing) == ["accounts"]
    assert live.contents() == before


def test_rooms_are_named_as_they_are(
    tables: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = f"sqlite:///{tmp_path}/registry.db"
    for database, room, words in (
        (tables, "kitchen", "'kitchen' is no room; there are ledger, tree, transfer"),
        ("", "transfer", "name no room"),
    ):
        monkeypatch.setenv("TONNE_DATABASE", database)
        with pytest.raises(SystemExit), faults():
            CliRunner().invoke(app, ["rebuild", room, "--log", log], catch_exceptions=False)
        assert words in capsys.readouterr().err


def test_the_rates_are_of_tables_that_are_right(
    database: str, opened: Callable[..., Engine]
) -> None:
    entries = journal(19, 60)
    for rate in (projection_rate(database, entries), rebuild_rate(database, entries)):
        assert rate.floor > rate.per_second > 0
        (projection,) = views.followers(opened(database))
        assert projection.contents() == contents(entries)
