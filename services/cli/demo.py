"""`tonne demo`: the main job from end to end, its proof, a forgery and its discovery, paper."""

import asyncio
import json as stdlib_json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import services
from libs.ledger import note
from libs.ledger.entry import Entry
from libs.ledger.ports import LedgerFault
from services.audit.full import Report
from services.bootstrap import embedded
from services.cli import audit, imports, journal
from services.cli.frame import DONE, Json, log_file, out, print_json
from services.importers import california_arb, sample
from services.importers.load import Loaded
from services.scenarios import j_credit, pools
from services.scenarios.play import Step, play
from services.settings import Settings, settings

FOLDER = Path("build/demo")
MARK = ".tonne-demo"
CHECKED = "http://127.0.0.1:8000"
"""Where `tonne serve` answers, unless it is told otherwise."""
STORIES = {"j-credit": j_credit.story, "pools": pools.story}


class DemoFailed(LedgerFault):
    """Something that must hold did not."""


def demo(
    data: Annotated[
        Path | None, typer.Option(help="A folder of California-shaped files.", exists=True)
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where its registry is made anew: build/demo, or build/SCENARIO."),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help=f"Play a story instead: {', '.join(STORIES)}.")
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(
            help="Play it on the ledger of this log, kafka://HOST:PORT or sqlite:///FILE."
        ),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Import a registry's files, prove every credit, forge a copy, catch it; then put out paper.

    Or play the whole life of credits, on a file or on a cluster that runs: it ends with the same
    holdings on both.

    Example: tonne demo --scenario j-credit
    """
    if scenario is not None:
        _tell(scenario, log, folder or FOLDER.with_name(scenario), json=json)
        return
    if log is not None:
        raise typer.BadParameter("goes with --scenario", param_hint="--log")
    folder = folder or FOLDER
    _clear(folder)
    out.rule("1  real work: a registry's files become commands")
    source = data
    if source is None:
        source = folder / "source"
        sample.write(source)
        out.print(f"A California-shaped workbook and a surrender report were made in {source}")
    log = f"sqlite:///{folder / 'registry.db'}"
    loaded = imports.load_into(california_arb.plan(source), log)
    imports.show(loaded, log, None)
    out.rule("2  proof: decided again, entry by entry, by tonne")
    report = audit.examine(None, log, "verdicts")
    audit.show(report)
    out.rule("3  proof: by a program that shares no code with the writer")
    exported = folder / "journal.ndjson"
    journal.export(exported, log)
    stranger = _stranger(exported)
    _same(report, stranger)
    out.rule("4  a forgery, and where it is caught")
    caught = _forge(exported, folder / "forged.ndjson")
    out.rule("5  paper that proves itself, and a copy that was tampered with")
    written, refused = _paper(folder / "paper")
    if json:
        found = {"paper": [str(file) for file in written], "tampered": refused}
        print_json({**_told(loaded, report), "forgery_caught_at": caught, **found})
        return
    out.rule("what you just saw")
    out.print(
        f"{loaded.report['issued']:,} t issued, {loaded.report['retired']:,} t used up, in"
        f" {report.entries:,} entries. Two programs that share no code give the same holdings"
        f" digest. One changed digit in a copy was caught at entry {caught}."
    )
    out.print(f"{len(written)} papers are in {folder / 'paper'}: open one.")
    out.print(f"Next: tonne serve --log {log}   then http://127.0.0.1:8000/docs")


def _tell(scenario: str, log: str | None, folder: Path, *, json: bool) -> None:
    """Play a story, and prove what it came to by both auditors."""
    if scenario not in STORIES:
        raise typer.BadParameter(f"is none of {', '.join(STORIES)}", param_hint="--scenario")
    _clear(folder)
    where = log or f"sqlite:///{folder / 'registry.db'}"
    out.rule(f"1  {scenario}: the whole life of credits, step by step")
    steps = asyncio.run(_played(scenario, settings(log=where)))
    out.rule("2  proof: decided again, entry by entry; then by a program that shares no code")
    exported = folder / "journal.ndjson"
    journal.export(exported, where)
    # A cluster's journal goes on meanwhile, with notices of what was played: both read the export.
    report = audit.examine(exported if log else None, where, "verdicts")
    _same(report, _stranger(exported))
    if json:
        told = {"entries": report.entries, "head": report.head, "holdings": report.holdings}
        print_json({"scenario": scenario, "steps": steps, **told})
        return
    out.print(f"{steps} steps, {report.entries} entries.")
    out.print(f"Next: tonne serve --log {where}   then http://127.0.0.1:8000/v1/public/retirements")


async def _played(scenario: str, chosen: Settings) -> int:
    def heard(step: Step, entry: Entry) -> None:
        refused = Text(f" refused: {step.refused}", "yellow") if step.refused else ""
        out.print(f"{entry.position:>5}  {step.told}", refused)

    if chosen.brokers is None:
        async with embedded(log_file(chosen.log), chosen.database_url, chosen.name) as node:
            return await play(scenario, STORIES[scenario](), node, heard)
    from services.member import member  # noqa: PLC0415 - needs the extra `kafka`

    async with member("transfer", chosen) as node:
        return await play(scenario, STORIES[scenario](), node, heard)


def _clear(folder: Path) -> None:
    """Make the folder anew; refuse to remove one that no demo has made."""
    if folder.exists():
        if not (folder / MARK).exists() and any(folder.iterdir()):
            raise DemoFailed(f"{folder} is not a folder of an earlier demo; name another --folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def _stranger(journal_file: Path) -> dict[str, object]:
    """Run the independent auditor on an export, isolated from everything that is ours."""
    program = Path(services.__file__).parents[1] / "libs" / "auditor" / "audit.py"
    command = [sys.executable, "-I", str(program), str(journal_file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    *table, last = done.stdout.splitlines() or [""]
    for line in table:
        out.print(line, markup=False)
    try:
        found: dict[str, object] = stdlib_json.loads(last)
    except ValueError:
        raise DemoFailed(f"the auditor said nothing: {done.stderr[-500:]}") from None
    return found


def _same(report: Report, stranger: dict[str, object]) -> None:
    """Hold the two proofs against each other."""
    if not report.ok or stranger["ok"] is not True:
        raise DemoFailed(f"not proven: {report.failure} / {stranger['failure']}")
    if (report.head, report.holdings) != (stranger["head"], stranger["holdings"]):
        raise DemoFailed("the two auditors disagree")
    out.print(DONE, f"the same holdings digest: {report.holdings}")


def _forge(honest: Path, forged: Path) -> int:
    """Change one digit in the middle of a copy; return the position where it is caught."""
    entries = honest.read_bytes().splitlines(keepends=True)
    place = next(n for n in range(len(entries) // 2, len(entries)) if b'"last":' in entries[n])
    before, mark, behind = entries[place].partition(b'"last":')
    digit = b"8" if behind[:1] == b"9" else b"9"
    entries[place] = before + mark + digit + behind[1:]
    forged.write_bytes(b"".join(entries))
    stranger = _stranger(forged)
    report = audit.examine(forged, "", "verdicts")
    audit.show(report)
    if stranger["ok"] is not False or report.failure is None:
        raise DemoFailed("a forged journal was not caught")
    caught = report.failure.position
    if not place <= caught <= place + 1:
        raise DemoFailed(f"entry {place} was forged, {caught} was blamed")
    out.print(DONE, f"one digit of entry {place} was changed in a copy; both auditors saw it")
    return caught


def _paper(folder: Path) -> tuple[list[Path], str]:
    """Put notices of a story into a folder, verify each; return them, and why not a false one."""
    # A typesetter and a PDF writer: the other commands start without them.
    from libs.edge.paper import signers  # noqa: PLC0415 - half a second to load
    from libs.edge.paper.verify import verify  # noqa: PLC0415 - the same
    from services.cli import specimens  # noqa: PLC0415 - the same

    made = specimens.make(folder)
    keys, trust = (note.key(made.key),), signers.trusted(made.certificate.read_bytes())
    for number, file in made.files.items():
        found = verify(file.read_bytes(), keys, trust, number)
        if not found.genuine:
            raise DemoFailed(f"{file} is not genuine: {found.doubt}")
        out.print(DONE, f"{file}: {found.kind}, entry {found.position}", soft_wrap=True)
        out.print(f"    its check page: {CHECKED}/c/{made.codes[number]}", soft_wrap=True)
    number, file = next(iter(made.files.items()))
    tampered = file.with_name(f"{number}-tampered.pdf")
    tampered.write_bytes(_tampered(file.read_bytes()))
    refused = verify(tampered.read_bytes(), keys, trust, number)
    if refused.genuine:
        raise DemoFailed("a document that was tampered with was not refused")
    out.print(DONE, f"{tampered}: refused, {refused.doubt}", soft_wrap=True)
    out.print("They are specimens 見本: a development key sealed them. Verify one yourself:")
    command = f"tonne verify {file} --key {made.key} --trust {made.certificate}"
    out.print(command, soft_wrap=True, markup=False)
    out.print("The check pages are there while their registry is served:")
    out.print(f"tonne serve --log {made.log}", soft_wrap=True)
    return list(made.files.values()), str(refused.doubt)


def _tampered(pdf: bytes) -> bytes:
    """Change one bit of what the page says."""
    place = pdf.index(b"stream") + 100
    return pdf[:place] + bytes((pdf[place] ^ 1,)) + pdf[place + 1 :]


def _told(loaded: Loaded, report: Report) -> dict[str, object]:
    return {
        "import": loaded.report,
        "entries": report.entries,
        "head": report.head,
        "holdings": report.holdings,
    }
