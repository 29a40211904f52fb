"""`tonne codes`: the devices that representatives draw one-time codes from."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import pyotp
import typer
from cryptography.fernet import Fernet
from rich.table import Table
from sqlalchemy import Engine

from libs.edge import codes
from libs.ledger.accounts import Actor
from libs.ledger.instants import text
from services.cli.frame import Json, err, out, print_json
from services.cli.keys import Database, opened
from services.settings import SettingsFault, settings
from services.trusting import box

Who = Annotated[str, typer.Argument(help="The representative, as the journal says: holder:a01.")]
app = typer.Typer(help="One-time codes.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The devices of representatives, for one-time codes 取引認証 that the rules may ask for."""


@app.command()
def create(actor: Who, database: Database = "", *, json: Json = False) -> None:
    """Draw a secret for a representative and print it, this once, for an authenticator.

    Example: tonne codes create holder:a01
    """
    try:
        msgspec.convert(actor, Actor)
    except msgspec.ValidationError as wrong:
        raise SettingsFault(f"no actor: {wrong}") from None
    with _engine(database) as engine:
        secret = codes.enrol(engine, box(settings()), actor, time.time_ns() // 1_000_000)
    if secret is None:
        raise SettingsFault(f"{actor} has a device already; tonne codes revoke {actor} forgets it")
    uri = pyotp.TOTP(secret).provisioning_uri(name=actor, issuer_name=f"tonne {settings().name}")
    if json:
        print_json({"actor": actor, "uri": uri})
        return
    out.print(uri, soft_wrap=True, markup=False)
    err.print("It is shown this once: put it into the representative's authenticator.")
    err.print(f"Next: tonne codes revoke {actor} forgets it.")


@app.command("list")
def show(database: Database = "", *, json: Json = False) -> None:
    """List who has a device; no secret is shown.

    Example: tonne codes list
    """
    with _engine(database) as engine:
        found = codes.every(engine)
    if json:
        print_json({"codes": found})
        return
    table = Table("actor", "created_at", "locked_until")
    for row in found:
        until = int(str(row["locked_until_ms"]))
        table.add_row(str(row["actor"]), str(row["created_at"]), text(until) if until else "")
    out.print(table)
    out.print("Next: tonne codes create ACTOR adds a device.")


@app.command()
def revoke(actor: Who, database: Database = "", *, json: Json = False) -> None:
    """Forget a representative's device; without another, no code of his is good.

    Example: tonne codes revoke holder:a01
    """
    with _engine(database) as engine:
        if not codes.forget(engine, actor):
            raise SettingsFault(f"{actor} has no device; tonne codes list shows who has")
    if json:
        print_json({"actor": actor, "state": "revoked"})
    else:
        out.print(f"The device of {actor} is forgotten.")
        out.print(f"Next: tonne codes create {actor}")


@app.command()
def seal(*, json: Json = False) -> None:
    """Draw a key for TONNE_CODE_KEY, which seals the secrets in the database.

    Example: tonne codes seal
    """
    key = Fernet.generate_key().decode()
    if json:
        print_json({"key": key})
        return
    out.print(key)
    err.print("Next: keep it as TONNE_CODE_KEY, apart from the database and its backups.")


@contextmanager
def _engine(database: str) -> Iterator[Engine]:
    with opened(database) as engine:
        codes.prepare(engine)
        yield engine
