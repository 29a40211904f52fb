"""`tonne open`: the first command of a ledger on a cluster; on one file it opens by itself."""

import asyncio
from typing import Annotated

import typer

from libs.edge.database import connect
from services import rules
from services.bootstrap import OPERATORS, opening
from services.cli.frame import DEFAULT_LOG, Json, Log, out, print_json
from services.node import SystemClock
from services.settings import Settings, settings


def open_ledger(
    log: Log = DEFAULT_LOG,
    operator: Annotated[
        list[str] | None, typer.Option(help="Who operates it; name at least two.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Open the ledger where its logs are empty; where it is open already, change nothing.

    Example: tonne open --log kafka://127.0.0.1:9092 --operator operator:1 --operator operator:2
    """
    appended = asyncio.run(_open(settings(log=log), tuple(operator or OPERATORS)))
    if json:
        print_json({"opened": appended})
    elif appended:
        out.print("The opening command is in the log; the first replica answers it.")
        out.print("Next: tonne serve replica")
    else:
        out.print("The ledger has commands already; nothing was appended.")


async def _open(chosen: Settings, operators: tuple[str, ...]) -> bool:
    from libs.ledger.log.kafka import KafkaLog  # noqa: PLC0415 - needs the extra `kafka`
    from services import topics  # noqa: PLC0415 - the same
    from services.member import broker_of  # noqa: PLC0415 - the same

    broker = broker_of(chosen)
    engine = connect(chosen.database_url)
    try:
        await topics.insist(broker, chosen.name, engine)
        log = await KafkaLog.open(broker, chosen.name)
        try:
            if await log.commands_end() or await log.journal_end():
                return False
            await log.submit(
                [opening(chosen.name, rules.default(), SystemClock().wall_ms(), operators)]
            )
            return True
        finally:
            await log.close()
    finally:
        engine.dispose()
