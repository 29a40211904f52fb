"""`tonne audit`: prove a journal, look at it as of then, and tell the life of one credit."""

import os
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from libs.ledger.decider import WrongDecider
from libs.ledger.rules import RuleSet
from services.audit import history
from services.audit.finding import Finding, Wrong
from services.audit.full import Depth, Report, audit, audit_file
from services.audit.journal import Log as Source
from services.audit.journal import opened
from services.audit.supposed import Answer, Difference, differences
from services.audit.tables import compare
from services.audit.verdicts import ledger
from services.cli.frame import DEFAULT_LOG, DONE, WRONG, Json, Log, err, out, print_json, progress
from services.decider import decider
from services.settings import settings

Journal = Annotated[
    Path | None, typer.Option(help="An exported journal, instead of a log.", exists=True)
]
SUBJECTS = {"tables": "tables are", "request": "commands log is"}
NO_MOMENT = (
    "{!r} is no position, no day (2026-03-31) and no instant (2026-03-31T12:00:00Z, or with an"
    " offset as in 2026-03-31T21:00:00+09:00)"
)
app = typer.Typer(
    help="Prove a journal: chain, laws, every verdict, the tables made of it.",
    invoke_without_command=True,
)


@app.callback()
def run(
    context: typer.Context,
    journal: Journal = None,
    log: Log = DEFAULT_LOG,
    depth: Annotated[
        Depth, typer.Option(help="chain, books (both of an exported journal), or verdicts.")
    ] = "verdicts",
    what_if: Annotated[
        Path | None,
        typer.Option(help="A rule set as JSON: tell what it would have changed.", exists=True),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Prove a journal; exit 0 where everything holds, 1 with the first bad position named.

    With --what-if every command is decided again as if another rule set had been in force from
    the opening on, and what would differ is listed.
    Example: tonne audit --log sqlite:///registry.db
    """
    if context.invoked_subcommand is not None:
        return
    if what_if is not None:
        suppose(journal, log, what_if, json=json)
        return
    report = examine(journal, log, depth)
    if json:
        print_json(report)
    else:
        show(report)
    if report.failure is not None:
        tell(report.failure)
    raise typer.Exit(0 if report.ok else 1)


def suppose(journal: Path | None, log: str, what_if: Path, *, json: bool) -> None:
    """List what another rule set would have changed; nothing is written anywhere."""
    try:
        rules = msgspec.json.decode(what_if.read_bytes(), type=RuleSet)
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        raise typer.BadParameter(f"{what_if} is no rule set: {wrong}") from None
    count = 0
    try:
        with opened(journal, log, settings().name) as source, progress() as bar:
            task = bar.add_task("what if", total=source.size(), rate="")
            name = ledger(source.records(), noise=source.noise)
            for one in differences(
                decider(),
                rules,
                name,
                source.records(),
                lambda done: bar.update(task, completed=done),
            ):
                count += 1
                if json:
                    print_json(one)
                else:
                    out.print(_differs(one))
    except Wrong as wrong:
        tell(wrong.finding)
        raise typer.Exit(1) from None
    except WrongDecider as wrong:
        raise typer.BadParameter(str(wrong)) from None
    if not json:
        out.print(f"{count:,} entries would differ under {rules.name!r}.")
        out.print("Next: POST /v1/rules proposes a rule set; a second operator approves it.")


def _differs(one: Difference) -> str:
    return f"{one.position:>9} {one.command}: {_said(one.was)} -> {_said(one.would_be)}"


def _said(answer: Answer) -> str:
    parts = [answer.verdict, answer.reason]
    for count, unit in ((answer.credits, "t"), (answer.grams, "g"), (answer.yen, "JPY")):
        parts.append(f"{count:,} {unit}" if count else "")
    return " ".join(filter(None, parts))


def examine(journal: Path | None, log: str, depth: Depth) -> Report:
    """Run an audit with a progress bar; tables beside a log are compared with a replay."""
    if depth != "verdicts":
        if journal is None:
            raise typer.BadParameter("--depth chain and books read an exported journal: --journal")
        return audit_file(journal, depth, os.cpu_count() or 1)
    started = time.monotonic()
    try:
        with opened(journal, log, settings().name) as source, progress() as bar:
            task = bar.add_task("audit", total=source.size(), rate="")

            def told(done: int) -> None:
                rate = f"{done / max(time.monotonic() - started, 0.001):,.0f} entries/s"
                bar.update(task, completed=done, rate=rate)

            report = audit(source, told)
            if report.ok and isinstance(source, Source):
                compare(source, log, report)
    except Wrong as wrong:
        return Report(
            ok=False,
            depth=depth,
            entries=0,
            head=None,
            holdings=None,
            checks={},
            seconds=0.0,
            failure=wrong.finding,
        )
    return report


def show(report: Report) -> None:
    """Print a report for people."""
    table = Table("", "check", "what holds", title="audit")
    for name, said in report.checks.items():
        table.add_row(DONE, name, said)
    if report.failure is not None:
        wrong = report.failure
        table.add_row(WRONG, wrong.law, f"position {wrong.position}: {wrong.words[:300]}")
    out.print(table)
    if report.ok and report.head is not None:
        rate = report.entries / max(report.seconds, 0.001)
        out.print(f"{report.entries:,} entries in {report.seconds:.2f} s ({rate:,.0f}/s)")
        out.print(f"head      {report.head['position']} {report.head['digest']}")
        if report.holdings:
            out.print(f"holdings  {report.holdings}")
        out.print("Next: tonne journal export FILE, and prove it with libs/auditor/audit.py")


def tell(finding: Finding) -> None:
    """Say on standard error what is wrong, and what is useful to do next."""
    err.print(f"Position {finding.position}, {finding.law}: {finding.words[:300]}.")
    err.print(
        f"The {SUBJECTS.get(finding.law, 'journal is')} not as it should be. Nothing was changed."
    )
    err.print(f"Next: {finding.following}.")


@app.command()
def at(
    where: Annotated[str, typer.Argument(help="A position, an instant, or a day (UTC).")],
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None,
    journal: Journal = None,
    log: Log = DEFAULT_LOG,
    *,
    json: Json = False,
) -> None:
    """Say who held what behind a position or at the end of an instant.

    Example: tonne audit at 2026-03-31 --account A01
    """
    try:
        until = history.until(where)
    except ValueError:
        raise typer.BadParameter(NO_MOMENT.format(where)) from None
    try:
        with opened(journal, log, settings().name) as source:
            found = history.balances(source, until, account)
    except Wrong as wrong:
        if json:
            print_json({"failure": wrong.finding})
        tell(wrong.finding)
        raise typer.Exit(1) from None
    if where.isdecimal() and int(where) > int(str(found["position"])):
        raise typer.BadParameter(f"the last position is {found['position']}")
    if json:
        print_json(found)
        return
    table = Table("account", "lot", "t", title=f"as of position {found['position']}")
    rows = found["balances"]
    for row in rows if isinstance(rows, list) else []:
        table.add_row(row["account"], row["lot"], f"{row['quantity']:,}")
    out.print(table)
    out.print("Next: tonne audit explain LOT/NUMBER tells the life of one credit.")


@app.command()
def explain(
    serial: Annotated[str, typer.Argument(help="LOT/NUMBER, as in JC-FM-000123-01/17.")],
    journal: Journal = None,
    log: Log = DEFAULT_LOG,
    *,
    json: Json = False,
) -> None:
    """Tell the life of one credit, from its issuance to its use.

    Example: tonne audit explain JC-FM-000123-01/17
    """
    try:
        lot, number = history.parse_serial(serial)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    steps: list[history.Step] = []
    failure: Finding | None = None
    try:
        with opened(journal, log, settings().name) as source:
            for step in history.life(source, lot, number):
                steps.append(step)  # noqa: PERF402 - what was read before a break is told
    except Wrong as wrong:
        failure = wrong.finding
    if json:
        broken = {"failure": failure} if failure else {}
        print_json({"serial": serial, "steps": steps, **broken})
    else:
        tell_life(serial, steps, whole=failure is None)
    if failure is not None:
        tell(failure)
    raise typer.Exit(0 if steps and failure is None else 1)


def tell_life(serial: str, steps: list[history.Step], *, whole: bool) -> None:
    """Print the life of a credit for people; the whole of it says where the credit is."""
    if steps:
        table = Table("position", "at", "what", "from", "to", "said", title=serial)
        for step in steps:
            said = ", ".join(f"{key}: {value}" for key, value in step.said.items())
            table.add_row(str(step.position), step.at, step.type, step.source, step.target, said)
        out.print(table)
    if not whole:
        return
    if not steps:
        err.print(f"{serial} was never issued in this journal.")
        return
    place = next((step.target for step in reversed(steps) if step.target), "")
    out.print(f"It is now in {place}{'' if steps[-1].target else ', annulled after its use'}.")
    out.print("Next: tonne audit at POSITION says who held what behind a step.")
