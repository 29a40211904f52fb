"""One process of a cluster: what each role runs, and what all of them check before they start."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from ssl import create_default_context
from typing import Any

from libs.edge.database import connect
from libs.edge.projection import Projection
from libs.edge.turn import Turn
from libs.ledger.comparison import keep_comparing
from libs.ledger.follower import RETRY_SECONDS, check, follow
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog
from libs.ledger.ports import LogUnavailable
from services import topics, views
from services.bootstrap import page
from services.decider import decider
from services.intake import Intake
from services.node import Node
from services.recovery import Recovery
from services.roles import DECIDES, FOLLOWS, ROOMS, Role
from services.settings import Settings, SettingsFault


def broker_of(chosen: Settings) -> Broker:
    """Return the brokers of the chosen log; raise SettingsFault where it is in a file."""
    if chosen.brokers is None:
        raise SettingsFault(f"{chosen.log!r} is no log on Kafka; name kafka://HOST:PORT,...")
    if not chosen.kafka_ca:
        return Broker(chosen.brokers)
    tls = create_default_context(cafile=chosen.kafka_ca)
    if chosen.kafka_cert:
        tls.load_cert_chain(chosen.kafka_cert, chosen.kafka_key or None)
    return Broker(chosen.brokers, tls)


@asynccontextmanager
async def member(role: Role, chosen: Settings) -> AsyncIterator[Node]:
    """Run one role of a ledger on Kafka until the block ends.

    Raises Halted where the topics are not those of this ledger, or hold what they must not, and
    LogUnavailable where they cannot be reached.
    """
    broker = broker_of(chosen)
    engine = connect(chosen.database_url)
    log = None
    recovery = None
    try:
        partners = chosen.partner_actors if role == "intake" else {}
        await topics.insist(broker, chosen.name, engine, partners)
        log = await KafkaLog.open(broker, chosen.name)
        recovery = Recovery(log, _place(chosen), writes=role in FOLLOWS)
        patience_ms = chosen.patience_ms if role in DECIDES and chosen.patience_ms >= 0 else None
        replica = await recovery.start(decider(page), chosen.name, patience_ms)
        early = chosen.answer == "accepted" and role in ROOMS
        node = Node(log, replica, recovery, engine, early=early)
        carrying = [
            Intake(
                *(node, broker, chosen.name, name, actor),
                partial(topics.insist_letters, broker, chosen.name, engine, name),
            ).keep_carrying()
            for name, actor in partners.items()
        ]
        async with node.running(*_upkeep(role, node, log), *carrying):
            yield node
    finally:
        if recovery is not None:
            recovery.close()
        engine.dispose()
        if log is not None:
            await log.close()


def _upkeep(role: Role, node: Node, log: KafkaLog) -> list[Coroutine[Any, Any, None]]:
    """Return what a role does beside deciding and following."""
    upkeep: list[Coroutine[Any, Any, None]] = []
    if role in DECIDES:
        upkeep += [keep_comparing(log, node.feed), node.keep_time()]
    if role in FOLLOWS:
        upkeep += [_fill(node, one) for one in views.followers(node.views)]
        upkeep.append(node.keep_snapshots())
    return upkeep


async def _fill(node: Node, tables: Projection) -> None:
    """Fill the tables whenever it is our turn, from where another may have left them."""

    async def work() -> None:
        while True:
            try:
                await asyncio.to_thread(tables.refresh)
                await check(tables, node.feed)
                await follow(tables, node.feed, node.pace)
            except LogUnavailable:  # the database is away: its rows wait for it
                await asyncio.sleep(RETRY_SECONDS)

    await Turn(node.views, tables.name).keep(work)


def _place(chosen: Settings) -> Path | None:
    """Return what the files of snapshots are called; None where none are kept."""
    return Path(chosen.state) / chosen.name if chosen.state else None
