"""`tonne backup` and `tonne restore`: everything that nothing else could make again."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.backup import backup as write
from services.cli.frame import DEFAULT_LOG, Json, Log, out, print_json
from services.cli.journal import Replication, Sure, counting
from services.restoring import restore as put
from services.settings import Settings, settings

Folder = Annotated[Path, typer.Argument(help="The folder of the backup.")]
Database = Annotated[
    str, typer.Option(help="Where tables and keys are; else TONNE_DATABASE.", metavar="URL")
]


def backup(
    folder: Folder, log: Log = DEFAULT_LOG, database: Database = "", *, json: Json = False
) -> None:
    """Write logs, keys, people, documents, contacts and what was mailed into a new folder.

    A ledger on Kafka may go on meanwhile; a file is free only while no server has it. The keys'
    digests, people and contacts are in files that only their owner may read; keep them apart. Who
    is erased later (tonne erase) is still in older backups: destroy these in time.
    Example: tonne backup 2026-11-23 --log kafka://127.0.0.1:9092
    """
    with counting("backup") as told:
        done = asyncio.run(write(_chosen(log, database), folder, told))
    if json:
        print_json(done)
        return
    out.print(f"{done.entries:,} entries of {done.ledger} in {folder}; head {done.digest}")
    out.print(f"holdings  {done.holdings}")
    out.print(f"{done.waiting:,} commands had no answer yet; a restore carries them over.")
    out.print(f"{done.documents:,} documents, each proven by its digest.")
    if done.left_out:
        out.print(f"NOT in it: {', '.join(done.left_out)} (TONNE_DOCUMENTS names no folder here).")
    out.print("The tables are not in it: they are made again from the journal.")
    out.print(f"Next: copy {folder} to another place, and try tonne restore there", soft_wrap=True)


def restore(
    folder: Folder,
    log: Log = DEFAULT_LOG,
    database: Database = "",
    replication: Replication = 3,
    *,
    yes: Sure = False,
    json: Json = False,
) -> None:
    """Put a backup into an empty log and an empty database; it goes on in a new generation.

    Never while the ledger is served elsewhere: two logs that both go on would be two ledgers. Who
    was erased since the backup (tonne erase) is there again, and to be erased again.
    Example: tonne restore 2026-11-23 --log kafka://127.0.0.1:9092 --yes
    """
    chosen = _chosen(log, database)
    with counting("restore") as told:
        done = asyncio.run(put(folder, chosen, replication, told, sure=yes))
    if json:
        print_json(done)
        return
    would = "" if done.done else "would be "
    out.print(f"{done.entries:,} entries {would}in {done.target}; head {done.digest}")
    out.print(f"holdings  {done.holdings}")
    out.print(
        f"Generation {done.generation} of the commands log {would}opened, and"
        f" {done.carried:,} commands without an answer {would}carried over."
    )
    out.print(f"{done.documents:,} documents {would}put back, each proven by its digest.")
    if done.left_out:
        out.print(f"NOT in this backup: {', '.join(done.left_out)}; bring them from elsewhere.")
    if not done.done:
        out.print("The backup is what it says. Nothing was changed.")
        out.print("Next: the same with --yes")
        return
    serve = "serve replica" if chosen.brokers else f"serve --log {done.target}"
    out.print(f"Next: tonne audit --log {done.target}, then tonne {serve}", soft_wrap=True)


def _chosen(log: str, database: str) -> Settings:
    return settings(log=log, **({"database": database} if database else {}))
