"""Faults of the brokers: one killed, one after the other restarted, all killed at once."""

import asyncio
import re
from pathlib import Path
from random import Random

from aiokafka.admin import AIOKafkaAdminClient

from libs.ledger.log.kafka import journal_topic
from services.cluster.kafka import KafkaServers
from tests.faults.ground import Strike
from tests.faults.history import HEAL
from tests.faults.load import Load
from tests.faults.report import TAKEOVER
from tests.faults.town import Town

SESSION = {"broker_session_timeout_ms": "3000", "broker_heartbeat_interval_ms": "500"}
"""A broker that was killed is let in again when its session is over: nine seconds otherwise."""

ACTIVE = re.compile(r"^(\S+Z) .*Becoming the active controller at epoch", re.MULTILINE)


async def leader_of(bootstrap: str, topic: str) -> int:
    """Return the broker that leads a topic's partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (told,) = await admin.describe_topics([topic])
        return int(told["partitions"][0]["leader"])
    finally:
        await admin.close()


def controller(servers: KafkaServers) -> int:
    """Return the broker that was the last to become the active controller, as its log says."""

    def last(log: Path) -> str:
        return max(ACTIVE.findall(log.read_text(errors="replace")), default="")

    return max(range(1, servers.brokers + 1), key=lambda number: last(servers.log(number)))


def f2(servers: KafkaServers) -> Strike:
    """Return the strike that kills leader, controller or a follower, and starts it again."""

    async def strike(town: Town, load: Load, chance: Random, count: int) -> None:
        for turn in range(count):
            leader = await leader_of(town.broker.bootstrap, journal_topic(town.name))
            others = [n for n in range(1, servers.brokers + 1) if n != leader]
            who = ("leader", "controller", "follower")[turn % 3]
            broker = {
                "leader": leader,
                "controller": controller(servers),
                "follower": chance.choice(others),
            }[who]
            servers.kill(broker)
            town.history.nemesis("F2", {"killed": broker, "the": who, TAKEOVER: who == "leader"})
            await load.more(30)
            await _up(servers, town, [broker])
            await load.more(30)

    return strike


def f3(servers: KafkaServers) -> Strike:
    """Return the strike that restarts every broker in turn, then kills all of them at once."""
    every = range(1, servers.brokers + 1)

    async def strike(town: Town, load: Load, _: Random, count: int) -> None:
        for _turn in range(count):
            for broker in every:
                servers.kill(broker)
                town.history.nemesis("F3", {"restarted": broker})
                await _up(servers, town, [broker])
                await load.more(20)
            for broker in every:
                servers.kill(broker)
            town.history.nemesis("F3", {"killed": "all", TAKEOVER: True})
            await asyncio.sleep(1)
            await _up(servers, town, list(every))
            await load.more(30)

    return strike


async def _up(servers: KafkaServers, town: Town, brokers: list[int]) -> None:
    for broker in brokers:
        servers.restart(broker)
    await servers.ready()
    town.history.nemesis(HEAL, {"started": brokers})
