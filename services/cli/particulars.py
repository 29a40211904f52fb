"""`tonne particulars`: who people are, beside the journal, and erasable."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import uuid4  # noqa: TID251 - the command line is an edge too: it draws the id

import msgspec
import typer
from sqlalchemy import Engine

from libs.edge import particulars
from libs.edge.particulars import Kept, Particulars
from libs.edge.recipients import People, RequestDiffers
from libs.edge.recipients import keep as keep_recipients
from libs.ledger.accounts import AccountId, Actor
from libs.ledger.codec import CommandId
from services.cli.frame import Json, out, print_json
from services.cli.keys import Database, opened
from services.settings import SettingsFault

app = typer.Typer(help="Who people are: representatives, recipients.", no_args_is_help=True)
Named = Annotated[str, typer.Argument(help="The commitment: 64 hex digits.")]


@app.callback()
def group() -> None:
    """Who people are: kept beside the journal, and erased when it is time."""


@app.command()
def keep(
    actor: Annotated[str, typer.Argument(help="Who acts, as the journal will say.")],
    database: Database = "",
    *,
    json: Json = False,
) -> None:
    """Read a person's particulars as JSON from standard input; print the commitment to them.

    They never stand in a command line, where a shell would remember them: name, and where known
    name_kana, position, email, phone.

    Example: tonne particulars keep holder:a01 < person.json
    """
    try:
        named = msgspec.convert(actor, Actor)
        told = msgspec.json.decode(sys.stdin.buffer.read(), type=Particulars)
    except msgspec.MsgspecError:
        raise SettingsFault('no actor, or no particulars: {"name": "..."} is asked for') from None
    with _engine(database) as engine:
        made = particulars.keep(engine, named, told, _now_ms())
    if json:
        print_json({"actor": named, "commitment": made})
        return
    out.print(made)
    out.print("Next: name it where the representative is applied for or appointed.")


@app.command()
def recipients(
    account: Annotated[str, typer.Argument(help="The account whose recipients they are.")],
    database: Database = "",
    request: Annotated[
        str, typer.Option(help="The request's id, a UUID: repeat it to get the same answer.")
    ] = "",
    *,
    json: Json = False,
) -> None:
    """Read people as JSON from standard input; print the commitments to them, in order.

    An array of as many as 10,000, each as for `keep`. They are recipients of certificates or
    donors, and only operators and callers for the account may read who they are.

    Example: tonne particulars recipients T01 < people.json
    """
    try:
        named = msgspec.convert(request or str(uuid4()), CommandId)
        whose = msgspec.convert(account, AccountId)
        told = msgspec.json.decode(sys.stdin.buffer.read(), type=People)
    except msgspec.MsgspecError:
        raise SettingsFault(
            'no account, no UUID, or no people: [{"name": "..."}, ...] is asked for'
        ) from None
    with _engine(database) as engine:
        try:
            made = keep_recipients(engine, whose, named, told, _now_ms())
        except RequestDiffers:
            raise SettingsFault(f"request {named} named other people before") from None
    if json:
        print_json({"account": whose, "request": named, "commitments": made})
        return
    for one in made:
        out.print(one)
    out.print(f"Next: name them in certificates or donations; --request {named} repeats this.")


@app.command()
def show(commitment: Named, database: Database = "", *, json: Json = False) -> None:
    """Show what is kept behind a commitment, or that it was erased.

    Example: tonne particulars show 3f0c...
    """
    with _engine(database) as engine:
        kept = _found(engine, commitment)
    if json:
        print_json(msgspec.to_builtins(kept))
        return
    out.print(f"{kept.actor or kept.account}: {kept.status}")
    for name, value in msgspec.to_builtins(kept.particulars or {}).items():
        out.print(f"{name}: {value}", markup=False)
    out.print("Next: tonne erase destroys it, for ever.")


def _found(engine: Engine, commitment: str) -> Kept:
    kept = particulars.find(engine, commitment)
    if kept is None:
        raise SettingsFault("there are no particulars behind this commitment")
    return kept


@contextmanager
def _engine(database: str) -> Iterator[Engine]:
    with opened(database) as engine:
        particulars.prepare(engine)
        yield engine


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
