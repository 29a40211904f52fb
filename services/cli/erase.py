"""`tonne erase`: destroys what is kept of a person, wherever tonne keeps it."""

import sys
import time
from typing import Annotated

import typer

from services import erasing
from services.cli.frame import Json, out, print_json
from services.cli.keys import Database, opened
from services.erasing import Erased
from services.settings import SettingsFault


def erase(
    who: Annotated[str, typer.Argument(help="A commitment, an actor, or a certificate's number.")],
    database: Database = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Erase, without being asked.")] = False,
    json: Json = False,
) -> None:
    """Destroy a person's particulars, their salt, and every text in which tonne told of them.

    Says first what that is. Hashes stay, and prove what they proved; who the person was nobody
    can tell from them any more. Killed in between, the same again finishes.

    Example: tonne erase 3f0c... --yes
    """
    with opened(database) as views, erasing.places(views) as at:
        commitments = erasing.whose(views, who)
        if not commitments:
            raise SettingsFault("nobody is kept by that name: a commitment, an actor, a number")
        found = erasing.look(at, commitments)
        if not json:
            _show(found)
        if yes or (not json and _sure()):
            found = erasing.erase(at, commitments, time.time_ns() // 1_000_000)
    if json:
        print_json(found)
    elif not found.done:
        out.print("Nothing was changed.")
        out.print("Next: the same with --yes; it cannot be undone.")
    else:
        out.print("Erased.")
        for one in found.remains:
            out.print(f"It may still be in {one}.", markup=False, soft_wrap=True)
        out.print("Next: destroy the copies that are older, or make them anew: tonne backup")


def _sure() -> bool:
    return sys.stdin.isatty() and typer.confirm("Erase them for ever?")


def _show(found: Erased) -> None:
    """Say what there is to erase, and what erasing cannot reach."""
    swept = found.swept
    out.print(f"{len(found.commitments)} commitments; particulars kept: {found.particulars}")
    out.print(f"papers that name them: {swept.papers}; mails: {swept.mails}")
    out.print(
        f"contacts with their address: {swept.contacts}; mails sent there: {swept.recipients}"
    )
    for name, rows in found.elsewhere.items():
        out.print(f"linked or not, their name stands in {rows} rows of {name}", markup=False)
    for one in found.unknown:
        out.print(f"not looked into: {one}", markup=False, soft_wrap=True)
