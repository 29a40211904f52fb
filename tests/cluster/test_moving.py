"""A ledger moves from any log to any other: the same bytes, the same proof, and it goes on."""

import asyncio
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from libs.edge import pins
from libs.edge.database import connect
from libs.ledger.entry import decode
from libs.ledger.log import topics as brokers
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import commands_topic, journal_topic
from libs.ledger.log.layout import Pin
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Halted, LogInUse, LogUnavailable
from services import topics
from services.audit.export import write
from services.cli import app
from services.logs import opened
from services.moving import SourceMoved, TargetDiffers, copy
from services.places import place
from services.settings import SettingsFault, settings
from services.surveying import NoEntries, survey
from tests.cluster.ledgers import (
    WAIT_MS,
    Load,
    accepted,
    answers_all,
    deciding,
    file,
    loaded,
    move,
    proven,
    request_digests,
    topics_of,
)
from tests.journeys.program import stranger
from tests.servers import Kafka


@pytest.fixture
def load() -> Load:
    return Load(1)


@pytest.fixture
def pinning(database: str) -> Iterator[Engine]:
    engine = connect(database)
    pins.pins.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def broker(kafka: Kafka) -> Broker:
    return Broker(kafka.bootstrap)


async def digests(url: str, ledger: str, folder: Path) -> tuple[object, object]:
    """Return the head and the holdings that both auditors find; they must be the same."""
    ours = await asyncio.to_thread(proven, url, ledger)
    assert ours.ok, ours.failure
    exported = folder / "proof.ndjson"
    await write(url, ledger, exported)
    theirs = await asyncio.to_thread(stranger, exported)
    assert (ours.head, ours.holdings) == (theirs["head"], theirs["holdings"])
    return ours.head, ours.holdings


async def test_a_ledger_goes_to_kafka_and_back_and_goes_on_each_time(
    broker: Broker, ledger_name: str, database: str, pinning: Engine, tmp_path: Path, load: Load
) -> None:
    first, last = f"sqlite:///{tmp_path}/first.db", f"sqlite:///{tmp_path}/last.db"
    cluster = settings(name=ledger_name, log=f"kafka://{broker.bootstrap}", database=database)
    async with file(tmp_path / "first.db") as log:
        await loaded(log, ledger_name, load)
        entries = await accepted(log)
        left = [one.value for one in await log.commands(len(entries), 100)]
    before = await digests(first, ledger_name, tmp_path)

    there = await move(first, cluster)
    assert (there.entries, there.written, there.noise) == (len(entries), len(entries), 9)
    assert (there.generation, there.carried) == (1, len(left))
    assert await digests(cluster.log, ledger_name, tmp_path) == before
    async with topics_of(broker, ledger_name) as log:
        assert log.generation == 1
        assert await accepted(log) == entries
        assert await log.journal_end() == len(entries), "noise stays behind"
        gone_on = await answers_all(log, ledger_name)
        assert gone_on[: len(entries)] == entries
        attach, *carried = map(decode, gone_on[len(entries) :])
        assert (attach.log, attach.offset, attach.verdict) == (1, 0, "accepted")
        assert [one.request for one in carried] == [sha256(one).hexdigest() for one in left]
        assert {one.verdict for one in carried} == {"accepted", "rejected"}
        async with deciding(log, ledger_name) as node:
            more = await node.ask(load.mixed(20), WAIT_MS)
        assert {decode(raw).verdict for raw in more} == {"accepted"}
        await log.propose([b"noise", gone_on[-1]])
        await log.submit(load.mixed(3))
        entries = await accepted(log)
    await topics.insist(broker, ledger_name, pinning)
    pinned = pins.read(pinning)[commands_topic(ledger_name, 1)]
    assert pinned.genesis == decode(entries[there.entries]).request, "pinned when it was whole"
    before = await digests(cluster.log, ledger_name, tmp_path)

    back = await move(cluster.log, settings(name=ledger_name, log=last))
    assert (back.entries, back.noise, back.generation, back.carried) == (len(entries), 2, 2, 3)
    assert await digests(last, ledger_name, tmp_path) == before
    async with file(tmp_path / "last.db") as log:
        assert await accepted(log) == entries
        assert log.generation == 2
        final = await answers_all(log, ledger_name)
    assert [decode(raw).log for raw in final[len(entries) :]] == [2] * 4
    report = await asyncio.to_thread(proven, last, ledger_name)
    assert report.ok
    assert report.checks["commands"] == "4 records of the commands log as answered"


async def test_an_older_generation_is_audited_beside_the_newest(
    broker: Broker, ledger_name: str, database: str, pinning: Engine, tmp_path: Path, load: Load
) -> None:
    """There and back to the same topics: generation 1 lies on Kafka, 2 in the file, 3 on Kafka."""
    away = settings(name=ledger_name, log=f"sqlite:///{tmp_path}/away.db")
    cluster = settings(name=ledger_name, log=f"kafka://{broker.bootstrap}", database=database)
    async with file(tmp_path / "home.db") as log:
        await loaded(log, ledger_name, load)
    await move(f"sqlite:///{tmp_path}/home.db", cluster)
    async with topics_of(broker, ledger_name) as log:
        known = len(await answers_all(log, ledger_name))
    await move(cluster.log, away)
    async with file(tmp_path / "away.db") as log:
        async with deciding(log, ledger_name) as node:
            await node.ask(load.mixed(10), WAIT_MS)
        entries = await accepted(log)
    home = await move(away.log, cluster)
    assert (home.generation, home.there, home.written) == (3, known, len(entries) - known)
    async with topics_of(broker, ledger_name) as log:
        await answers_all(log, ledger_name)
    report = await asyncio.to_thread(proven, cluster.log, ledger_name)
    assert report.ok, report.failure
    assert report.checks["commands"] == "10 records of the commands log as answered"


async def test_what_is_asked_first_changes_nothing(
    broker: Broker, ledger_name: str, database: str, pinning: Engine, tmp_path: Path, load: Load
) -> None:
    async with file(tmp_path / "a.db") as log:
        await loaded(log, ledger_name, load)
    kept = (tmp_path / "a.db").read_bytes()
    cluster = settings(name=ledger_name, log=f"kafka://{broker.bootstrap}", database=database)
    other = settings(name=ledger_name, log=f"sqlite:///{tmp_path}/b.db")
    for chosen in (cluster, other):
        told = await move(f"sqlite:///{tmp_path}/a.db", chosen, sure=False)
        assert (told.done, told.there, told.generation, told.carried) == (False, 0, 1, 8)
    assert not (tmp_path / "b.db").exists()
    assert journal_topic(ledger_name) not in await brokers.names(broker)
    assert not pins.read(pinning)
    assert (tmp_path / "a.db").read_bytes() == kept


async def test_a_target_that_holds_something_else_is_refused(tmp_path: Path, load: Load) -> None:
    source = f"sqlite:///{tmp_path}/a.db"
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
        entries = await accepted(log)
    async with file(tmp_path / "other.db") as log:
        await loaded(log, "main", Load(2))
        others = await accepted(log)
    async with file(tmp_path / "another.db", generation=1) as log:
        await log.propose(others)
    async with file(tmp_path / "begun.db", generation=1) as log:
        await log.submit([b"something else"])
    await move(source, settings(name="main", log=f"sqlite:///{tmp_path}/gone-on.db"))
    async with file(tmp_path / "gone-on.db") as log:
        await answers_all(log, "main")
    for name, word in (
        ("other", "is generation 0 of a commands log, not 1"),
        ("another", "another entry at position 0"),
        ("begun", "generation 1 of the commands log begins with another record"),
        ("gone-on", f"goes on behind position {len(entries) - 1}"),
    ):
        with pytest.raises(TargetDiffers, match=word):
            await move(source, settings(name="main", log=f"sqlite:///{tmp_path}/{name}.db"))
    for name, kept in (("other", others), ("another", others)):
        async with file(tmp_path / f"{name}.db") as log:
            assert await accepted(log) == kept


async def test_noise_in_a_target_is_noise(tmp_path: Path, load: Load) -> None:
    """Two copies at once, say: what does not extend the head counts for nobody."""
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
        entries = await accepted(log)
    async with file(tmp_path / "b.db", generation=1) as log:
        await log.propose([*entries[:20], *entries[10:20], b"noise"])
    done = await move(
        f"sqlite:///{tmp_path}/a.db", settings(name="main", log=f"sqlite:///{tmp_path}/b.db")
    )
    assert (done.there, done.written) == (20, len(entries) - 20)


@pytest.mark.parametrize("what", ["entry", "command"])
async def test_a_source_that_moves_is_not_left(
    broker: Broker,
    ledger_name: str,
    database: str,
    pinning: Engine,
    tmp_path: Path,
    load: Load,
    what: str,
) -> None:
    cluster = settings(name=ledger_name, log=f"kafka://{broker.bootstrap}", database=database)
    goal = settings(name=ledger_name, log=f"sqlite:///{tmp_path}/b.db")
    async with file(tmp_path / "a.db") as log:
        await loaded(log, ledger_name, load)
    await move(f"sqlite:///{tmp_path}/a.db", cluster)
    async with topics_of(broker, ledger_name) as log:
        await answers_all(log, ledger_name)
        async with opened(cluster.log, ledger_name) as kept:
            seen = await survey(kept, ledger_name)
            if what == "entry":
                async with deciding(log, ledger_name) as node:
                    await node.ask(load.mixed(1), WAIT_MS)
            else:
                await log.submit(load.mixed(1))
            target = place(goal.log, goal, seen.head.log + 1, 1)
            with pytest.raises(SourceMoved, match="stop every process on it"):
                await copy(kept, cluster.log, target, seen, sure=True)
    async with file(tmp_path / "b.db") as log:
        assert not await log.commands_end(), "nobody can go on there"
    done = await move(cluster.log, goal)
    assert done.there == seen.head.position
    async with file(tmp_path / "b.db") as log:
        final = await answers_all(log, ledger_name)
    assert len(set(request_digests(final))) == len(final) - 1, "each once, but two that are alike"


async def test_a_source_must_be_a_ledger_that_nobody_serves(tmp_path: Path, load: Load) -> None:
    goal = settings(name="main", log=f"sqlite:///{tmp_path}/b.db")
    source = f"sqlite:///{tmp_path}/a.db"
    with pytest.raises(LogUnavailable, match="there is no log"):
        await move(source, goal)
    async with file(tmp_path / "a.db") as log:
        with pytest.raises(LogInUse):
            await move(source, goal)
    with pytest.raises(NoEntries):
        await move(source, goal)
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
    with pytest.raises(Halted, match="set TONNE_NAME=main"):
        await move(source, settings(name="other", log=goal.log))
    with pytest.raises(SettingsFault, match="no folder"):
        await move(source, settings(name="main", log=f"sqlite:///{tmp_path}/no/b.db"))
    assert not (tmp_path / "b.db").exists()


async def test_a_pinned_topic_that_is_gone_is_not_made_again(
    broker: Broker, ledger_name: str, database: str, pinning: Engine, tmp_path: Path, load: Load
) -> None:
    pins.settle(pinning, [Pin(journal_topic(ledger_name), "A" * 22, 1, "0" * 64)])
    cluster = settings(name=ledger_name, log=f"kafka://{broker.bootstrap}", database=database)
    async with file(tmp_path / "a.db") as log:
        await loaded(log, ledger_name, load)
    with pytest.raises(Halted, match="is gone, with all its records"):
        await move(f"sqlite:///{tmp_path}/a.db", cluster)
    assert not [one for one in await brokers.names(broker) if one.startswith(ledger_name + ".")]


def test_the_command_says_what_it_would_do_and_then_does_it(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prepare() -> None:
        async with file(tmp_path / "a.db") as log:
            await loaded(log, "main", load)

    asyncio.run(prepare())
    monkeypatch.setenv("COLUMNS", "200")
    source, target = (f"sqlite:///{tmp_path}/{name}.db" for name in "ab")
    run = CliRunner()
    asked = ["journal", "copy", "--from", source, "--to", target]

    told = run.invoke(app, asked)
    assert told.exit_code == 0
    assert "Nothing was changed." in told.stdout
    assert told.stdout.rstrip().endswith("Next: the same with --yes")
    assert not (tmp_path / "b.db").exists()
    done = run.invoke(app, [*asked, "--yes", "--json"])
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["done"], report["generation"], report["carried"]) == (True, 1, 8)
    again = run.invoke(app, [*asked, "--yes"])
    assert "0 entries written" in again.stdout
    assert f"Next: tonne audit --log {target}, then tonne serve --log {target}" in again.stdout
    audited = run.invoke(app, ["audit", "--log", target, "--json"])
    assert audited.exit_code == 0
    assert json.loads(audited.stdout.splitlines()[-1])["head"]["digest"] == report["digest"]
    same = run.invoke(app, ["journal", "copy", "--from", source, "--to", source])
    assert isinstance(same.exception, SettingsFault)


def test_a_new_file_has_the_generation_it_is_made_for(tmp_path: Path) -> None:
    async def generations() -> list[int]:
        found = []
        for wanted in (3, 7):
            log = SqliteLog(tmp_path / "a.db", generation=wanted)
            found.append(log.generation)
            await log.close()
        return found

    assert asyncio.run(generations()) == [3, 3]
