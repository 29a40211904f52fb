"""Notices of a registry in one file: the same outbox, issuing and delivery, without Faust."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from sqlalchemy import Engine

from libs.edge.database import connect
from libs.edge.faults import spoken
from libs.ledger.follower import Pace, check, follow
from libs.ledger.ports import Halted
from services.node import WAIT_MS, Node
from services.notify.calling import Caller
from services.notify.documents import Renderer
from services.notify.footing import Footing
from services.notify.hooking import Hooking
from services.notify.issuing import Issuing
from services.notify.links import Links
from services.notify.outbox import Outbox, notices_url


@asynccontextmanager
async def mailing(
    node: Node,
    database: str,
    smtp: str,
    sender: str,
    links: Links | None = None,
    renderer: Renderer | None = None,
    *,
    root: str = "",
    loopback: bool = False,
) -> AsyncIterator[Engine]:
    """Issue the notices that are owed, and tell people, until the block ends; yield the outbox.

    Without a mail server they are issued all the same, and their mail waits. `renderer` makes their
    documents: JSON where there is none. `root` is the address that `links` are at, https://HOST.
    """
    engine = connect(notices_url(database))
    links = links or Links("")

    def failed(wrong: BaseException) -> None:
        node.fail(wrong if isinstance(wrong, Halted) else Halted(f"notices: {spoken(wrong)}"))

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (wrong := task.exception()) is not None:
            failed(wrong)

    try:
        outbox = await asyncio.to_thread(Outbox, engine)
        await check(outbox, node.feed)
        issuing = Issuing(
            engine,
            node.views,
            lambda records: node.ask(records, WAIT_MS),
            links,
            node.now_ms,
            renderer,
        )
        tasks = [
            asyncio.create_task(follow(outbox, node.feed, Pace()), name="notices"),
            asyncio.create_task(issuing.keep(), name="issuing"),
        ]
        if links.box is not None:
            hooking = Hooking(engine, links.box, Caller(loopback=loopback), node.now_ms)
            tasks.append(asyncio.create_task(hooking.keep(), name="webhooks"))
        for task in tasks:
            task.add_done_callback(ended)
        try:
            async with _delivered(engine, smtp, sender, failed, Footing(root, links)):
                yield engine
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        engine.dispose()


def _delivered(
    engine: Engine,
    smtp: str,
    sender: str,
    failed: Callable[[BaseException], None],
    footing: Footing,
) -> AbstractAsyncContextManager[None]:
    if not smtp:
        return nullcontext()
    from services.notify.delivery import Post, delivering  # noqa: PLC0415 - needs the extra `kafka`

    post = Post(smtp, sender)
    return delivering(engine, post, lambda _: None, failed, footing=footing)
