"""`tonne journal`: the journal as a file, in another log, or behind a new commands topic."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from services.audit.export import write
from services.cli.frame import DEFAULT_LOG, Json, Log, out, print_json, progress
from services.logs import opened
from services.moving import Copied, copy
from services.places import place
from services.settings import Settings, SettingsFault, brokers, settings, sqlite_file
from services.surveying import Told, survey

app = typer.Typer(help="The journal as a file, and in another log.", no_args_is_help=True)

Database = Annotated[
    str, typer.Option(help="Where the pins are kept; else TONNE_DATABASE.", metavar="URL")
]
Replication = Annotated[
    int, typer.Option(min=1, help="How often new topics are kept: 3, or 1 on one broker.")
]
Sure = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would happen.")]


@app.callback()
def group() -> None:
    """The journal as a file that a stranger can prove, and in another log that goes on."""


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
    _insist_apart(file, log)
    if not file.resolve().parent.is_dir():
        raise SettingsFault(f"there is no folder {file.parent} to write into")
    with counting("export") as told:
        head = asyncio.run(write(log, settings().name, file, told))
    if json:
        print_json({"file": str(file), "entries": head.position, "digest": head.digest})
    else:
        out.print(f"{head.position:,} entries written to {file}; head {head.digest}")
        out.print(f"Next: python libs/auditor/audit.py {file}", soft_wrap=True)


@app.command("copy")
def copy_journal(
    source: Annotated[str, typer.Option("--from", help="The log that is left.", metavar="URL")],
    target: Annotated[str, typer.Option("--to", help="The log that goes on.", metavar="URL")],
    database: Database = "",
    replication: Replication = 3,
    *,
    yes: Sure = False,
    json: Json = False,
) -> None:
    """Move a ledger into another log, byte for byte; commands without an answer go with it.

    Stop every process on the source first: it is left as it is, and two logs that both go on would
    be two ledgers. A copy that was interrupted goes on.
    Example: tonne journal copy --from sqlite:///registry.db --to kafka://127.0.0.1:9092 --yes
    """
    named = {"database": database} if database else {}
    chosen = settings(log=target, **named)
    if source == target:
        raise SettingsFault("--from and --to name the same log")
    with counting("copy") as told:
        done = asyncio.run(_copied(source, chosen, replication, told, sure=yes))
    if json:
        print_json(done)
    else:
        _show(done, chosen)


async def _copied(source: str, chosen: Settings, copies: int, told: Told, *, sure: bool) -> Copied:
    async with opened(source, chosen.name) as kept:
        seen = await survey(kept, chosen.name)
        goal = place(chosen.log, chosen, seen.head.log + 1, copies)
        return await copy(kept, source, goal, seen, told, sure=sure)


def _show(done: Copied, chosen: Settings) -> None:
    """Tell people what a copy did, or would do."""
    would = "" if done.done else "would be "
    out.print(
        f"{done.written:,} entries {would}written to {done.target}, {done.there:,} were there;"
        f" head {done.entries - 1} {done.digest}"
    )
    out.print(f"{done.noise:,} records of the journal's log were no entries; they stay behind.")
    out.print(
        f"Generation {done.generation} of the commands log {would}opened with an attach to that"
        f" entry, and {done.carried:,} commands without an answer {would}carried over."
    )
    if not done.done:
        out.print("Nothing was changed. Stop every process on the source.")
        out.print("Next: the same with --yes")
        return
    out.print(f"Keep {done.source} as it is, and never serve it again.")
    out.print("Keys, contacts and what was mailed are in the database, not in the log.")
    serve = "serve replica" if chosen.brokers else f"serve --log {done.target}"
    out.print(f"Next: tonne audit --log {done.target}, then tonne {serve}", soft_wrap=True)


@app.command()
def attach(
    log: Log = DEFAULT_LOG,
    database: Database = "",
    *,
    yes: Sure = False,
    json: Json = False,
) -> None:
    """Begin a new commands topic where the old one has a gap, which halts every replica.

    Somebody's transaction leaves such gaps. Every command without an answer is carried over; run
    it again when all processes were started anew, and what came late is carried too.
    Example: tonne journal attach --log kafka://127.0.0.1:9092 --yes
    """
    from services import attaching  # noqa: PLC0415 - needs the extra `kafka`

    chosen = settings(log=log, **({"database": database} if database else {}))
    done = asyncio.run(attaching.attach(chosen, sure=yes))
    if json:
        print_json(done)
        return
    would = "" if done.done else "would be "
    if not done.missing:
        out.print(f"Generation {done.generation} of the commands log has no gap.")
        out.print(f"{done.carried:,} commands {would}carried over from the one before.")
        out.print("Next: tonne audit --log URL" if done.done or not done.carried else NEXT)
        return
    shown = ", ".join(map(str, done.missing[:20])) + (", ..." if done.missing[20:] else "")
    out.print(f"No record stands at the offsets {shown}.")
    out.print(f"{done.answered:,} commands before the gap {would}answered.")
    out.print(
        f"Generation {done.generation} {would}opened behind position {done.entries - 1}, and"
        f" {done.carried:,} commands without an answer {would}carried over."
    )
    if done.done:
        out.print("Find out who wrote in a transaction, and take that right away.")
        out.print("Next: start every process again; then the same command once more")
    else:
        out.print(NEXT)


NEXT = "Nothing was changed. Next: stop every process, then the same with --yes"


@contextmanager
def counting(what: str) -> Iterator[Told]:
    """Show how far something is."""
    with progress() as bar:
        task = bar.add_task(what, total=None, rate="")

        def told(done: int, end: int) -> None:
            bar.update(task, completed=done, total=end)

        yield told


def _insist_apart(file: Path, log: str) -> None:
    """Refuse to write over the registry itself."""
    if brokers(log) is None:
        path = sqlite_file(log).resolve()
        if file.resolve().name.startswith(path.name) and file.resolve().parent == path.parent:
            raise SettingsFault(f"{file} is the registry itself or a file of it; name another")
