"""A registry in one file that tells people, as the tests ask it and look into it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, select

from libs.ledger.codec import derived_id, write_command
from libs.ledger.commands import Approve
from libs.ledger.entry import decode
from libs.ledger.events import NoticeIssued
from libs.ledger.instants import text
from services.node import Node
from services.notify.links import Links
from services.notify.outbox import deliveries
from services.notify.papers import papers
from services.scenarios.play import TYPES

LINKS = Links("a key of the tests")


def where(folder: Path) -> tuple[Path, str]:
    path = folder / "registry.db"
    return path, f"sqlite:///{path}.views"


async def ask(node: Node, name: str, actor: str, body: object) -> int:
    """Ask for an act of two operators, or of one; return the position of its entry."""
    kind = TYPES[type(body)]
    record = write_command(derived_id(name), kind, actor, text(node.now_ms()), body)  # type: ignore[arg-type]  # a body is a struct
    (raw,) = await node.ask([record], 60_000)
    entry = decode(raw)
    assert entry.verdict == "accepted", raw
    return entry.position


async def by_two(node: Node, name: str, body: object) -> int:
    position = await ask(node, name, "operator:1", body)
    return await ask(node, f"{name}, approved", "operator:2", Approve(position))


async def quiet(node: Node) -> None:
    """Wait until nothing is owed any more."""
    await until(lambda: not node.replica.state.registers.owed)
    await until(lambda: node.replica.verified == node.replica.tip.position)


async def heard(engine: Engine, node: Node) -> None:
    """Wait until the outbox has taken what the journal holds."""

    def there() -> bool:
        with engine.connect() as connection:
            taken = connection.scalar(select(deliveries.c.position))
        return bool(taken == node.head.position)

    await until(there)


async def until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not there():  # noqa: ASYNC110 - the ledger's state is no event
            await asyncio.sleep(0.02)


async def issued(node: Node) -> list[NoticeIssued]:
    entries = await node.entries(0, 100_000)
    found = [event for raw in entries for event in decode(raw).events]
    return [event for event in found if isinstance(event, NoticeIssued)]


def kept(engine: Engine) -> dict[str, dict[str, object]]:
    with engine.connect() as connection:
        return {row["number"]: dict(row) for row in connection.execute(select(papers)).mappings()}
