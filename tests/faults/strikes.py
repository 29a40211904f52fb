"""Faults that befall one process, or the database, or the topics, while the load goes on."""

import asyncio
import signal
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from random import Random

from aiokafka import AIOKafkaProducer
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from libs.ledger.log.kafka import commands_topic, journal_topic
from services.cluster.postgres import PostgresServer
from tests.faults.caller import Caller
from tests.faults.doomed import POINTS
from tests.faults.ground import Strike
from tests.faults.history import HEAL
from tests.faults.load import HOMES, Client, Load, request
from tests.faults.poison import POISONS
from tests.faults.report import TAKEOVER
from tests.faults.town import Town
from tests.faults.trade import OPERATORS

DOOMED = {
    "replica": "replica-1",
    "transfer": "transfer-1",
    "projection": "projection-1",
    "notify": "notify-1",
}
"""Which process of a town is doomed, by the role that passes a point."""

PASSINGS = {"snapshot": (1, 2)} | dict.fromkeys(("notify", "issuing", "mail", "call"), (1, 6))
"""At which passing of a point a process dies, where not at the 3rd to 39th: these are rarer."""

REACHED_SECONDS = 120
PATIENCE_SECONDS = 1.0


async def f1(town: Town, load: Load, chance: Random, count: int) -> None:
    """Kill -9 every process at every named point, some processes at once; `count` times each."""
    for _ in range(count):
        waiting: dict[str, list[str]] = {}
        for name, point in POINTS.items():
            waiting.setdefault(point.role, []).append(name)
        for mine in waiting.values():
            chance.shuffle(mine)
        while any(waiting.values()):
            struck = {DOOMED[role]: mine.pop() for role, mine in waiting.items() if mine}
            await doom(town, struck, chance)
        await again(town, DOOMED.values())
        await load.more(20)


async def doom(town: Town, struck: dict[str, str], chance: Random) -> None:
    """Start processes that will die at a point, and see that they did."""
    for name, point in struck.items():
        if town.ended(name) is None:
            town.stop(name)
        nth = chance.randrange(*PASSINGS.get(point.partition(".")[0], (3, 40)))
        town.start(name, wrapped=("tests.faults.doomed", point, str(nth)))
    for name, point in struck.items():
        code = await town.gone(name, REACHED_SECONDS)
        said = town.said(name)
        if code != -signal.SIGKILL or f"doomed: {point}" not in said:
            raise RuntimeError(f"{name} ended with {code}, not at {point}:\n{said[-2000:]}")
        leads = point.startswith("replica")
        town.history.nemesis("F1", {"point": point, "killed": name, TAKEOVER: leads})


async def again(town: Town, names: Iterable[str]) -> None:
    """Start processes that have ended."""
    started = [name for name in names if town.ended(name) is not None]
    for name in started:
        town.start(name)
    await town.ready(started)
    town.history.nemesis(HEAL, {"started": started})


async def f4(town: Town, load: Load, _: Random, count: int) -> None:
    """Let the leader stand still for three times the standby's patience, then go on."""
    for _turn in range(count):
        town.stop("replica-2")
        town.start("replica-2")
        await town.ready(["replica-2"])
        await load.more(20)
        town.signal("replica-1", signal.SIGSTOP)
        town.history.nemesis("F4", {"stopped": "replica-1", TAKEOVER: True})
        await asyncio.sleep(3 * PATIENCE_SECONDS)
        await load.more(20)
        town.signal("replica-1", signal.SIGCONT)
        town.history.nemesis(HEAL, {"went on": "replica-1"})
        await load.more(50)


async def f5(town: Town, load: Load, _: Random, count: int) -> None:
    """Let three replicas lead at once, for so many hundred commands."""
    more = [("leader-2", "replica", 0), ("leader-3", "replica", 0)]
    await town.settle(more)
    town.history.nemesis("F5", {"leaders": 3})
    await load.more(100 * count, 60 * count)
    for name, *_house in more:
        town.stop(name)
    town.history.nemesis(HEAL, {"leaders": 1})


def f12(server: PostgresServer) -> Strike:
    """Return the strike that kills the database's server, and its sessions."""

    async def strike(town: Town, load: Load, chance: Random, count: int) -> None:
        for _ in range(count):
            await asyncio.to_thread(_terminate, server.url())
            town.history.nemesis("F12", {"terminated": "every session"})
            await load.more(chance.randrange(5, 40))
            server.kill()
            town.history.nemesis("F12", {"killed": "postgres"})
            await load.more(20, 5)
            server.start()
            await asyncio.to_thread(server.wait)
            town.history.nemesis(HEAL, {"started": "postgres"})
            await load.more(20)

    return strike


def _terminate(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    every = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    try:
        with engine.connect() as connection:
            connection.execute(text(every + " AND application_name LIKE 'tonne%'"))
    except DBAPIError:
        pass
    finally:
        engine.dispose()


async def f13(town: Town, load: Load, chance: Random, count: int) -> None:
    """Ask and hang up, at once or a moment later; then ask again as if nothing had been."""
    client = Client(load, Random(chance.random()))
    for _ in range(count):
        command = load.trade.next()
        port = chance.choice(town.ports(HOMES.get(command.type, "transfer")))
        path, body = request(command)
        value = {"type": command.type, "actor": command.actor, "body": command.body}
        process, caller = town.history.process(), Caller(port)
        headers = {"Idempotency-Key": command.id, "Tonne-Actor": command.actor}
        town.history.invoke(process, "write", value, command.id, str(port))
        with suppress(OSError):
            await caller.send("POST", path, headers, body, chance.choice((0, 0.001, 0.005, 0.02)))
        town.history.end(process, "info")
        town.history.nemesis("F13", {"hung up on": port})
        if chance.random() < 0.5:
            await client.ask(command)
    client.hang_up()


async def b3(town: Town, load: Load, chance: Random, count: int) -> None:
    """Put every kind of poison into every topic of the ledger, `count` times."""
    producer = AIOKafkaProducer(
        bootstrap_servers=town.broker.bootstrap, max_request_size=9 * 1024 * 1024
    )
    await producer.start()
    newest = max(await town.generations())
    try:
        for _ in range(count):
            for kind, make in POISONS.items():
                raw = make(chance)
                process = town.history.process()
                digest = sha256(raw).hexdigest()
                town.history.invoke(process, "inbox", {"kind": kind, "request": digest})
                for topic in (commands_topic(town.name, newest), journal_topic(town.name)):
                    await producer.send_and_wait(topic, raw, partition=0)
                town.history.end(process, "info")
                town.history.nemesis("B3", {"poison": kind})
            await load.more(20)
    finally:
        await producer.stop()


async def b9(town: Town, load: Load, chance: Random, count: int) -> None:
    """Ask for the same under one id a hundred times at once, then for something else under it."""
    for _ in range(count):
        clients = [Client(load, Random(chance.random())) for _ in range(100)]
        account = f"B9-{chance.getrandbits(40)}"
        body = {"account": account, "name": "one of a hundred"}
        command = load.trade.command("account.open.v1", body, OPERATORS[0])
        await asyncio.gather(*(client.ask(command) for client in clients))
        town.history.nemesis("B9", {"at once": len(clients)})
        other = command._replace(body={**body, "name": "another"})
        await asyncio.gather(*(client.ask(other) for client in clients[:10]))
        for client in clients:
            client.hang_up()
