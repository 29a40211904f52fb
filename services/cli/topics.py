"""`tonne topics`: make the topics of a ledger on Kafka, and refuse those that differ."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import Engine

from libs.edge.database import connect
from services.cli.frame import DEFAULT_LOG, Json, err, out, print_json
from services.settings import settings

if TYPE_CHECKING:
    from libs.ledger.log.broker import Broker
    from libs.ledger.log.layout import Problem

app = typer.Typer(help="The topics of a ledger on Kafka.", no_args_is_help=True)

Log = Annotated[
    str, typer.Option(help="Where the brokers are: kafka://HOST:PORT,...", metavar="URL")
]
Database = Annotated[
    str, typer.Option(help="Where the pins are kept; else TONNE_DATABASE.", metavar="URL")
]
Replication = Annotated[
    int, typer.Option(min=1, help="How often each topic is kept: 3, or 1 on one broker.")
]


@app.callback()
def group() -> None:
    """The topics of a ledger on Kafka, and the pins that say which they are."""


@app.command()
def apply(
    log: Log = DEFAULT_LOG,
    database: Database = "",
    replication: Replication = 3,
    *,
    json: Json = False,
) -> None:
    """Make the topics that are missing and pin them; correct nothing. Exit 1 where one differs.

    The topics of the partners that TONNE_PARTNERS names are among them.

    Example: tonne topics apply --log kafka://127.0.0.1:9092 --replication 1
    """
    from services import topics  # noqa: PLC0415 - needs the extra `kafka`

    broker, url, ledger, partners = _place(log, database)
    with _engine(url) as engine:
        done = asyncio.run(
            topics.apply(broker, ledger, engine, replication=replication, partners=partners)
        )
    if json:
        print_json(done)
    else:
        for name in done.made:
            out.print(f"made     {name}")
    _end(done.problems, ledger, json=json)


@app.command()
def check(
    log: Log = DEFAULT_LOG,
    database: Database = "",
    replication: Replication = 3,
    *,
    json: Json = False,
) -> None:
    """Compare the topics with what they must be, and with the pins. Exit 1 where one differs.

    Example: tonne topics check --log kafka://127.0.0.1:9092 --replication 1
    """
    from services import topics  # noqa: PLC0415 - needs the extra `kafka`

    broker, url, ledger, partners = _place(log, database)
    with _engine(url) as engine:
        problems = asyncio.run(
            topics.check(broker, ledger, engine, replication=replication, partners=partners)
        )
    if json:
        print_json({"problems": problems})
    _end(problems, ledger, json=json)


def _place(log: str, database: str) -> tuple["Broker", str, str, Iterable[str]]:
    """Return the brokers, the address of the pins, the ledger's name, and its partners."""
    from services.member import broker_of  # noqa: PLC0415 - needs the extra `kafka`

    chosen = settings(log=log, **({"database": database} if database else {}))
    return broker_of(chosen), chosen.database_url, chosen.name, chosen.partner_actors


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _end(problems: Iterable["Problem"], ledger: str, *, json: bool) -> None:
    found = list(problems)
    for problem in found:
        err.print(f"tonne: {problem}", soft_wrap=True)
    if found:
        raise typer.Exit(1)
    if not json:
        out.print(f"The topics of {ledger} are what they must be.")
        out.print("Next: tonne open, or tonne serve replica.")
