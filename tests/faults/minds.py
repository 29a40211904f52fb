"""S4: replicas of different minds on one journal, and an entry that no replica would write."""

import asyncio
import json
import re
import signal
import time
from hashlib import sha256
from random import Random
from typing import Any

from aiokafka import AIOKafkaProducer
from msgspec.structs import replace

from libs.ledger.log.kafka import KafkaLog, journal_topic
from tests.faults.accepted import Read, accepted
from tests.faults.answers import canonical
from tests.faults.caller import Caller, NotSent
from tests.faults.checks import CHECKS, judge
from tests.faults.ground import CLIENTS, HOUSES, WARM, Ground, observed
from tests.faults.load import Client, Load, judged, request
from tests.faults.readers import by_aiokafka
from tests.faults.report import Report, report
from tests.faults.run import Run, Violation
from tests.faults.town import Town
from tests.faults.trade import Command

WORD = re.compile(r"the entry at position (\d+) is not what we decide")
STRUCTURAL = ("C1", "C3", "C4", "C5", "C6", "C7", "C15")
"""What holds of a journal with a forged entry too: it was accepted, alike and by everybody. That a
replica answers the same record otherwise is what C12 calls equivocation: here it is as it must be.
"""

SAYS_SECONDS = 60


async def s4(ground: Ground, rounds: int, acknowledged: int) -> Report:
    """Let a replica of another mind stand by, then lead; then forge an entry.

    Returns what the town came to before the forgery; what is wrong behind it is a violation too.
    """
    began = time.monotonic()
    async with ground.town("s4") as town:
        await town.settle(HOUSES)
        load = Load(town, ground.seed, CLIENTS)
        await load.found()
        async with load:
            await load.more(WARM)
            for number in range(rounds):
                await _disagree(town, load, number)
            await load.until(acknowledged)
        run = await observed(town)
        verdict = judge(run, acknowledged=acknowledged, injected=rounds)
        told = report("S4", run, verdict, time.monotonic() - began)
        wrong = [str(one) for one in await _forge(town, load)]
    if wrong:
        told = replace(told, verdict="violation", violations=[*told.violations, *wrong])
    return told


async def _disagree(town: Town, load: Load, number: int) -> None:
    """Ask for what the odd one refuses: it halts at that very entry, and again when it starts."""
    name = f"odd-{number}"
    town.start(name, "replica", 1000, wrapped=("tests.faults.odd", name))
    await town.ready([name])
    await load.more(20)
    client = Client(load, Random(number))
    body = {"account": f"ODD{number}", "name": name}
    await client.ask(load.trade.command("account.open.v1", body, "operator:1"))
    client.hang_up()
    town.history.nemesis("S4", {"odd": name})
    first = await _halts(town, name)
    town.start(name, wrapped=("tests.faults.odd", name))
    second = await _halts(town, name)
    if first != second:
        raise RuntimeError(f"{name} halts at {second}, it did at {first}")
    await load.more(20)
    del town.houses[name]


async def _halts(town: Town, name: str) -> int:
    """Return the position at which a process halts."""
    code = await town.gone(name, SAYS_SECONDS)
    said = WORD.findall(town.said(name).replace("\n", " "))
    if not said or code == 0:
        raise RuntimeError(f"{name} ended with {code} and said {town.said(name)[-800:]}")
    return int(said[-1])


async def _forge(town: Town, load: Load) -> list[Violation]:
    """Put a lawful command and a forged answer to it into the logs, while no replica looks."""
    leaders = [name for name, house in town.houses.items() if house.role == "replica"]
    for name in leaders:
        town.signal(name, signal.SIGSTOP)
    command = load.trade.command("account.open.v1", {"account": "F", "name": "f"}, "operator:1")
    asking = asyncio.create_task(_ask(town, command))
    read = await _appended(town, command)
    forged = _forgery(read, await _record(town, read))
    await _propose(town, forged)
    for name in leaders:
        town.signal(name, signal.SIGCONT)
    town.history.nemesis("S4", {"forged": len(read.entries)})
    position = len(read.entries)
    for name, house in town.houses.items():
        if house.role != "notify" and await _halts(town, name) != position:
            return [Violation("S4", f"{name} does not halt at {position}")]
    if (answer := await asking) is not None:
        return [Violation("S4", f"a forged entry was answered from: {answer}", position)]
    return await _looked_at(town, position)


async def _ask(town: Town, command: Command) -> dict[str, Any] | None:
    """Ask for the command; return what was said of an outcome, which must be nothing."""
    caller = Caller(town.ports("transfer")[0])
    path, body = request(command)
    headers = {"Idempotency-Key": command.id, "Tonne-Actor": command.actor}
    value = {"type": command.type, "actor": command.actor, "body": command.body}
    process = town.history.process()
    town.history.invoke(process, "write", value, command.id, str(caller.port))
    kind, answer = "info", None
    try:
        kind, answer = judged(await caller.ask("POST", path, headers, body))
    except (NotSent, OSError, TimeoutError):
        pass
    finally:
        caller.hang_up()
    town.history.end(process, "ok" if kind == "ok" else "info", answer)
    return answer if kind == "ok" else None


async def _appended(town: Town, command: Command) -> Read:
    """Wait until the command is in its log, and return the journal, which does not answer it."""
    log = await KafkaLog.open(town.broker, town.name)
    try:
        offset = 0
        while True:
            for record in await log.commands(offset, 1000):
                offset = record.offset + 1
                if command.id.encode() in record.value:
                    return accepted(
                        await by_aiokafka(town.broker.bootstrap, journal_topic(town.name))
                    )
    finally:
        await log.close()


async def _record(town: Town, read: Read) -> bytes:
    """Return the record that the next entry answers."""
    log = await KafkaLog.open(town.broker, town.name)
    try:
        (record, *_) = await log.commands(read.head.offset, 1)
        return record.value
    finally:
        await log.close()


def _forgery(read: Read, value: bytes) -> bytes:
    """Return an entry that every reader accepts, and that no replica would write."""
    head, last = read.head, read.entries[-1]
    told = {
        **{name: last.told[name] for name in ("format", "ledger", "appended", "at")},
        "command": json.loads(value),
        "log": head.log,
        "offset": head.offset,
        "position": head.position,
        "previous": head.digest,
        "request": sha256(value).hexdigest(),
        "rules": head.rules,
        "verdict": "rejected",
        "reason": "account_exists",
    }
    return canonical(told)


async def _propose(town: Town, raw: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=town.broker.bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(journal_topic(town.name), raw, partition=0)
    finally:
        await producer.stop()


async def _looked_at(town: Town, position: int) -> list[Violation]:
    """Hold what clients were told against the journal as it is now, forged entry included."""
    run: Run = await town.observe(whole=False)
    found = [one for name in STRUCTURAL for one in CHECKS[name](run)]
    if run.journals["aiokafka"] != run.journals["confluent"]:
        found.append(Violation("S4", "two clients read two journals"))
    if len(run.entries) != position + 1:
        found.append(Violation("S4", f"{len(run.entries)} entries, the forged one is {position}"))
    return found
