"""Partners' letters on real Kafka: each becomes the partner's own command once, and is answered."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from libs.edge import pins
from libs.edge.database import connect
from libs.edge.letters import LETTER_BYTES_MAX
from libs.ledger.entry import decode
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog, from_topic, to_topic
from libs.ledger.log.tails import Tails
from libs.ledger.ports import Halted, LogDamaged, LogUnavailable
from services import intake, rules, topics
from services.bootstrap import opening
from services.cluster.children import free_ports
from services.intake import Intake
from services.issuance.commands import IssueCredits, RegisterProject
from services.node import Node
from services.settings import Settings, environment, settings
from services.transfer.commands import OpenAccount
from tests.cluster.ledgers import WAIT_MS, accepted, answers_all, deciding, topics_of
from tests.contracts.processes import write
from tests.servers import Kafka

pytestmark = pytest.mark.timeout(60)

PARTNERS = {"acme": "partner:acme", "beta": "holder:beta"}


def letter(number: int, account: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A partner reserves credits of an account."""
    body = {"account": account, "quantity": quantity}
    return {"id": str(UUID(int=number)), "type": "credits.reserve.v1", "body": body, **more}


@pytest.fixture
def broker(kafka: Kafka) -> Broker:
    return Broker(kafka.bootstrap)


@pytest.fixture
async def chosen(broker: Broker, ledger_name: str, tmp_path: Path) -> Settings:
    """The settings of a ledger with two partners, whose topics are there."""
    url = f"sqlite:///{tmp_path}/views.db"
    engine = connect(url)
    pins.pins.create(engine)
    made = await topics.apply(broker, ledger_name, engine, replication=1, partners=PARTNERS)
    assert not made.problems
    named = ",".join(f"{name}={actor}" for name, actor in PARTNERS.items())
    log = f"kafka://{broker.bootstrap}"
    engine.dispose()
    return settings(name=ledger_name, log=log, database=url, partners=named)


@pytest.fixture
async def log(broker: Broker, chosen: Settings) -> AsyncIterator[KafkaLog]:
    """An open ledger where each partner holds 100 credits, and nobody decides now."""
    day = "2026-01-01"
    records = [
        opening(chosen.name, rules.default(), 0),
        write(901, "project.register.v1", RegisterProject("ER", (), "n", "JC-1", "JC")),
    ]
    for number, (name, actor) in enumerate(PARTNERS.items()):
        body = OpenAccount(name, name, representatives=(actor,))
        lot = IssueCredits(name, day, f"JC-1-0{number}", "JC-1", 100, day, day)
        records += [
            write(910 + number, "account.open.v1", body),
            write(920 + number, "credits.issue.v1", lot),
        ]
    async with topics_of(broker, chosen.name) as log:
        async with deciding(log, chosen.name) as node:
            told = [decode(raw) for raw in await node.ask(records, WAIT_MS)]
        assert {entry.verdict for entry in told} == {"accepted"}, told
        yield log


async def post(broker: Broker, ledger: str, partner: str, *letters: object) -> None:
    """Write into a partner's topic, as the partner would; bytes go as they are."""
    producer = broker.producer()
    await producer.start()
    for one in letters:
        raw = one if isinstance(one, bytes) else json.dumps(one).encode()
        await producer.send_and_wait(from_topic(ledger, partner), raw, partition=0)
    await producer.stop()


async def replies(broker: Broker, ledger: str, partner: str, count: int) -> list[Any]:
    """Read so many answers of a partner from the first on, and see that there are no more."""
    tails = Tails(broker, to_topic(ledger, partner))
    found: list[Any] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            records = await tails.read(len(found), count)
            found += [json.loads(record.value or b"") for record in records]
    assert await tails.end() == count
    await tails.close()
    return found


@asynccontextmanager
async def carrying(node: Node, broker: Broker, ledger: str) -> AsyncIterator[None]:
    """Let a process carry the letters of both partners."""
    tasks = [
        asyncio.create_task(Intake(node, broker, ledger, name, actor).keep_carrying())
        for name, actor in PARTNERS.items()
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_letter_becomes_the_partners_command_and_is_answered(
    broker: Broker, chosen: Settings, log: KafkaLog
) -> None:
    name = chosen.name
    await post(broker, name, "acme", letter(1, "acme"), letter(2, "acme", 1000))
    await post(broker, name, "beta", letter(3, "beta", actor="holder:beta", ledger=name))
    async with deciding(log, name) as node, carrying(node, broker, name):
        yes, no = await replies(broker, name, "acme", 2)
        (other,) = await replies(broker, name, "beta", 1)
    assert (yes["letter"], yes["verdict"], yes["id"]) == (0, "accepted", str(UUID(int=1)))
    assert yes["receipt"]["command"]["actor"] == "partner:acme"
    assert yes["receipt"]["events"][0]["account"] == "acme"
    assert (no["verdict"], no["receipt"]["reason"]) == ("rejected", "quantity_exceeds_holding")
    assert other["receipt"]["command"]["actor"] == "holder:beta"


async def test_a_retry_is_the_same_command_and_gets_the_same_answer(
    broker: Broker, chosen: Settings, log: KafkaLog
) -> None:
    await post(broker, chosen.name, "acme", *[letter(1, "acme")] * 3)
    async with deciding(log, chosen.name) as node, carrying(node, broker, chosen.name):
        await replies(broker, chosen.name, "acme", 3)
        spaced = json.dumps(letter(1, "acme"), indent=3).encode()
        await post(broker, chosen.name, "acme", spaced)
        told = await replies(broker, chosen.name, "acme", 4)
        assert node.replica.state.quantity("HOLD:acme") == 99
    assert [one.pop("letter") for one in told] == [0, 1, 2, 3]
    assert told == [told[0]] * 4


async def test_nobody_becomes_another_by_what_he_writes(
    broker: Broker, chosen: Settings, log: KafkaLog
) -> None:
    """Whoever forges an actor is refused; whoever asks for another's account, by the rules."""
    forged = [
        letter(number, "beta", actor=actor)
        for number, actor in enumerate(("holder:beta", "operator:1", "system:clock", ""), 1)
    ]
    whole = write(5, "account.open.v1", OpenAccount("thief", "n"))
    doubled = b'{"actor":"partner:acme",' + json.dumps(forged[0]).encode()[1:]
    operating = {"id": str(UUID(int=6)), "type": "credits.issue.v1", "body": {}}
    plain = letter(7, "beta")
    await post(broker, chosen.name, "acme", *forged, whole, doubled, operating, plain)
    async with deciding(log, chosen.name) as node, carrying(node, broker, chosen.name):
        told = await replies(broker, chosen.name, "acme", 8)
    codes = [one["problem"]["code"] for one in told[:7]]
    undecodable = "letter_undecodable"
    assert codes == [*["actor_differs"] * 4, undecodable, "body_invalid", "not_allowed"]
    assert told[7]["receipt"]["reason"] == "actor_not_allowed"
    stamped = [decode(raw) for raw in await accepted(log)][6:]
    assert [json.loads(bytes(one.command))["actor"] for one in stamped] == ["partner:acme"]


async def test_poison_is_answered_and_stops_nobody(
    broker: Broker, chosen: Settings, log: KafkaLog
) -> None:
    poison: list[object] = [
        *(b"", b"\xff\xfe", b"null", b"[]", b"{", b'"\\ud800"', b"[" * 100_000),
        {**letter(1, "acme"), "body": {"account": "acme", "quantity": 2**63}},
        {**letter(1, "acme"), "body": {"account": "acme", "quantity": 1.5}},
        {**letter(1, "acme"), "type": "credits.reserve.v2"},
        {**letter(1, "acme"), "sent": "2020-01-01T00:00:00.000Z"},
        letter(1, "acme", ledger="another"),
        b'{"id":"' + b"x" * (8 * 1024 * 1024) + b'"}',
        letter(1, "acme"),
    ]
    await post(broker, chosen.name, "acme", *poison)
    async with deciding(log, chosen.name) as node, carrying(node, broker, chosen.name):
        told = await replies(broker, chosen.name, "acme", len(poison))
    codes = [one["problem"]["code"] for one in told[:-1]]
    assert codes == [
        *["letter_undecodable"] * 7,
        *("body_invalid", "body_invalid", "command_unknown", "letter_undecodable"),
        *("ledger_differs", "letter_too_large"),
    ]
    assert told[8]["id"] == str(UUID(int=1))
    assert told[-1]["verdict"] == "accepted"
    assert len(await accepted(log)) == 7


async def test_a_letter_of_eight_mebibytes_is_answered_whole(
    broker: Broker, chosen: Settings, log: KafkaLog
) -> None:
    """It fits into the topics and into an entry; it is the rule that says no to so many lines."""
    line = {"lot": "JC-1-00", "quantity": 1, "source": "acme", "target": "beta"}
    size = len(json.dumps(line, separators=(",", ":"))) + 1
    count, rest = divmod(LETTER_BYTES_MAX - 300, size)
    lines = [*[line] * (count - 10), *[{**line, "quantity": 10 ** (rest // 10)}] * 10]
    large = {**letter(1, "acme"), "type": "transfer.request.v1", "body": {"lines": lines}}
    await post(broker, chosen.name, "acme", json.dumps(large, separators=(",", ":")).encode())
    async with deciding(log, chosen.name) as node, carrying(node, broker, chosen.name):
        (told,) = await replies(broker, chosen.name, "acme", 1)
    assert (told["id"], told["verdict"]) == (str(UUID(int=1)), "rejected")
    assert told["receipt"]["reason"] == "too_many_lines"
    assert told["receipt"]["command"]["id"] == str(UUID(int=1))


async def test_two_partners_with_one_id_never_share_an_answer(
    broker: Broker, chosen: Settings, log: KafkaLog
) -> None:
    """Ids are the ledger's, as over HTTP: whoever comes second is told so, and nothing else."""
    await post(broker, chosen.name, "acme", letter(1, "acme"))
    async with deciding(log, chosen.name) as node, carrying(node, broker, chosen.name):
        await replies(broker, chosen.name, "acme", 1)
        await post(broker, chosen.name, "beta", letter(1, "beta"), letter(2, "beta"))
        second, own = await replies(broker, chosen.name, "beta", 2)
        assert node.replica.state.quantity("HOLD:beta") == 99
    assert second["receipt"]["reason"] == "command_exists_with_different_content"
    assert (second["receipt"]["command"]["actor"], own["verdict"]) == ("holder:beta", "accepted")
    assert "acme" not in json.dumps(second)


async def test_who_operates_sends_no_letters(
    broker: Broker, chosen: Settings, log: KafkaLog
) -> None:
    await post(broker, chosen.name, "acme", letter(1, "acme"))
    async with deciding(log, chosen.name) as node:
        mapped = Intake(node, broker, chosen.name, "acme", "operator:1")
        task = asyncio.create_task(mapped.keep_carrying())
        (told,) = await replies(broker, chosen.name, "acme", 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert told["problem"]["code"] == "not_allowed"


# --------------------------------------------------------------------------- what dies, and where


@asynccontextmanager
async def process(chosen: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `tonne serve intake` as a process of its own."""
    (port,) = free_ports(1)
    fields = {name: getattr(chosen, name) for name in ("name", "log", "database", "partners")}
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "serve", "intake"),
        env=environment(**fields, http=f"127.0.0.1:{port}"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def test_killed_between_append_and_answer_each_letter_is_carried_out_once(
    broker: Broker, chosen: Settings, log: KafkaLog
) -> None:
    """Nobody decides, so what intake appended waits for its verdict: there it is killed."""
    await post(broker, chosen.name, "acme", *(letter(number, "acme") for number in range(1, 6)))
    before = await log.commands_end()
    for killed in range(1, 3):
        async with process(chosen) as intake_process:
            async with asyncio.timeout(30):
                while await log.commands_end() < before + 5 * killed:
                    assert intake_process.returncode is None
                    await asyncio.sleep(0.05)
            intake_process.send_signal(signal.SIGKILL)
            assert await intake_process.wait() == -signal.SIGKILL
    await answers_all(log, chosen.name)
    async with deciding(log, chosen.name), process(chosen) as intake_process:
        told = await replies(broker, chosen.name, "acme", 5)
        intake_process.terminate()
        assert await intake_process.wait() == 0
    entries = [decode(raw) for raw in await accepted(log)][before:]
    assert [entry.verdict for entry in entries] == ["accepted"] * 5 + ["repeated"] * 10
    assert [one["receipt"]["position"] for one in told] == list(range(before, before + 5))


async def test_what_was_answered_is_not_carried_again(
    broker: Broker, chosen: Settings, log: KafkaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LETTERS", 2)
    await post(broker, chosen.name, "acme", *(letter(number, "acme") for number in range(1, 6)))
    for _ in range(2):
        async with deciding(log, chosen.name) as node, carrying(node, broker, chosen.name):
            await replies(broker, chosen.name, "acme", 5)
            await asyncio.sleep(0.2)  # would be time for a repeat
    assert {decode(raw).verdict for raw in await accepted(log)} == {"accepted"}


async def test_what_is_not_ours_among_the_answers_or_a_cut_topic_stops_intake(
    broker: Broker, chosen: Settings, log: KafkaLog
) -> None:
    producer = broker.producer()
    await producer.start()
    await producer.send_and_wait(to_topic(chosen.name, "acme"), b"hello", partition=0)
    late = b'{"letter":7,"verdict":"accepted"}'
    await producer.send_and_wait(to_topic(chosen.name, "beta"), late, partition=0)
    await producer.stop()
    async with deciding(log, chosen.name) as node:
        with pytest.raises(Halted, match="no answer of ours"):
            await Intake(node, broker, chosen.name, "acme", "partner:acme").keep_carrying()
        with pytest.raises(LogDamaged, match="does not have what was read"):
            await Intake(node, broker, chosen.name, "beta", "holder:beta").keep_carrying()


async def test_a_topic_made_anew_while_intake_was_away_is_not_read(
    broker: Broker, chosen: Settings, log: KafkaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes back after an interruption must be what was there before it."""
    asked: list[str] = []

    async def insist() -> None:
        asked.append("again")
        if len(asked) > 1:
            raise Halted("topic_replaced")

    async def away() -> int:
        raise LogUnavailable("the brokers are away")

    async with deciding(log, chosen.name) as node:
        reading = Intake(node, broker, chosen.name, "acme", "partner:acme", insist)
        monkeypatch.setattr(reading, "cursor", away)
        with pytest.raises(Halted, match="topic_replaced"):
            await reading.keep_carrying()
    assert len(asked) == 2


async def test_topics_of_partners_are_checked(broker: Broker, chosen: Settings) -> None:
    engine = connect(chosen.database_url)
    assert await topics.check(broker, chosen.name, engine, partners=PARTNERS) == []
    found = await topics.check(broker, chosen.name, engine, partners=["nobody"])
    assert {(one.code, one.topic) for one in found} == {
        ("topic_missing", f"{chosen.name}.from.nobody"),
        ("topic_missing", f"{chosen.name}.to.nobody"),
    }
    with pytest.raises(Halted, match="topic_missing"):
        await topics.insist(broker, chosen.name, engine, ["nobody"])
    engine.dispose()
