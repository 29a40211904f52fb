"""Strangers write to the topics of a ledger: in transactions (F7), and what is no command (B3)."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any, Literal

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import Engine
from typer.testing import CliRunner

from libs.edge import pins
from libs.edge.database import connect
from libs.ledger.entry import decode
from libs.ledger.log import topics as brokers
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog, commands_topic, journal_topic
from libs.ledger.log.tails import Tails
from libs.ledger.ports import Halted
from services import attaching, topics
from services.attaching import Attached, attach
from services.cli import app
from services.node import Node
from services.settings import Settings, settings
from tests.cluster.ledgers import (
    WAIT_MS,
    Load,
    accepted,
    answers_all,
    caught_up,
    deciding,
    proven,
    request_digests,
    topics_of,
    two,
)
from tests.servers import Kafka

Ending = Literal["committed", "aborted", "hanging"]


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


@pytest.fixture
async def chosen(broker: Broker, ledger_name: str, database: str, pinning: Engine) -> Settings:
    """A ledger whose topics are there."""
    done = await topics.apply(broker, ledger_name, pinning, replication=1)
    assert not done.problems
    return settings(name=ledger_name, log=f"kafka://{broker.bootstrap}", database=database)


@pytest.fixture
async def log(broker: Broker, chosen: Settings, load: Load) -> AsyncIterator[KafkaLog]:
    """A ledger that is open, and nobody decides in."""
    async with topics_of(broker, chosen.name) as log:
        async with deciding(log, chosen.name) as node:
            await node.ask(load.begin(chosen.name), WAIT_MS)
        yield log


@asynccontextmanager
async def foreign(
    broker: Broker, topic: str, ending: Ending, *values: bytes
) -> AsyncIterator[None]:
    """Write in a transaction, which ends before the block does, or behind it.

    Its coordinator writes the marker when it pleases, so it is waited for.
    """
    tails = Tails(broker, topic)
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap, transactional_id=f"foreign-{topic}"
    )

    async def ended(end: Callable[[], Awaitable[None]]) -> None:
        before = await tails.following()
        await end()
        async with asyncio.timeout(20):
            while await tails.following() == before:  # noqa: ASYNC110 - a broker sets no event
                await asyncio.sleep(0.01)

    await producer.start()
    try:
        await producer.begin_transaction()
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)
        if ending == "committed":
            await ended(producer.commit_transaction)
        if ending == "aborted":
            await ended(producer.abort_transaction)
        yield
        if ending == "hanging":  # nobody ends it but its coordinator, when its time is over
            await ended(producer.abort_transaction)
    finally:
        await producer.stop()
        await tails.close()


async def halted(*nodes: Node) -> str:
    """Return the one word that all of them halt with, at the one place."""
    async with asyncio.timeout(30):
        for node in nodes:
            await node.failed.wait()
    assert all(isinstance(node.fault, Halted) for node in nodes)
    assert len({(node.replica.tip, str(node.fault)) for node in nodes}) == 1
    return str(nodes[0].fault)


async def everything(log: KafkaLog) -> list[str]:
    """Return the digests of all records of a commands log, in their order."""
    found: list[str] = []
    offset, end = 0, await log.commands_end()
    while offset < end:
        records = await log.commands(offset, 1000)
        found += [sha256(one.value).hexdigest() for one in records]
        offset = records[-1].offset + 1
    return found


async def insist_all_answered(broker: Broker, chosen: Settings, old: KafkaLog) -> list[bytes]:
    """Let generation 1 be answered: every record of both has its entry, in order, and a proof."""
    async with topics_of(broker, chosen.name) as log:
        assert log.generation == 1
        entries = await answers_all(log, chosen.name)
        asked = request_digests(entries)
        begun = [decode(raw).log for raw in entries].index(1)
        assert decode(entries[begun]).verdict == "accepted"
        assert asked[:begun] + asked[begun + 1 :] == await everything(old)
    report = await asyncio.to_thread(proven, chosen.log, chosen.name)
    assert report.ok, report.failure
    return list(entries)


# -------------------------------------------------------------------------------- on the commands


@pytest.mark.parametrize("ending", ["committed", "aborted", "hanging"])
async def test_a_transaction_on_the_commands_halts_all_alike_and_loses_nothing(
    broker: Broker, chosen: Settings, log: KafkaLog, load: Load, ending: Ending
) -> None:
    topic = commands_topic(chosen.name, 0)
    async with two(broker, chosen.name) as nodes:
        async with foreign(broker, topic, ending, b"foreign", load.mixed(1)[0]):
            if ending == "hanging":
                await nodes[0].ask(load.mixed(3), WAIT_MS)  # nobody waits for its end
        gap = await log.next_offset() - 1
        await log.submit(load.mixed(4))  # 202: in the log, and not answered yet
        word = await halted(*nodes)
        assert f"jumps from offset {gap} to {gap + 1}: a record is missing" in word
        with pytest.raises(Halted, match="a record is missing"):
            await nodes[0].ask(load.mixed(1), WAIT_MS)
    await log.submit([b"poison", b"poison"])

    told = await attach(chosen, sure=False)
    assert (told.missing, told.generation, told.carried, told.done) == ((gap,), 1, 6, False)
    assert commands_topic(chosen.name, 1) not in await brokers.names(broker)
    done = await attach(chosen, sure=True)
    assert (done.missing, done.generation, done.carried, done.done) == ((gap,), 1, 6, True)
    entries = await insist_all_answered(broker, chosen, log)
    assert decode(entries[done.entries]).events
    again = await attach(chosen, sure=True)
    assert (again.missing, again.generation, again.carried) == ((), 1, 0)


async def test_many_markers_and_much_before_them_are_one_new_generation(
    broker: Broker, chosen: Settings, log: KafkaLog, load: Load
) -> None:
    """No replica ran: what stands before the first gap is answered where it stands."""
    await log.submit(load.mixed(400))
    gaps = []
    for number in range(4):
        async with foreign(broker, commands_topic(chosen.name, 0), "committed", b"%d" % number):
            pass
        gaps.append(await log.next_offset() - 1)
        await log.submit(load.mixed(3) if number < 3 else [])
    done = await attach(chosen, sure=True)
    assert (done.missing, done.answered, done.carried) == (tuple(gaps), 401, 3 + 9)
    entries = await insist_all_answered(broker, chosen, log)
    assert decode(entries[done.entries - 1]).offset == gaps[0] - 1
    assert decode(entries[done.entries]).log == 1


async def test_a_marker_at_the_end_is_found_and_whoever_still_runs_is_told(
    broker: Broker, chosen: Settings, log: KafkaLog, load: Load
) -> None:
    async with two(broker, chosen.name) as nodes:
        async with foreign(broker, commands_topic(chosen.name, 0), "aborted", b"foreign"):
            pass
        assert not any(node.failed.is_set() for node in nodes)
        done = await attach(chosen, sure=True)
        assert (len(done.missing), done.carried) == (1, 0)
        await insist_all_answered(broker, chosen, log)
        word = await halted(*nodes)
        assert "generation 1 of the commands log has begun" in word
        assert "reads generation 0: start it again" in word
    async with deciding(log, chosen.name) as node:
        assert "generation 1 of the commands log has begun" in await halted(node)


async def test_what_comes_late_to_the_old_topic_is_carried_once(
    broker: Broker, chosen: Settings, log: KafkaLog, load: Load
) -> None:
    async with foreign(broker, commands_topic(chosen.name, 0), "committed", b"foreign"):
        pass
    first = load.mixed(3)
    await log.submit(first)
    await attach(chosen, sure=True)
    async with topics_of(broker, chosen.name) as fresh, deciding(fresh, chosen.name) as node:
        await node.ask(load.mixed(5), WAIT_MS)
        late = [*load.mixed(2), first[0], b"late"]  # a client may try again there, too
        await log.submit(late)
        assert (await attach(chosen, sure=False)).carried == 4
        assert (await attach(chosen, sure=True)).carried == 4
        assert (await attach(chosen, sure=True)).carried == 0
    async with topics_of(broker, chosen.name) as fresh:
        entries = await answers_all(fresh, chosen.name)
    asked = Counter(request_digests(entries))
    assert not Counter(await everything(log)) - asked
    assert [decode(raw).verdict for raw in entries[-4:]][2:] == ["repeated", "rejected"]


class Broken(Exception):
    """The process died here."""


@pytest.mark.parametrize("step", ["make", "begin", "carry", "settle"])
@pytest.mark.parametrize("before", [True, False])
async def test_an_attach_that_dies_anywhere_goes_on_and_nobody_starts_meanwhile(
    broker: Broker,
    chosen: Settings,
    log: KafkaLog,
    load: Load,
    pinning: Engine,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    *,
    before: bool,
) -> None:
    real: Callable[..., Any] = getattr(attaching, step)

    async def dying(*args: Any) -> Any:
        if not before:
            await real(*args)
        raise Broken

    async with foreign(broker, commands_topic(chosen.name, 0), "committed", b"foreign"):
        pass
    await log.submit(load.mixed(3))
    monkeypatch.setattr(attaching, step, dying)
    with pytest.raises(Broken):
        await attach(chosen, sure=True)
    monkeypatch.setattr(attaching, step, real)
    if commands_topic(chosen.name, 1) not in pins.read(pinning):
        if commands_topic(chosen.name, 1) in await brokers.names(broker):
            found = await topics.apply(broker, chosen.name, pinning, replication=1)
            assert [problem.code for problem in found.problems] == ["topic_not_pinned"]
            with pytest.raises(Halted, match="an attach or a restore was interrupted"):
                await topics.insist(broker, chosen.name, pinning)
        done = await attach(chosen, sure=True)
        assert (len(done.missing), done.generation, done.carried) == (1, 1, 3)
    await insist_all_answered(broker, chosen, log)
    await topics.insist(broker, chosen.name, pinning)


async def test_a_log_that_is_sound_or_not_this_ledger_s_is_left_as_it_is(
    broker: Broker, chosen: Settings, log: KafkaLog, load: Load, pinning: Engine
) -> None:
    await log.submit(load.mixed(3))
    told = await attach(chosen, sure=True)
    assert told == Attached(
        ledger=chosen.name,
        entries=await log.journal_end(),
        generation=0,
        missing=(),
        answered=0,
        carried=0,
        done=True,
    )
    with pytest.raises(Halted, match="no topic of 'nobody' is pinned"):
        await attach(settings(name="nobody", log=chosen.log, database=chosen.database), sure=True)
    with pinning.begin() as connection:
        connection.execute(pins.pins.update().values(topic_id="A" * 22))
    with pytest.raises(Halted, match="topic_replaced"):
        await attach(chosen, sure=True)


def test_the_command_says_what_it_would_do_and_then_does_it(
    kafka: Kafka, ledger_name: str, database: str, pinning: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, load = Broker(kafka.bootstrap), Load(1)

    async def prepare() -> None:
        await topics.apply(broker, ledger_name, pinning, replication=1)
        async with topics_of(broker, ledger_name) as log:
            async with deciding(log, ledger_name) as node:
                await node.ask(load.begin(ledger_name), WAIT_MS)
            async with foreign(broker, commands_topic(ledger_name, 0), "committed", b"x"):
                pass
            await log.submit(load.mixed(2))

    asyncio.run(prepare())
    monkeypatch.setenv("TONNE_NAME", ledger_name)
    monkeypatch.setenv("TONNE_DATABASE", database)
    monkeypatch.setenv("COLUMNS", "200")
    run = CliRunner()
    asked = ["journal", "attach", "--log", f"kafka://{kafka.bootstrap}"]
    told = run.invoke(app, asked)
    assert told.exit_code == 0
    assert "1 commands before the gap would be answered" in told.stdout
    assert told.stdout.rstrip().endswith("then the same with --yes")
    done = run.invoke(app, [*asked, "--yes", "--json"])
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["generation"], report["answered"], report["carried"]) == (1, 1, 2)
    again = run.invoke(app, [*asked, "--yes"])
    assert "Generation 1 of the commands log has no gap." in again.stdout
    assert "0 commands carried over" in again.stdout


# --------------------------------------------------------------------------------- on the journal


@pytest.mark.parametrize("ending", ["committed", "aborted", "hanging"])
async def test_a_transaction_on_the_journal_is_noise(
    broker: Broker, chosen: Settings, log: KafkaLog, load: Load, ending: Ending
) -> None:
    topic = journal_topic(chosen.name)
    async with two(broker, chosen.name) as nodes:
        first, *_ = await accepted(log)
        for _ in range(2):
            async with foreign(broker, topic, ending, b"foreign", first):
                await nodes[0].ask(load.mixed(4), WAIT_MS)
            await nodes[0].ask(load.mixed(4), WAIT_MS)
        await caught_up(*nodes)
        seen = [(node.head, node.noise, node.replica.noise_at) for node in nodes]
        assert seen[0] == seen[1]
        assert (seen[0][1]["below"], seen[0][1]["void"]) == (2, 2 + 2), "two records, two markers"
        entries = await accepted(log)
        assert (
            await nodes[1].entries(0, 10_000) == entries[: len(await nodes[1].entries(0, 10_000))]
        )
    async with foreign(broker, topic, ending, b"foreign"):
        pass
    async with deciding(log, chosen.name) as node:  # the journal's log ends with a marker
        assert node.head == seen[0][0]
        await node.ask(load.mixed(2), WAIT_MS)
        assert node.noise["void"] == 6
        assert node.fault is None
    report = await asyncio.to_thread(proven, chosen.log, chosen.name)
    assert report.ok, report.failure
    assert (await attach(chosen, sure=True)).missing == ()
