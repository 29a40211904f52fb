"""`tonne rebuild`: make the tables anew from the journal; they hold nothing else."""

import asyncio

from services import bootstrap
from services.cli.frame import DEFAULT_LOG, Json, Log, log_file, out, print_json
from services.settings import Settings, settings


def rebuild(log: Log = DEFAULT_LOG, *, json: Json = False) -> None:
    """Drop the tables and follow the journal again from its first entry.

    Example: tonne rebuild --log sqlite:///registry.db
    """
    position = asyncio.run(_rebuild(settings(log=log)))
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
