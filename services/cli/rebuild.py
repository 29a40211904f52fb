"""`tonne rebuild`: make the tables anew from the journal; they hold nothing else."""

import asyncio

from libs.edge.database import connect
from services import bootstrap, views
from services.cli.frame import DEFAULT_LOG, Json, Log, log_file, out, print_json
from services.settings import Settings


def rebuild(log: Log = DEFAULT_LOG, *, json: Json = False) -> None:
    """Drop the tables and follow the journal again from its first entry.

    Example: tonne rebuild --log sqlite:///registry.db
    """
    settings = Settings(log=log)
    position = asyncio.run(_rebuild(settings))
    if json:
        print_json({"position": position})
    else:
        out.print(f"The tables follow the journal up to position {position - 1}.")
        out.print("Next: tonne audit compares them with a replay.")


async def _rebuild(settings: Settings) -> int:
    path, url = log_file(settings.log), settings.database_url
    engine = connect(url)
    for follower in views.followers(engine):
        follower.drop()
    engine.dispose()
    async with bootstrap.embedded(path, url, settings.name, create=False) as registry:
        await registry.caught_up(registry.head.position, 3_600_000)
        return registry.head.position
