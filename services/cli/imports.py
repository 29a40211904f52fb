"""`tonne import`: real registry files, through the same commands as everyone."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from msgspec import UNSET
from rich.text import Text

from libs.edge.client import Answered, RemoteRegistry, Sendable
from libs.ledger.codec import write_command
from libs.ledger.entry import Entry, decode
from libs.ledger.instants import text
from services.bootstrap import OPERATORS, embedded
from services.cli.frame import DEFAULT_LOG, Json, Log, log_file, out, print_json, progress
from services.importers import acr, california_arb, eutl, gold_standard, j_credit_projects, verra
from services.importers.load import Answer, Loaded, load
from services.importers.plan import Plan, Planned
from services.node import Node
from services.server import ROUTES
from services.settings import settings

WAIT_MS = 60_000
Source = Annotated[Path, typer.Argument(exists=True, help="The file or folder of this source.")]
Server = Annotated[
    str | None, typer.Option(help="Through a running registry, instead of a log.", metavar="URL")
]
app = typer.Typer(help="Real registry files, through the same commands as everyone.")


class Through:
    """An embedded registry, as an import sees it: repeated answers resolved to the first one."""

    def __init__(self, registry: Node) -> None:
        self._registry = registry

    async def ask(self, commands: Sequence[Planned]) -> Sequence[Answer]:
        """Answer commands in order."""
        sent = text(self._registry.now_ms())
        records = [
            write_command(one.id, one.type, OPERATORS[0], sent, one.body) for one in commands
        ]
        # What was answered before is looked up, not asked again: a second run leaves no trace.
        before = [self._registry.answered(record) for record in records]
        fresh = [record for record, known in zip(records, before, strict=True) if known is None]
        asked = iter(await self._registry.ask(fresh, WAIT_MS) if fresh else ())
        return [await self._resolved(known, asked) for known in before]

    async def _resolved(self, known: int | None, asked: Iterator[bytes]) -> Answer:
        """Return the first answer to a command, known already or just asked for."""
        repeated = known is not None
        entry = None if known is not None else decode(next(asked))
        if entry is not None and entry.repeats is not UNSET:
            known, repeated = entry.repeats, True
        if known is not None:
            (first,) = await self._registry.entries(known, 1)
            entry = decode(first)
        assert entry is not None
        return _answer(entry, repeated=repeated)


class Beyond:
    """A registry behind HTTP, as an import sees it."""

    def __init__(self, remote: RemoteRegistry) -> None:
        self._remote = remote

    async def ask(self, commands: Sequence[Planned]) -> Sequence[Answer]:
        """Answer commands in order."""
        sent = [Sendable(one.id, one.type, OPERATORS[0], one.body) for one in commands]
        return [_told(answered) for answered in await self._remote.ask(sent)]


def _told(answered: Answered) -> Answer:
    """Take over an answer; what was refused before the log has no fact but what is wrong."""
    logged = answered.position is not None
    return Answer(
        answered.position,
        answered.verdict,
        answered.reason,
        answered.facts if logged else {**answered.facts, "detail": answered.detail},
        answered.lines,
        answered.replayed,
    )


def _answer(entry: Entry, *, repeated: bool) -> Answer:
    return Answer(
        entry.position,
        entry.verdict,
        "" if entry.reason is UNSET else entry.reason.value,
        {} if entry.facts is UNSET else entry.facts,
        () if entry.lines is UNSET else entry.lines,
        repeated,
    )


async def into(plan: Plan, log: str, server: str | None) -> Loaded:
    """Send a plan to the registry on a log, or to a server, with a progress bar."""
    with progress() as bar:
        task = bar.add_task(f"import {plan.source}", total=len(plan.commands), rate="")

        def told(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        if server is not None:
            async with RemoteRegistry(server, ROUTES, key=settings().key) as remote:
                return await load(plan, Beyond(remote), told)
        chosen = settings(log=log)
        async with embedded(log_file(log), chosen.database_url, chosen.name) as registry:
            loaded = await load(plan, Through(registry), told)
            await registry.caught_up(registry.head.position, WAIT_MS)
            return loaded


def load_into(plan: Plan, log: str, server: str | None = None) -> Loaded:
    """Send a plan and wait for what it came to."""
    return asyncio.run(into(plan, log, server))


def _finish(plan: Plan, log: str, server: str | None, *, json: bool) -> None:
    loaded = load_into(plan, log, server)
    if json:
        print_json(loaded.report)
    else:
        show(loaded, log, server)


def show(loaded: Loaded, log: str, server: str | None) -> None:
    """Print what an import came to, for people."""
    for key, value in loaded.report.items():
        if isinstance(value, int):
            out.print(f"  {key:<14} {value:>14,}")
        elif isinstance(value, str):
            out.print(f"  {key:<14} {value}")
    refused = loaded.report["refused"]
    for one in refused if isinstance(refused, list) else []:
        out.print(" ", Text("refused", "red"), "", one)
    again = f", {loaded.repeated:,} of them answered before" if loaded.repeated else ""
    out.print(f"{loaded.commands:,} commands{again}.")
    where = f"--log {log}" if server is None else "on the server's log, once it has stopped"
    out.print(f"Next: tonne audit {where}")


Planner: TypeAlias = Callable[[Path], Plan]


def _command(name: str, planner: Planner, example: str, what: str) -> None:
    """Add the command that imports one kind of source."""

    def run(
        source: Source, log: Log = DEFAULT_LOG, server: Server = None, *, json: Json = False
    ) -> None:
        _finish(planner(source), log, server, json=json)

    run.__doc__ = f"{what}\n\n    Example: tonne import {name} {example}\n    "
    app.command(name)(run)


_command(
    "california-arb",
    california_arb.plan,
    "DIR --json",
    "Import the issuance workbook and surrender reports of California's offset programme.",
)
_command("eutl", eutl.plan, "transactions.csv.gz", "Import transfers of the EU transaction log.")
_command(
    "j-credit-projects",
    j_credit_projects.plan,
    "registration_list.csv",
    "Import the list of registered J-Credit projects; expected quantities are never issued.",
)
_command("verra", verra.plan, "DIR", "Import a Verra export: projects.csv and transactions.csv.")
_command(
    "gold-standard",
    gold_standard.plan,
    "DIR",
    "Import a Gold Standard export: projects.csv, issuances.csv and retirements.csv.",
)
_command("acr", acr.plan, "DIR", "Import an ACR export: projects, issuances and retirements.")
