"""What a broker of a ledger is set to, however it is started, and where it is on this machine."""

from collections.abc import Mapping

import msgspec

QUORUM = 3

LOG4J = """\
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %p %c{1} %m%n
"""


class Plan(msgspec.Struct, frozen=True):
    """What a folder's cluster is for good: its id, and where its brokers listen."""

    cluster: str
    ports: tuple[int, ...]
    controllers: tuple[int, ...]


def mandatory(brokers: int) -> Mapping[str, str]:
    """Return the settings that every broker of a ledger has, however it is started.

    Three brokers keep everything three times and acknowledge what two have; the topics that Kafka
    keeps for itself are of one partition each, since there is little in them.
    """
    copies, safe = ("3", "2") if brokers >= QUORUM else ("1", "1")
    return {
        "auto.create.topics.enable": "false",
        "delete.topic.enable": "false",
        "unclean.leader.election.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": safe,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": safe,
        "transaction.state.log.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": safe,
        "group.initial.rebalance.delay.ms": "0",
    }


def properties(plan: Plan, number: int) -> dict[str, str]:
    """Return the settings of a broker on 127.0.0.1 that is one of the controllers too."""
    listening, controlling = plan.ports[number - 1], plan.controllers[number - 1]
    voters = enumerate(plan.controllers, 1)
    return {
        "process.roles": "broker,controller",
        "node.id": str(number),
        "controller.quorum.voters": ",".join(f"{n}@127.0.0.1:{port}" for n, port in voters),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listeners": f"PLAINTEXT://127.0.0.1:{listening},CONTROLLER://127.0.0.1:{controlling}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{listening}",
        **mandatory(len(plan.ports)),
    }
