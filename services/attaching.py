"""The way out when the commands topic is spoilt: a new generation behind the last entry.

A foreign transaction leaves a marker in the topic. It takes an offset and is no record, and since
offsets must be dense, every replica halts there. What stands before the gap is answered first:
then nobody can decide anything more of that generation, and the head stands still without a lock.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy import Engine

from libs.edge import pins
from libs.ledger.log import topics as brokers
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog, commands_topic, generations
from libs.ledger.ports import Halted
from services import topics
from services.decider import decider
from services.generations import engine_of, insist, make, settle
from services.logs import BATCH, Logs
from services.member import broker_of
from services.moving import attachment, begin, carry
from services.recovery import Recovery
from services.settings import Settings
from services.surveying import Survey, survey, waiting


class Attached(msgspec.Struct, frozen=True):
    """What attaching did, or would do.

    `missing` are the offsets of the spoilt generation that hold no record; none where it is sound,
    and then only commands are carried that came too late to a generation before.
    """

    ledger: str
    entries: int
    generation: int
    missing: Sequence[int]
    answered: int
    carried: int
    done: bool


async def attach(chosen: Settings, *, sure: bool) -> Attached:
    """Begin the next generation of a commands log whose newest has a gap, or say what that does.

    One that was interrupted goes on. Raises Halted where the topics are not those of this ledger.
    """
    broker = broker_of(chosen)
    with engine_of(chosen.database_url) as engine:
        newest = await _newest(broker, chosen.name, engine)
        async with _opened(broker, chosen.name, newest) as logs:
            end = await logs[-1].next_offset()  # asked first: what comes later is not missing
            source = await Logs.of(logs)
            seen = await survey(source, chosen.name)
            first = seen.answered.get(newest, 0)
            missing = await _missing(source, newest, first, end)
            before = missing[0] - first if missing else 0
            if not missing:
                carried = await _late(logs, seen, sure=sure)
            else:
                carried = sum([len(records) async for records in waiting(source, seen)]) - before
            if missing and sure:
                if before:
                    await _answer(logs[-1], chosen.name, missing[0])
                await _begin(broker, chosen.name, engine, logs)
    return Attached(
        ledger=seen.ledger,
        entries=seen.head.position + before,
        generation=newest + bool(missing),
        missing=missing,
        answered=before,
        carried=carried,
        done=sure,
    )


async def _begin(broker: Broker, ledger: str, engine: Engine, logs: Sequence[KafkaLog]) -> None:
    """Make the next generation, fill it, and pin it when it is whole."""
    spoilt = logs[-1].generation
    there = await brokers.look(broker, [commands_topic(ledger, spoilt)])
    copies = there[commands_topic(ledger, spoilt)].replication
    await make(broker, ledger, engine, spoilt + 1, copies)
    source = await Logs.of(logs)
    seen = await survey(source, ledger)
    target = KafkaLog(broker, ledger, spoilt + 1)
    try:
        await begin(target, attachment(seen))
        await carry(source, seen, target)
    finally:
        await target.close()
    await settle(broker, ledger, engine, spoilt + 1, copies)


async def _late(logs: Sequence[KafkaLog], seen: Survey, *, sure: bool) -> int:
    """Carry into a sound generation what came to those before it when it had begun already."""
    older = logs[:-1]
    return await carry(await Logs.of(older), seen, logs[-1], sure=sure) if older else 0


async def _newest(broker: Broker, ledger: str, engine: Engine) -> int:
    """Return the newest generation that is pinned; whatever is newer was begun and not finished."""
    pinned = generations(ledger, list(pins.read(engine)))
    if not pinned:
        raise Halted(f"no topic of {ledger!r} is pinned in this database; tonne topics apply")
    begun = commands_topic(ledger, pinned[-1] + 1)
    problems = await topics.check(broker, ledger, engine)
    insist(problem for problem in problems if problem.topic != begun)
    return pinned[-1]


@asynccontextmanager
async def _opened(broker: Broker, ledger: str, newest: int) -> AsyncIterator[Sequence[KafkaLog]]:
    """Open the logs up to a generation, oldest first."""
    known = generations(ledger, await brokers.names(broker))
    logs = [KafkaLog(broker, ledger, number) for number in known if number <= newest]
    try:
        yield logs
    finally:
        for log in logs:
            await log.close()


async def _missing(source: Logs, generation: int, first: int, end: int) -> Sequence[int]:
    """Return the offsets of a commands log, from the first to the end, that hold no record."""
    missing, expected = list[int](), first
    async for records in source.commands(generation, first):
        for record in records:
            missing += range(expected, record.offset)
            expected = record.offset + 1
    return (*missing, *range(expected, end))


async def _answer(log: KafkaLog, ledger: str, until: int) -> None:
    """Decide and write down what stands before a gap, as any replica would."""
    replica = await Recovery(log, None).start(decider(), ledger)
    while (replica.tip.log, replica.tip.offset) != (log.generation, until):
        offset = replica.tip.offset if replica.tip.log == log.generation else 0
        records = await log.commands(offset, BATCH)
        replica.take(record for record in records if record.offset < until)
        await log.propose(replica.due(0))
        while replica.accepted != replica.tip:
            replica.accept(await log.entries(replica.offset, BATCH), 0)
