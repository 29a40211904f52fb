"""`tonne pools`: tables of any length as certificates of grams, or as donations."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar

import msgspec
import typer
from msgspec import UNSET

from libs.edge.client import RemoteRegistry
from services.bootstrap import OPERATORS, embedded
from services.bulk import sending
from services.bulk.lines import ALLOCATIONS, PLEDGES, Kind
from services.bulk.parts import survey
from services.bulk.registry import WAIT_MS, Embedded, Registry, Remote
from services.bulk.sending import Outcome, Plan, Target
from services.bulk.source import Encoding, Source
from services.cli.frame import (
    DEFAULT_LOG,
    DONE,
    WRONG,
    Json,
    Log,
    err,
    log_file,
    out,
    print_json,
    progress,
)
from services.server import ROUTES
from services.settings import settings

COLUMNS = """
    The first row names the columns, in English or Japanese, in any order:

    {columns}

    {table}

    A natural person's name stands in `person` alone: it is kept beside the journal, erasable, and
    the certificate says a commitment to it. `recipient` is public.

    Blank rows are passed over; an unknown column is refused. CSV is UTF-8 (with or without BOM)
    unless --encoding says cp932; of a workbook --sheet names the sheet.

    Every row is checked before anything is sent, and the sum is held against what is left. It goes
    in parts of 10,000 lines or 4 MiB, each all or nothing. Run again, after a crash or a refusal,
    it goes on where it was: a line is never booked twice. The same table on purpose once more
    needs another --label.
"""
Done = TypeVar("Done")

app = typer.Typer(help="Tables of certificates and donations.", no_args_is_help=True)

Table: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A CSV or XLSX file.")
]
Pool = Annotated[str, typer.Option(help="The pool.")]
Tenant = Annotated[str, typer.Option(help="Whose quota it is; else what the pool has not sold.")]
Server = Annotated[
    str | None, typer.Option(help="Through a running registry, instead of a log.", metavar="URL")
]
Who = Annotated[str, typer.Option("--as", help="Who acts, where the registry asks for no keys.")]
Encoded = Annotated[Encoding, typer.Option(help="How a CSV file is written.")]
Sheet = Annotated[str, typer.Option(help="The sheet of a workbook that has several.")]
Account = Annotated[str, typer.Option(help="Whose recipients the people are; else the tenant's.")]
Campaign = Annotated[str, typer.Option(help="The campaign that it is told out under.")]
Label = Annotated[str, typer.Option(help="Tells equal tables apart.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]


class Asked(msgspec.Struct, frozen=True):
    """What was said on the command line."""

    path: Path
    kind: Kind
    target: Target
    encoding: Encoding
    sheet: str
    log: str
    server: str | None
    dry_run: bool
    json: bool


@app.callback()
def group() -> None:
    """Tables of any length: a row is a certificate of grams out of a pool, or a donation to it."""


def _command(name: str, kind: Kind, what: str, table: tuple[str, ...], example: str) -> None:
    def run(
        file: Table,
        pool: Pool,
        tenant: Tenant = "",
        log: Log = DEFAULT_LOG,
        server: Server = None,
        who: Who = OPERATORS[0],
        encoding: Encoded = "utf-8",
        sheet: Sheet = "",
        label: Label = "",
        account: Account = "",
        campaign: Campaign = "",
        *,
        dry_run: Dry = False,
        json: Json = False,
    ) -> None:
        target = Target(pool, who, tenant or UNSET, label, account, campaign or UNSET)
        asked = Asked(file, kind, target, encoding, sheet, log, server, dry_run, json)
        with Source(file, encoding, sheet) as source:
            made, outcome = asyncio.run(_run(asked, source))
        _tell(asked, made, outcome)
        raise typer.Exit(1 if outcome.refused else 0)

    said = "\n\n    ".join(" ".join(names) for names in kind.headers.values())
    columns = COLUMNS.format(columns=said, table="\n\n    ".join(table))
    run.__doc__ = f"{what}\n{columns}\n    Example: tonne pools {name} {example}\n    "
    app.command(name)(run)


async def _run(asked: Asked, source: Source) -> tuple[Plan, Outcome]:
    with progress() as bar:
        task = bar.add_task(f"read {asked.path.name}", total=None, rate="")
        known = survey(source, asked.kind, lambda read: bar.update(task, completed=read))

        async def work(registry: Registry) -> tuple[Plan, Outcome]:
            made = await sending.plan(source, asked.kind, known, asked.target, registry)
            if asked.dry_run:
                return made, await sending.preview(source, asked.kind, made, registry)
            bar.update(task, description=f"send {asked.path.name}", total=known.lines, completed=0)

            def told(lines: int) -> None:
                bar.update(task, completed=lines)

            return made, await sending.send(source, asked.kind, made, registry, told)

        return await _within(asked, work)


async def _within(asked: Asked, work: Callable[[Registry], Awaitable[Done]]) -> Done:
    """Do some work on the registry that was named; a file's tables are filled before it closes."""
    if asked.server is not None:
        async with RemoteRegistry(asked.server, ROUTES, key=settings().key) as remote:
            return await work(Remote(remote))
    chosen = settings(log=asked.log)
    path = log_file(asked.log)
    async with embedded(path, chosen.database_url, chosen.name, create=False) as node:
        done = await work(Embedded(node))
        await node.caught_up(node.head.position, WAIT_MS)
        return done


def _tell(asked: Asked, made: Plan, outcome: Outcome) -> None:
    """Say what became of it, and what to do next."""
    if asked.json:
        print_json(_report(asked, made, outcome))
        return
    grams = made.left is not None
    unit = "g" if grams else "yen"
    before = sum(step.part.lines for step in made.steps if step.done)
    out.print(f"  lines          {made.survey.lines:>18,}")
    out.print(f"  parts          {len(made.steps):>18,}")
    out.print(f"  booked before  {before:>18,}")
    out.print(f"  {'grams' if grams else 'yen':<13}  {made.wanted:>18,}")
    if made.left is not None:
        out.print(f"  left before    {made.left:>18,}")
    if made.left is not None and not outcome.refused:
        out.print(f"  left behind    {made.left - made.wanted:>18,}")
    if outcome.refused:
        where = " ".join(f"{name}={fact}" for name, fact in outcome.facts.items())
        err.print(WRONG, f"{outcome.refused} {where}", soft_wrap=True)
        err.print(f"{outcome.lines:,} lines are booked. Next: run it again when that is mended.")
    elif asked.dry_run:
        out.print(f"{made.wanted:,} {unit} would be booked; nothing was sent.")
        out.print("Next: the same without --dry-run.")
    else:
        out.print(DONE, f"{outcome.lines:,} lines are booked.")
        log = f"tonne audit --log {asked.log}"
        served = f"{asked.server}/v1/notices lists their documents"
        out.print(f"Next: {log if asked.server is None else served}", soft_wrap=True)


def _report(asked: Asked, made: Plan, outcome: Outcome) -> dict[str, object]:
    return {
        "file": asked.path.name,
        "digest": made.survey.digest,
        "pool": made.target.pool,
        "tenant": made.target.tenant or None,
        "dry_run": asked.dry_run,
        "lines": made.survey.lines,
        "parts": len(made.steps),
        "lines_before": sum(step.part.lines for step in made.steps if step.done),
        asked.kind.amount: made.wanted,
        "left_before": made.left,
        "left_behind": None if made.left is None else made.left - made.wanted,
        "lines_booked": outcome.lines,
        "refused": outcome.refused or None,
        "facts": outcome.facts,
    }


_command(
    "allocate",
    ALLOCATIONS,
    "Make certificates of grams out of a pool, a row each: of `grams`, or of a `count` of `goods`.",
    ("goods,count,recipient,note", "junsai-1kg,1001,Example Foods Ltd.,spring"),
    "guests.csv --pool nichinan --tenant T01 --dry-run",
)
_command(
    "pledge",
    PLEDGES,
    "Entrust donations of yen to a pool, a row each.",
    ("yen,宛名,備考", "15000,Example Inn,1 yen a night"),
    "till.xlsx --pool nichinan",
)
