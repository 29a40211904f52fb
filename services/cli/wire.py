"""`tonne wire`: write the schema and the golden bytes of every event and command."""

from pathlib import Path

from services.cli.frame import out
from services.wire import write

FOLDER = Path("libs/ledger/wire")


def wire() -> None:
    """Write the schemas and golden bytes that are checked in.

    Example: tonne wire
    """
    write(FOLDER)
    out.print(f"{len(list(FOLDER.iterdir()))} files in {FOLDER}.")
    out.print("Next: git diff libs/ledger/wire - a shipped event must not have changed.")
