"""What a process is made of: the embedded registry on one file, or one member of a cluster."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from libs.edge.database import connect
from libs.ledger.accounts import GRAMMAR
from libs.ledger.codec import derived_id, write_command
from libs.ledger.commands import OpenLedger
from libs.ledger.comparison import keep_comparing
from libs.ledger.events import BYTES_MAX, Limits
from libs.ledger.follower import check
from libs.ledger.instants import text
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.rules import RuleSet
from services import rules, views
from services.decider import decider
from services.node import Node
from services.recovery import Recovery

OPERATORS = ("operator:1", "operator:2")
"""Who operates a registry that was opened without naming anybody."""

_log = structlog.get_logger("tonne")


def page(what: str) -> None:
    """Tell a person, loudly, of what must never happen."""
    _log.critical("page", what=what)


@asynccontextmanager
async def embedded(
    path: Path, database: str, name: str = "main", *, create: bool = True, rebuild: bool = False
) -> AsyncIterator[Node]:
    """Open the registry on a file and run all its roles until the block ends.

    With `rebuild` the tables are dropped first, and made again from the journal. Raises LogInUse
    where another process has the file, LogDamaged and Halted where it holds what it must not.
    """
    log = SqliteLog(path, create=create)
    recovery = Recovery(log, path)
    engine = connect(database)
    try:
        replica = await recovery.start(decider(page), name)
        node = Node(log, replica, recovery, engine, views.followers(engine))
        for follower in node.followers:
            if rebuild:
                follower.drop()
            await check(follower, node.feed)
        upkeep = (keep_comparing(log, node.feed), node.keep_time(), node.keep_snapshots())
        async with node.running(*upkeep):
            if not replica.tip.position:
                await node.ask([opening(name, rules.default(), node.now_ms())], 10_000)
            yield node
            if recovery.worth(node.head):
                await node.checkpoint()
    finally:
        recovery.close()
        engine.dispose()
        await log.close()


def opening(name: str, first: RuleSet, sent_ms: int, operators: Sequence[str] = OPERATORS) -> bytes:
    """Return the command record that opens a ledger."""
    body = OpenLedger(GRAMMAR, name, Limits(bytes=BYTES_MAX), tuple(operators), first)
    identity = derived_id(f"open/{name}")
    return write_command(identity, "ledger.open.v1", operators[0], text(sent_ms), body)
