"""`tonne notify`: where notices go, and which of them wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from services.cli.frame import DEFAULT_LOG, Json, Log, err, out, print_json
from services.cli.keys import opened
from services.notify import contacts, outbox
from services.settings import SettingsFault, settings

app = typer.Typer(help="Notices: their contacts and their outbox.", no_args_is_help=True)
contact = typer.Typer(help="Where an account's notices go.", no_args_is_help=True)
app.add_typer(contact, name="contact")

Database = Annotated[
    str, typer.Option(help="Where the tables are kept; else TONNE_DATABASE.", metavar="URL")
]
Account = Annotated[str, typer.Argument(help="The account.", metavar="ACCOUNT")]
SHOWN_MAX = 100


@contextmanager
def _engine(log: str, database: str) -> Iterator[Engine]:
    chosen = settings(log=log, **({"database": database} if database else {}))
    with opened(outbox.notices_url(chosen.database_url)) as engine:
        outbox.create(engine)
        yield engine


@contact.command("add")
def add(
    account: Account,
    email: Annotated[str, typer.Argument(help="The address.", metavar="EMAIL")],
    log: Log = DEFAULT_LOG,
    database: Database = "",
) -> None:
    """Send an account's notices to an address from now on, those that wait included.

    Example: tonne notify contact add A01 credits@example.org
    """
    with _engine(log, database) as engine:
        try:
            contacts.add(engine, account, email)
        except contacts.ContactFault as fault:
            raise SettingsFault(str(fault)) from None
    out.print(f"Notices of {account} go to {email}.", markup=False)
    out.print("Next: tonne notify outbox shows what waits.")


@contact.command("list")
def show(log: Log = DEFAULT_LOG, database: Database = "", *, json: Json = False) -> None:
    """List every account that has a contact.

    Example: tonne notify contact list
    """
    with _engine(log, database) as engine:
        found = contacts.listed(engine)
    if json:
        print_json({one.account: one.email for one in found})
        return
    table = Table("account", "email")
    for one in found:
        table.add_row(Text(one.account), Text(one.email))
    out.print(table)


@contact.command("remove")
def remove(account: Account, log: Log = DEFAULT_LOG, database: Database = "") -> None:
    """Forget an account's address, also where it stands beside notices that were sent.

    Example: tonne notify contact remove A01
    """
    with _engine(log, database) as engine:
        gone = contacts.remove(engine, account)
    out.print(
        f"{account} has no contact{' any more' if gone else ''}; its notices wait.", markup=False
    )


@app.command("outbox")
def waiting(log: Log = DEFAULT_LOG, database: Database = "", *, json: Json = False) -> None:
    """Show notices that are not sent: without a recipient, before their time, or given up.

    Example: tonne notify outbox --json
    """
    with _engine(log, database) as engine:
        counts, found = contacts.counts(engine), contacts.waiting(engine, SHOWN_MAX)
    if json:
        print_json({"counts": counts, "oldest": found})
        return
    table = Table("number", "kind", "account", "state", "attempts", "last fault")
    for one in found:
        number, state = one.number or f"entry {one.position}", one.state.replace("_", " ")
        row = (number, one.kind, one.account, state, str(one.attempts), one.fault or "")
        table.add_row(*map(Text, row))
    out.print(table)
    if (total := sum(counts.values())) > len(found):
        err.print(f"The oldest {len(found)} of {total}.")
    if counts["no_recipient"]:
        out.print("Next: tonne notify contact add ACCOUNT EMAIL")


@app.command("retry")
def retry(log: Log = DEFAULT_LOG, database: Database = "") -> None:
    """Send again what was given up.

    Example: tonne notify retry
    """
    with _engine(log, database) as engine:
        out.print(f"{contacts.retry(engine)} notices are tried again.")
