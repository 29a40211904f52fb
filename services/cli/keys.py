"""`tonne keys`: who may use a registry behind HTTP, as what, and for which accounts."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from libs.edge import keys
from libs.edge.database import connect
from libs.edge.identity import Caller, Role
from libs.edge.keys import Key
from libs.ledger.accounts import AccountId, Actor
from libs.ledger.decide import SYSTEM
from libs.ledger.instants import DAY_MS
from services.cli.frame import Json, err, out, print_json
from services.settings import SettingsFault, settings

UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": DAY_MS}

Database = Annotated[
    str, typer.Option(help="Where the tables are; else TONNE_DATABASE.", metavar="URL")
]
app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The API keys of a registry: who may use it, as what, and for which accounts."""


@app.command()
def create(
    actor: Annotated[str, typer.Option(help="Who acts by the key, as the journal will say.")],
    role: Annotated[Role, typer.Option(help="What the actor is to the registry.")],
    account: Annotated[
        list[str] | None, typer.Option(help="An account that a holder acts for; may be repeated.")
    ] = None,
    expires: Annotated[
        str, typer.Option(help="How long the key is good: 90d, 12h or 30m; else until revoked.")
    ] = "",
    label: Annotated[str, typer.Option(help="What the key is for; no person's name.")] = "",
    database: Database = "",
    *,
    json: Json = False,
) -> None:
    """Make a key and print it, this once: only its digest is kept.

    Example: tonne keys create --actor holder:a01 --role holder --account A01 --expires 90d
    """
    caller = _caller(actor, role, account or [])
    with _engine(database) as engine:
        secret, key = keys.create(engine, caller, _now_ms(), _life_ms(expires), label)
    if json:
        print_json({"key": secret, **_shown(key)})
        return
    out.print(secret, soft_wrap=True)
    err.print("It is shown this once. Send it as `Authorization: Bearer KEY`.")
    err.print(f"Next: tonne keys revoke {key.prefix} takes it back.")


@app.command("list")
def show(database: Database = "", *, json: Json = False) -> None:
    """List the keys, by what is visible of them.

    Example: tonne keys list
    """
    with _engine(database) as engine:
        found = [_shown(key) for key in keys.every(engine)]
    if json:
        print_json({"keys": found})
        return
    names = ("prefix", "state", "role", "actor", "accounts", "expires_at", "label")
    table = Table(*names)
    for key in found:
        table.add_row(*(_cell(key[name]) for name in names))
    out.print(table)
    out.print("Next: tonne keys create --actor ACTOR --role ROLE makes another.")


@app.command()
def revoke(
    prefix: Annotated[str, typer.Argument(help="The visible part of the key: 8 characters.")],
    database: Database = "",
    *,
    json: Json = False,
) -> None:
    """Take a key back, for ever; servers know it within seconds.

    Example: tonne keys revoke 4f7k2m9q
    """
    # Whoever pastes the whole key means its prefix, and its secret belongs into no message.
    named = prefix.removeprefix("tonne_").partition("_")[0]
    with _engine(database) as engine:
        if not keys.revoke(engine, named, _now_ms()):
            raise SettingsFault(f"no key has the prefix {named}; tonne keys list shows them")
    if json:
        print_json({"prefix": named, "state": "revoked"})
    else:
        out.print(f"{named} is revoked.")
        out.print("Next: tonne keys list")


def _caller(actor: str, role: Role, accounts: list[str]) -> Caller:
    """Return the caller that a key stands for; raise SettingsFault where it cannot be one."""
    try:
        msgspec.convert(actor, Actor)
        msgspec.convert(accounts, list[AccountId])
    except msgspec.ValidationError as wrong:
        raise SettingsFault(f"no actor, or no account: {wrong}") from None
    if actor.startswith(SYSTEM):
        raise SettingsFault("only the registry itself acts as system")
    if accounts and role is not Role.HOLDER:
        raise SettingsFault("a holder's key alone names accounts; no other key has any")
    return Caller(actor, role, frozenset(accounts))


def _life_ms(expires: str) -> int | None:
    if not expires:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", expires)
    if found is None:
        raise SettingsFault(f"--expires {expires}: say 90d, 12h or 30m")
    return int(found[1]) * UNITS_MS[found[2]]


@contextmanager
def _engine(database: str) -> Iterator[Engine]:
    with opened(database) as engine:
        keys.prepare(engine)
        yield engine


@contextmanager
def opened(database: str) -> Iterator[Engine]:
    """Open the database of the tables; never make a new file where a name is misspelt.

    Raises SettingsFault for no such database, TablesUnavailable for one that does not answer, and
    Halted for one that is not prepared.
    """
    url = database or settings().database_url
    try:
        where = make_url(url)
    except ArgumentError:
        raise SettingsFault(f"{url!r} is no address of a database") from None
    file = Path(where.database or "")
    if where.get_backend_name() == "sqlite" and not file.is_file():
        raise SettingsFault(
            f"there is no database {file}; start the registry once, or name another"
        )
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _shown(key: Key) -> dict[str, object]:
    """Return what anybody may see of a key."""
    return {
        "prefix": key.prefix,
        "state": key.state(_now_ms()),
        "role": key.caller.role.value,
        "actor": key.caller.actor,
        "accounts": sorted(key.caller.accounts),
        "label": key.label,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _cell(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
