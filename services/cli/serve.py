"""`tonne serve`: a whole registry behind HTTP, or one role of a cluster."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from libs.edge.database import connect
from libs.edge.desk import Desk
from libs.edge.documents import Documents
from libs.ledger.instants import text
from libs.ledger.ports import LedgerFault
from services import bootstrap, migrating, server, signing, trusting
from services.cli.frame import DEFAULT_LOG, Log, err, log_file, speak
from services.listening import address, listen, web
from services.looping import run
from services.mailing import mailing
from services.node import Node, SystemClock
from services.notify.documents import Renderer, Sealer
from services.notify.links import Links, kept_key
from services.notify.shelf import Before, Shelf
from services.roles import FOLLOWS, SERVES, Role
from services.settings import Settings, SettingsFault, settings, shown_default


def serve(
    role: Annotated[
        Role, typer.Argument(help="What this process does; a file is served whole.")
    ] = "all",
    log: Log = DEFAULT_LOG,
    http: Annotated[str, typer.Option(help="Where to listen.")] = shown_default().http,
) -> None:
    """Serve a registry over HTTP until Ctrl-C or SIGTERM; it drains, and nothing is lost.

    On Kafka each role is a process of its own: a replica decides, a projection fills the tables,
    a room answers. Example: tonne serve --log sqlite:///registry.db --http 127.0.0.1:8000
    """
    chosen = settings(log=log, http=http)
    speak(chosen.log_level, serving=True)
    if role == "notify":
        asyncio.run(_notify(chosen))
        return
    fault = run(_serve(role, chosen))
    if fault is not None:
        raise fault


@asynccontextmanager
async def _node(role: Role, chosen: Settings) -> AsyncIterator[tuple[Node, Shelf]]:
    before = _before(chosen)
    if chosen.brokers is not None:
        from services.member import member  # noqa: PLC0415 - needs the extra `kafka`

        async with member(role, chosen) as node:
            links = Links(chosen.notice_key, chosen.name)
            sealer, loopback = _paper(chosen, links)[0], chosen.webhooks == "loopback"
            yield node, Shelf(node.views, links, sealer, before, loopback=loopback)
        return
    if role != "all":
        raise SettingsFault(f"a log in one file is served whole, not as {role}; name kafka://...")
    path = log_file(chosen.log)
    loopback = chosen.webhooks == "loopback"
    links = Links(chosen.notice_key or kept_key(Path(f"{path}.notice-key")), chosen.name)
    sealer, renderer = await asyncio.to_thread(_paper, chosen, links)
    async with (
        bootstrap.embedded(path, chosen.database_url, chosen.name) as node,
        mailing(
            node,
            chosen.database_url,
            chosen.smtp,
            chosen.mail_from,
            links,
            renderer,
            root=signing.root(chosen),
            loopback=loopback,
        ) as papers,
    ):
        yield node, Shelf(papers, links, sealer, before, loopback=loopback)


def _paper(chosen: Settings, links: Links) -> tuple[Sealer | None, Renderer | None]:
    """Return what seals documents and what renders them; neither where there is no key for it."""
    from services import sealing  # noqa: PLC0415 - loads a PDF writer and a typesetter

    by = sealing.sealing(chosen, text(SystemClock().wall_ms()))
    return by, None if by is None else sealing.pages(chosen, links, by)


def _before(chosen: Settings) -> Before:
    """Return whose paper of before is still genuine."""
    from services import sealing  # noqa: PLC0415 - loads a PDF writer and a typesetter

    return sealing.before(chosen)


async def _notify(chosen: Settings) -> None:
    """Follow, deliver and answer; the mail's own process, with Faust in it."""
    from services import topics  # noqa: PLC0415 - needs the extra `kafka`
    from services.member import broker_of  # noqa: PLC0415 - the same
    from services.notify import service  # noqa: PLC0415 - the same

    broker = broker_of(chosen)
    links = Links(chosen.notice_key, chosen.name)
    host, port = address(chosen.http, anywhere=chosen.keys == "required")
    listening = listen(host, port)
    engine = connect(chosen.database_url)
    try:
        await topics.insist(broker, chosen.name, engine)
        err.print(f"tonne serves notify of {chosen.log} at http://{chosen.http}")
        await service.run(
            broker=broker,
            ledger=chosen.name,
            engine=engine,
            listening=listening,
            smtp=chosen.smtp,
            sender=chosen.mail_from,
            links=links,
            renderer=_paper(chosen, links)[1],
            root=signing.root(chosen),
            loopback=chosen.webhooks == "loopback",
        )
    except ValueError as wrong:
        raise SettingsFault(f"TONNE_SMTP or TONNE_MAIL_FROM: {wrong}") from None
    finally:
        engine.dispose()


async def _serve(role: Role, chosen: Settings) -> LedgerFault | None:
    host, port = address(chosen.http, anywhere=chosen.keys == "required")
    trusted = trusting.issuer(chosen)
    listening = listen(host, port)
    async with _node(role, chosen) as (node, shelf):
        desk = server.desk(node, chosen.wait_ms, server.identity(chosen.keys, node, trusted))
        desk.codes = trusting.one_time(chosen, node.views)
        if chosen.documents_folder is not None:
            desk.documents = Documents(chosen.documents_folder)
        desk.signing = signing.signing(chosen, node.views) if role in FOLLOWS else None
        desk.alarm_transfers, desk.alarm_minutes = chosen.alarm_transfers, chosen.alarm_minutes
        rooms = SERVES.get(role, ())
        _tell(desk, node, role, chosen)
        serving = web(desk, server.app(desk, rooms, tables=role != "replica", shelf=shelf))
        err.print(
            f"tonne serves {role} of {chosen.log} (head {node.head.position})"
            f" at http://{chosen.http}"
        )
        if rooms:
            err.print(
                f"  docs     http://{chosen.http}/docs"
                f"\n  journal  http://{chosen.http}/v1/journal?follow=false"
                "\n  Ctrl-C stops it; nothing is lost."
            )
        beside = [asyncio.create_task(_meter(desk, node))]
        beside += [asyncio.create_task(keep()) for keep in desk.upkeep]
        if desk.signing is not None:
            keeping = signing.keep_signing(desk.signing, node, desk.meters)
            beside.append(asyncio.create_task(keeping))
        working = asyncio.create_task(serving.serve(sockets=[listening]))
        failing = asyncio.create_task(node.failed.wait())
        await asyncio.wait({working, failing}, return_when=asyncio.FIRST_COMPLETED)
        serving.should_exit = True
        failing.cancel()
        for task in beside:
            task.cancel()
        await working
        err.print(f"tonne stopped behind position {node.head.position - 1}.")
        return node.fault


def _tell(desk: Desk, node: Node, role: Role, chosen: Settings) -> None:
    """Give readiness its further checks and notes, and let a breach be counted."""
    if chosen.brokers is not None and role != "replica":
        desk.checks["migrations"] = lambda: "; ".join(migrating.check(node.views)) or None
    if desk.signing is not None and not chosen.checkpoint_key:
        desk.notes.append("checkpoints are signed by a development key: set TONNE_CHECKPOINT_KEY")
    decider = node.replica.decider
    pages = decider.page

    def page(what: str) -> None:
        desk.meters.violations.inc()
        pages(what)

    decider.page = page


async def _meter(desk: Desk, node: Node) -> None:
    """Tell the meters where the replica stands, every second."""
    while True:
        replica = node.replica
        desk.meters.replica(replica.verified, replica.pending, leads=replica.leads)
        if node.checkpoint_ms is not None:
            desk.meters.checkpointed(node.checkpoint_ms)
        await asyncio.sleep(1)
