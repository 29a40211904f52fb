"""Notices of a registry in one file: the same outbox and the same delivery, without Faust."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.edge.database import connect
from libs.ledger.follower import Pace, check, follow
from libs.ledger.ports import Halted
from services.node import Node
from services.notify.delivery import Post, delivering
from services.notify.outbox import Outbox, notices_url


@asynccontextmanager
async def mailing(node: Node, database: str, smtp: str, sender: str) -> AsyncIterator[None]:
    """Write down whom to tell what, and tell them, until the block ends."""
    engine = connect(notices_url(database))

    def failed(wrong: BaseException) -> None:
        node.fail(wrong if isinstance(wrong, Halted) else Halted(f"delivery: {wrong}"))

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (wrong := task.exception()) is not None:
            failed(wrong)

    try:
        outbox = await asyncio.to_thread(Outbox, engine)
        await check(outbox, node.feed)
        following = asyncio.create_task(follow(outbox, node.feed, Pace()), name="notices")
        following.add_done_callback(ended)
        async with delivering(engine, Post(smtp, sender), lambda _: None, failed):
            yield
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    finally:
        engine.dispose()
