"""`tonne rebuild`: make the tables anew from the journal; they hold nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from libs.edge.database import connect, shared
from libs.ledger.follower import Feed
from libs.ledger.log.sqlite import SqliteLog
from services import bootstrap, rebuilding, views
from services.cli.frame import DEFAULT_LOG, Json, Log, log_file, out, print_json, progress
from services.decider import decider
from services.recovery import Recovery
from services.settings import Settings, SettingsFault, settings

Room = Annotated[
    str, typer.Argument(help=f"Whose tables: {', '.join(views.ROOMS)}; nobody's name: all.")
]


def rebuild(room: Room = "", log: Log = DEFAULT_LOG, *, json: Json = False) -> None:
    """Follow the journal again from its first entry, and make the tables anew.

    In a file they are dropped first. In PostgreSQL they are made beside those in use, compared
    with them and put in their place; exit 1 where they differed.

    Example: tonne rebuild --log sqlite:///registry.db
    """
    chosen = settings(log=log)
    if room and room not in views.ROOMS:
        raise SettingsFault(f"{room!r} is no room; there are {', '.join(views.ROOMS)}")
    engine = connect(chosen.database_url)
    engine.dispose()
    if shared(engine):
        _tell(asyncio.run(_beside(chosen, room)), json=json)
        return
    if room:
        raise SettingsFault("the tables of a file are made anew all together: name no room")
    position = asyncio.run(_rebuild(chosen))
    if json:
        print_json({"position": position})
    else:
        out.print(f"The tables follow the journal up to position {position - 1}.")
        out.print("Next: tonne audit compares them with a replay.")


async def _rebuild(chosen: Settings) -> int:
    path, url = log_file(chosen.log), chosen.database_url
    async with bootstrap.embedded(path, url, chosen.name, create=False, rebuild=True) as registry:
        await registry.caught_up(registry.head.position, 3_600_000)
        return registry.head.position


async def _beside(chosen: Settings, room: str) -> rebuilding.Report:
    engine = connect(chosen.database_url)
    try:
        async with _journal(chosen) as feed:
            with progress() as bar:
                task = bar.add_task("entries", total=feed.position, rate="")
                return await rebuilding.rebuild(
                    engine,
                    room,
                    feed.entries,
                    lambda: feed.position,
                    lambda position: bar.update(task, completed=position, total=feed.position),
                )
    finally:
        engine.dispose()


@asynccontextmanager
async def _journal(chosen: Settings) -> AsyncIterator[Feed]:
    """Read the journal: of a file that nobody else has, or of a cluster, while it goes on."""
    if chosen.brokers is not None:
        from services.member import member  # noqa: PLC0415 - needs the extra `kafka`

        async with member("issuance", chosen) as node:  # whose replica only verifies
            yield node.feed
        return
    path = log_file(chosen.log)
    log = SqliteLog(path, create=False)
    recovery = Recovery(log, path, writes=False)
    try:
        yield Feed(log, await recovery.start(decider(bootstrap.page), chosen.name))
    finally:
        recovery.close()
        await log.close()


def _tell(report: rebuilding.Report, *, json: bool) -> None:
    if json:
        print_json(report)
    else:
        last = report.position - 1
        out.print(f"The tables of {', '.join(report.rooms)} follow the journal up to {last}.")
        for table, words in report.differing.items():
            out.print(f"{table} was not what the journal says: {words}")
        if report.compared is None:
            out.print("What was there before could not be compared: it followed nothing, or else.")
        out.print("Next: tonne audit compares them with a replay.")
    if report.differing:
        raise typer.Exit(1)
