"""F17: topics that are not what they were; whoever starts on them refuses, and says why."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from msgspec.structs import replace

from libs.ledger.log import topics as brokers
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import commands_topic, journal_topic
from services.topics import topics_of
from tests.faults.checks import judge
from tests.faults.ground import CLIENTS, HOUSES, Ground, observed
from tests.faults.history import HEAL
from tests.faults.load import Load
from tests.faults.report import Report, report
from tests.faults.run import Violation
from tests.faults.town import Town

REFUSING = ("replica-1", "projection-1", "transfer-1")
SAYS_SECONDS = 60


async def f17(ground: Ground, acknowledged: int, other: str = "") -> Report:
    """Change the topics of a town that rests, one way after the other; nobody may serve on them.

    `other` is another cluster, for a town that is led there by mistake.
    """
    began = time.monotonic()
    async with ground.town("f17") as town:
        await town.settle(HOUSES)
        load = Load(town, ground.seed, CLIENTS)
        await load.found()
        async with load:
            await load.until(acknowledged)
        run = await observed(town)
        town.stop_all()
        wrong = [str(one) for one in await _refused(town, other)]
        run.events = town.events()
        verdict = judge(run, acknowledged=acknowledged, injected=len(CHANGES))
    told = report("F17", run, verdict, time.monotonic() - began)
    if wrong:
        told = replace(told, verdict="violation", violations=[*told.violations, *wrong])
    return told


async def _refused(town: Town, other: str) -> list[Violation]:
    found: list[Violation] = []
    if other:
        found += await _elsewhere(town, other)
    for word, change in CHANGES.items():
        await change(town)
        town.history.nemesis("F17", {"change": word})
        found += await _starts(town, word)
    return found


async def _starts(town: Town, word: str) -> list[Violation]:
    """Start processes; each must end by itself, say this word, and serve nobody."""
    said = {name: len(town.said(name)) for name in REFUSING}
    for name in REFUSING:
        town.start(name)
    found = []
    for name in REFUSING:
        code = await town.gone(name, SAYS_SECONDS)
        told = " ".join(town.said(name)[said[name] :].split())
        if code == 0 or word not in told:
            found.append(
                Violation("F17", f"{name} ended with {code}, not by {word}: {told[-400:]}")
            )
    town.history.nemesis(HEAL, {"refused": word})
    return found


async def _elsewhere(town: Town, other: str) -> list[Violation]:
    """Lead the town to another cluster that has topics of the same names."""
    await brokers.create(Broker(other), topics_of(town.name, 0, 1))
    home, town.chosen["log"] = town.chosen["log"], f"kafka://{other}"
    town.history.nemesis("F17", {"change": "another cluster"})
    try:
        return await _starts(town, "topic_replaced")
    finally:
        town.chosen["log"] = home


async def _raise(town: Town, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=town.broker.bootstrap)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(2)})
    finally:
        await admin.close()


async def _delete(town: Town, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=town.broker.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        while topic in await brokers.names(town.broker):  # noqa: ASYNC110 - a broker sets no event
            await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def partitions_of_the_commands(town: Town) -> None:
    """Raise the partitions of the commands topic."""
    await _raise(town, commands_topic(town.name, 0))


async def a_topic_deleted(town: Town) -> None:
    """Delete the commands topic."""
    await _delete(town, commands_topic(town.name, 0))


async def a_topic_made_again(town: Town) -> None:
    """Make the commands topic again, as it was but for its records."""
    await brokers.create(town.broker, topics_of(town.name, 0, 1))


async def the_journal_too(town: Town) -> None:
    """Delete the journal, and make it again."""
    await _delete(town, journal_topic(town.name))
    await brokers.create(town.broker, topics_of(town.name, 0, 1))


CHANGES: Mapping[str, Callable[[Town], Awaitable[None]]] = {
    "partitions_differ": partitions_of_the_commands,
    "topic_missing": a_topic_deleted,
    "topic_replaced": a_topic_made_again,
    "genesis_differs": the_journal_too,
}
"""What is done to the topics, by the word that every process must end with."""
