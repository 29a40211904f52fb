"""`tonne journal`: the journal as a file that a stranger can prove."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.audit.export import write
from services.cli.frame import DEFAULT_LOG, Json, Log, log_file, out, print_json, progress
from services.settings import SettingsFault

app = typer.Typer(help="The journal as a file.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The journal as a file that a stranger can prove."""


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    log: Log = DEFAULT_LOG,
    *,
    json: Json = False,
) -> None:
    """Write one line per entry: the stored bytes, untouched, then a line feed.

    Example: tonne journal export journal.ndjson --log sqlite:///registry.db
    """
    path = log_file(log)
    if file.resolve().name.startswith(path.name) and file.resolve().parent == path.resolve().parent:
        raise SettingsFault(f"{file} is the registry itself or a file of it; name another")
    if not file.resolve().parent.is_dir():
        raise SettingsFault(f"there is no folder {file.parent} to write into")
    with progress() as bar:
        task = bar.add_task("export", total=None, rate="")

        def told(done: int, end: int) -> None:
            bar.update(task, completed=done, total=end)

        head = asyncio.run(write(path, file, told))
    if json:
        print_json({"file": str(file), "entries": head.position, "digest": head.digest})
    else:
        out.print(f"{head.position:,} entries written to {file}; head {head.digest}")
        out.print(f"Next: python libs/auditor/audit.py {file}")
