"""New generations of a commands log on Kafka: for a ledger that comes, or whose topic is spoilt.

Their topics are pinned last, when the attach and everything that waits is in them. A process
starts on pinned topics only, so nobody's command is ever the first record of a generation.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import Engine

from libs.edge import pins
from libs.edge.database import connect
from libs.ledger.log import topics as brokers
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog, generations, journal_topic
from libs.ledger.log.layout import Problem, deviations
from libs.ledger.ports import Halted, Log
from services import topics
from services.logs import Kept, Logs
from services.member import broker_of
from services.moving import TargetDiffers
from services.settings import Settings


class TopicsTarget:
    """Topics that are made, or that a ledger was in before; pinned in the chosen database."""

    def __init__(self, url: str, chosen: Settings, generation: int, copies: int) -> None:
        self.url = url
        self._ledger = chosen.name
        self._broker = broker_of(chosen)
        self._database = chosen.database_url
        self._generation = generation
        self._copies = copies

    @asynccontextmanager
    async def looked(self) -> AsyncIterator[Kept | None]:
        """Open the journal that is there; a later generation of its commands log must not be."""
        with engine_of(self._database) as engine:
            pins.read(engine)
        there = await brokers.names(self._broker)
        later = [one for one in generations(self._ledger, there) if one > self._generation]
        if later:
            raise TargetDiffers(f"the target goes on in generation {later[-1]} already: serve that")
        if journal_topic(self._ledger) not in there:
            yield None
            return
        log = KafkaLog(self._broker, self._ledger, self._generation)
        try:
            yield Logs([log], await log.journal_end(), [0])
        finally:
            await log.close()

    @asynccontextmanager
    async def made(self) -> AsyncIterator[Log]:
        """Make the topics that are missing, and open them."""
        with engine_of(self._database) as engine:
            await make(self._broker, self._ledger, engine, self._generation, self._copies)
        log = KafkaLog(self._broker, self._ledger, self._generation)
        try:
            yield log
        finally:
            await log.close()

    async def settle(self) -> None:
        """Pin the topics."""
        with engine_of(self._database) as engine:
            await settle(self._broker, self._ledger, engine, self._generation, self._copies)


async def make(
    broker: Broker, ledger: str, engine: Engine, generation: int, copies: int | None
) -> None:
    """Make the topics of a generation that are missing, and look that they are what they must be.

    Raises Halted with every problem named: a pinned topic that is gone is not made again.
    """
    pinned = pins.read(engine)
    wanted = [one for one in topics.topics_of(ledger, generation, copies) if one.pinned]
    there = await brokers.names(broker)
    missing = [one for one in wanted if one.name not in there]
    insist(p for p in deviations(missing, {}, pinned) if p.topic in pinned)
    await brokers.create(broker, missing)
    seen = await brokers.look(broker, [one.name for one in wanted])
    insist(deviations(wanted, seen, {**{name: one.pin for name, one in seen.items()}, **pinned}))


async def settle(
    broker: Broker, ledger: str, engine: Engine, generation: int, copies: int | None
) -> None:
    """Pin the topics of a generation: from now on processes start on it."""
    done = await topics.apply(broker, ledger, engine, replication=copies, generation=generation)
    insist(done.problems)


def insist(problems: Iterable[Problem]) -> None:
    """Raise Halted where there is any problem."""
    if found := list(problems):
        raise Halted("; ".join(map(str, found)))


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """Open a database for the time of a block."""
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()
