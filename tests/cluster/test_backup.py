"""A backup is everything that nothing else could make again; the drill puts it back elsewhere."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, insert

from libs.edge import keys
from libs.edge.database import connect
from libs.edge.identity import Caller, Role
from libs.ledger.decider import Record
from libs.ledger.follower import check
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog, commands_topic, journal_topic
from libs.ledger.ports import Follower, Halted, Log
from services import beside, migrating, restoring, topics, views
from services.audit.export import write
from services.backup import FILES, KEYS, MANIFEST, NOTICES, PEOPLE, PINS, Manifest, backup
from services.bootstrap import embedded
from services.cluster.postgres import create_database, drop_database
from services.member import member
from services.moving import TargetDiffers
from services.node import Node
from services.notify import outbox
from services.places import FileTarget
from services.restoring import restore
from services.settings import Settings, SettingsFault, settings
from tests.cluster.ledgers import (
    WAIT_MS,
    Load,
    accepted,
    answers_all,
    deciding,
    file,
    loaded,
    proven,
    stand_beside,
    topics_of,
)
from tests.journeys.program import stranger
from tests.servers import Kafka, Postgres, kafka_servers


@pytest.fixture
def load() -> Load:
    return Load(1)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, kafka: Kafka) -> Iterator[Kafka]:
    """Another cluster, which knows nothing of the first."""
    with kafka_servers(tmp_path_factory.mktemp("elsewhere")) as servers:
        yield Kafka(servers.bootstrap)
        servers.stop(0)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = connect(database)
    migrating.upgrade(engine)
    yield engine
    engine.dispose()


def rows(url: str) -> list[bytes]:
    """Return what stands beside the tables, as lines."""
    notices = beside.read(outbox.notices_url(url), beside.NOTICES)
    return sorted([*beside.read(url, beside.KEYS), *notices])


def kept(folder: Path) -> list[bytes]:
    """Return what a backup has of it."""
    return sorted(
        line for name in (KEYS, NOTICES) for line in (folder / name).read_bytes().splitlines()
    )


def known(engine: Engine) -> None:
    """Make a key, and give two accounts an address."""
    keys.create(engine, Caller("operator:1", Role.OPERATOR, frozenset()), 0)
    with engine.begin() as connection:
        connection.execute(
            insert(outbox.contacts),
            [{"account": f"A000{n}", "email": f"a{n}@example.org"} for n in (1, 2)],
        )


async def told(log: Log, engine: Engine) -> outbox.Outbox:
    """Follow the journal into the outbox, up to its end."""
    box = outbox.Outbox(engine)
    while box.place < await log.journal_end():
        box.take(await log.entries(box.place, 1000))
    return box


async def cut(url: str, ledger: str, entries: int, folder: Path) -> dict[str, object]:
    """Let the stranger prove the first entries of a log."""
    await write(url, ledger, folder / "whole.ndjson")
    lines = (folder / "whole.ndjson").read_bytes().splitlines(keepends=True)
    (folder / "cut.ndjson").write_bytes(b"".join(lines[:entries]))
    return await asyncio.to_thread(stranger, folder / "cut.ndjson")


class Made(msgspec.Struct, frozen=True):
    """A ledger that had a backup while it went on, and was mailed about."""

    chosen: Settings
    engine: Engine
    folder: Path
    manifest: Manifest


@pytest.fixture
async def made(
    kafka: Kafka, ledger_name: str, database: str, engine: Engine, tmp_path: Path, load: Load
) -> Made:
    chosen = settings(name=ledger_name, log=f"kafka://{kafka.bootstrap}", database=database)
    await topics.apply(Broker(kafka.bootstrap), ledger_name, engine, replication=1)
    known(engine)
    async with (
        topics_of(Broker(kafka.bootstrap), ledger_name) as log,
        member("all", chosen) as node,
    ):
        await node.ask(load.begin(ledger_name), WAIT_MS)
        await log.propose([b"noise"])
        await node.ask(load.mixed(50), WAIT_MS)
        await told(log, engine)
        asking = asyncio.create_task(_asks(node, load, log, engine))
        manifest = await asyncio.to_thread(asyncio.run, backup(chosen, tmp_path / "backup"))
        assert node.head.position > manifest.entries, "the ledger went on meanwhile"
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await node.ask(load.mixed(30), WAIT_MS)
        await node.caught_up(node.head.position, WAIT_MS)
        await told(log, engine)
    return Made(chosen, engine, tmp_path / "backup", manifest)


async def _asks(node: Node, load: Load, log: Log, engine: Engine) -> None:
    while True:
        await told(log, engine)
        await node.ask(load.mixed(5), WAIT_MS)


@pytest.fixture(params=["kafka", "sqlite"])
def goal(request: pytest.FixtureRequest, ledger_name: str, tmp_path: Path) -> Iterator[Settings]:
    """An empty place on another cluster, or in a file."""
    if request.param == "sqlite":
        yield settings(name=ledger_name, log=f"sqlite:///{tmp_path}/registry.db")
        return
    elsewhere: Kafka = request.getfixturevalue("elsewhere")
    postgres: Postgres = request.getfixturevalue("postgres")
    url = create_database(postgres.url, f"{ledger_name}_elsewhere")
    engine = connect(url)
    migrating.upgrade(engine)
    engine.dispose()
    yield settings(name=ledger_name, log=f"kafka://{elsewhere.bootstrap}", database=url)
    drop_database(postgres.url, f"{ledger_name}_elsewhere")


async def test_the_drill(made: Made, goal: Settings, tmp_path: Path, load: Load) -> None:
    """Load, backup while it goes on, restore elsewhere: one digest, and nobody's command lost."""
    manifest, ledger = made.manifest, goal.name
    looked = await restore(made.folder, goal, 1, sure=False)
    assert (looked.entries, looked.there, looked.done) == (manifest.entries, 0, False)
    done = await restore(made.folder, goal, 1, sure=True)
    assert (done.entries, done.digest) == (manifest.entries, manifest.digest)
    assert done.holdings == manifest.holdings
    assert rows(goal.database_url) == kept(made.folder)
    assert len(kept(made.folder)) > 1 + 2 + 1, "a key, two contacts, a cursor, and notices"

    ours = await asyncio.to_thread(proven, goal.log, ledger)
    theirs = await cut(made.chosen.log, ledger, manifest.entries, tmp_path)
    assert ours.ok, ours.failure
    assert (ours.head, ours.holdings) == (theirs["head"], theirs["holdings"])
    assert ours.holdings == manifest.holdings

    async with _opened(goal) as log:
        entries = await answers_all(log, ledger)
        assert len(entries) == manifest.entries + 1 + manifest.waiting
        async with deciding(log, ledger) as node:
            followers: list[Follower] = [*views.followers(made.engine)]
            for ahead in (*followers, outbox.Outbox(made.engine)):
                assert ahead.cursor().position > node.head.position
                with pytest.raises(Halted, match="missing here"):
                    await check(ahead, node.feed)
            here = connect(outbox.notices_url(goal.database_url))
            mailed = outbox.Outbox(here)
            assert mailed.cursor().position <= manifest.entries, "it was read before the journal"
            await check(mailed, node.feed)
            here.dispose()
            await node.ask(load.mixed(10), WAIT_MS)
    if goal.brokers is None:
        async with embedded(goal.log_file, goal.database_url, ledger) as node:
            await node.caught_up(node.head.position, WAIT_MS)
    else:
        async with member("all", goal) as node:
            await node.caught_up(node.head.position, WAIT_MS)
    there = connect(goal.database_url)
    assert keys.every(there) == keys.every(made.engine), "tables came beside them"
    there.dispose()


@asynccontextmanager
async def _opened(goal: Settings) -> AsyncIterator[Log]:
    if goal.brokers is None:
        async with file(goal.log_file) as log:
            yield log
    else:
        async with topics_of(Broker(goal.brokers), goal.name) as log:
            yield log


async def test_a_backup_has_every_byte_of_the_commands_and_keeps_secrets_apart(made: Made) -> None:
    assert {one.name for one in made.folder.iterdir()} == {*FILES, MANIFEST}
    assert made.manifest.left_out == ("documents",), "TONNE_DOCUMENTS names no folder"
    for name in (KEYS, NOTICES, PEOPLE):
        assert (made.folder / name).stat().st_mode & 0o777 == 0o600
    open_files = {*FILES, MANIFEST} - {KEYS, NOTICES, PEOPLE}
    for said in (b"@example.org", b'operator:1","role'):
        assert not any(said in (made.folder / name).read_bytes() for name in open_files)
    async with topics_of(Broker(str(made.chosen.brokers)), made.chosen.name) as log:
        records = await _commands(log)
    found = [
        records_of
        async for some in restoring.Folder(made.folder, made.manifest).commands(0)
        for records_of in some
    ]
    assert found == records[: len(found)]
    assert len(found) == made.manifest.entries + made.manifest.waiting
    named = [
        json.loads(line)["row"]["topic"] for line in (made.folder / PINS).read_bytes().splitlines()
    ]
    logs = (commands_topic(made.chosen.name, 0), journal_topic(made.chosen.name))
    assert named == sorted(logs)


async def _commands(log: KafkaLog) -> list[Record]:
    found, end = list[Record](), await log.commands_end()
    while len(found) < end:
        found += await log.commands(len(found), 1000)
    return found


class Broken(Exception):
    """The process died here."""


async def test_a_restore_that_dies_anywhere_goes_on(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings(name="main", log=f"sqlite:///{tmp_path}/a.db")
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
        entries = await accepted(log)
    stand_beside(chosen)
    await backup(chosen, tmp_path / "kept")
    for number, (owner, step) in enumerate(
        [
            (restoring, "pour"),
            (beside, "write"),
            (FileTarget, "settle"),
        ]
    ):
        goal = settings(name="main", log=f"sqlite:///{tmp_path}/b{number}.db")
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, _dies)
            with pytest.raises(Broken):
                await restore(tmp_path / "kept", goal, 1, sure=True)
        done = await restore(tmp_path / "kept", goal, 1, sure=True)
        assert done.there == (0 if step == "pour" else len(entries))
        assert rows(goal.database_url) == rows(chosen.database_url)
        async with file(goal.log_file) as log:
            assert len(await answers_all(log, "main")) == len(entries) + 9


def _dies(*_: object, **__: object) -> None:
    raise Broken


async def test_a_place_that_holds_something_else_is_refused(
    tmp_path: Path, load: Load, engine: Engine, database: str
) -> None:
    chosen = settings(name="main", log=f"sqlite:///{tmp_path}/a.db")
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
    stand_beside(chosen)
    await backup(chosen, tmp_path / "kept")
    keys.create(engine, Caller("operator:2", Role.OPERATOR, frozenset()), 0)
    goal = settings(name="main", log=f"sqlite:///{tmp_path}/b.db", database=database)
    with pytest.raises(TargetDiffers, match="keys of its own"):
        await restore(tmp_path / "kept", goal, 1, sure=False)
    with pytest.raises(TargetDiffers, match="keys of its own"):
        await restore(tmp_path / "kept", goal, 1, sure=True)
    assert not goal.log_file.exists(), "nothing was begun"
    with pytest.raises(TargetDiffers, match="is generation 0"):
        await restore(tmp_path / "kept", chosen, 1, sure=True)
    with engine.begin() as connection:
        outbox.outbox.drop(connection)
        connection.execute(keys.keys.delete())
    with pytest.raises(Halted, match="has no outbox; tonne migrate upgrade"):
        await restore(tmp_path / "kept", goal, 1, sure=True)
    other = settings(name="other", log=goal.log)
    with pytest.raises(SettingsFault, match="set TONNE_NAME=main"):
        await restore(tmp_path / "kept", other, 1, sure=True)
