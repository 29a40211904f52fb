"""`tonne migrate`: make the tables of a database, and move them from version to version."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import Engine

from libs.edge.database import connect
from services import migrating
from services.cli.frame import Json, err, out, print_json
from services.settings import settings

app = typer.Typer(help="The schema of a database of tables.", no_args_is_help=True)

Database = Annotated[
    str,
    typer.Option(
        help="Which database: postgresql+psycopg://..., else TONNE_DATABASE.", metavar="URL"
    ),
]
To = Annotated[str, typer.Argument(help="A step, as 0001; `head` is the last, `base` none.")]


@app.callback()
def group() -> None:
    """The schema of a database of tables, moved by the numbered steps of deploy/migrations."""


@app.command()
def upgrade(to: To = migrating.HEAD, database: Database = "", *, json: Json = False) -> None:
    """Move the schema forward; processes that try at once take turns, and repeating is nothing.

    Example: tonne migrate upgrade --database postgresql+psycopg://tonne@db/tonne
    """
    with _engine(database) as engine:
        _told(migrating.upgrade(engine, to), json=json)


@app.command()
def downgrade(to: To, database: Database = "", *, json: Json = False) -> None:
    """Move the schema back to a step; what only the later tables held is lost.

    Example: tonne migrate downgrade 0001
    """
    with _engine(database) as engine:
        _told(migrating.downgrade(engine, to), json=json)


@app.command()
def check(database: Database = "", *, json: Json = False) -> None:
    """Compare the schema with what this program works on. Exit 1 where it differs.

    Example: tonne migrate check --json
    """
    with _engine(database) as engine:
        differences = migrating.check(engine)
    if json:
        print_json({"ok": not differences, "differences": differences})
    for difference in () if json else differences:
        err.print(f"tonne: {difference}", soft_wrap=True, markup=False)
    if differences:
        raise typer.Exit(1)
    if not json:
        out.print("The schema is what this program works on.")


@contextmanager
def _engine(database: str) -> Iterator[Engine]:
    chosen = settings(**({"database": database} if database else {}))
    engine = connect(chosen.database_url, name="tonne migrate")
    try:
        yield engine
    finally:
        engine.dispose()


def _told(at: str, *, json: bool) -> None:
    if json:
        print_json({"at": at})
        return
    out.print(f"The schema is at {at}.")
    out.print("Next: tonne migrate check, or tonne serve.")
