"""What an auditor does: prove, look back, explain, and meet a forger."""

import itertools
import json
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from typer.testing import CliRunner

from libs.edge.database import connect
from libs.ledger.codec import encode
from services.cli.audit import app
from services.rules import default
from services.views import followers
from tests.edge.twin import Twin, issuance
from tests.journeys.program import stranger, told, tonne


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("audit")
    tonne("demo", "--folder", place / "demo", cwd=place)
    return place


@pytest.fixture
def log(folder: Path) -> str:
    return f"sqlite:///{folder}/demo/registry.db"


@pytest.fixture
def journal(folder: Path) -> Path:
    return folder / "demo" / "journal.ndjson"


def copied(folder: Path, place: Path) -> str:
    """Copy the log, without the tables beside it, and return its address."""
    copy = place / "registry.db"
    copy.write_bytes((folder / "demo" / "registry.db").read_bytes())
    return f"sqlite:///{copy}"


def changed(file: Path, *statements: str) -> None:
    """Change a database from outside."""
    database = sqlite3.connect(file)
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def test_all_three_depths_and_the_stranger_agree(folder: Path, log: str, journal: Path) -> None:
    full = told("audit", "--log", log, cwd=folder)
    export = told("audit", "--journal", journal, cwd=folder)
    books = told("audit", "--journal", journal, "--depth", "books", cwd=folder)
    chain = told("audit", "--journal", journal, "--depth", "chain", cwd=folder)
    second = stranger(journal)
    for found in (full, export, books, chain):
        assert found["ok"] is True
        assert found["head"] == second["head"]
    for found in (full, export, books):
        assert found["holdings"] == second["holdings"]


def test_balances_at_the_end_are_the_holdings_and_at_the_start_nothing(
    folder: Path, log: str
) -> None:
    end = told("audit", "--log", log, cwd=folder)
    assert isinstance(end["entries"], int)
    last = told("audit", "at", end["entries"] - 1, "--log", log, cwd=folder)
    first = told("audit", "at", "0", "--log", log, cwd=folder)
    assert last["quantity"] == stranger(folder / "demo" / "journal.ndjson")["issued"]
    assert (first["position"], first["quantity"]) == (0, 0)
    by_instant = told("audit", "at", "2999-12-31", "--log", log, cwd=folder)
    assert by_instant["digest"] == last["digest"]
    rows = last["balances"]
    assert isinstance(rows, list)
    account = next(row["account"].split(":")[1] for row in rows if row["account"][:4] == "HOLD")
    one = told("audit", "at", "2999-12-31", "--account", account, "--log", log, cwd=folder)
    mine = [row for row in rows if account in row["account"].split(":")]
    assert one["balances"] == mine


def test_the_life_of_a_credit_ends_where_it_is_held(folder: Path, log: str) -> None:
    last = told("audit", "at", "2999-12-31", "--log", log, cwd=folder)
    rows = last["balances"]
    assert isinstance(rows, list)
    lot = next(row["lot"] for row in rows if row["account"] == "RET:INV")
    life = told("audit", "explain", f"{lot}/1", "--log", log, cwd=folder)
    steps = life["steps"]
    assert isinstance(steps, list)
    assert steps[0]["type"] == "credits.issued.v1"
    for before, after in itertools.pairwise(steps):
        assert before["target"] == after["source"]
    tonne("audit", "explain", f"{lot}/999999999", "--log", log, cwd=folder, code=1)
    tonne("audit", "explain", "no-serial", "--log", log, cwd=folder, code=2)


@pytest.mark.parametrize("depth", ["chain", "books", "verdicts"])
def test_a_changed_digit_is_caught_at_its_entry(
    folder: Path, journal: Path, tmp_path: Path, depth: str
) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[300] = lines[300].replace(b'"offset":300', b'"offset":301')
    forged = tmp_path / "forged.ndjson"
    forged.write_bytes(b"".join(lines))
    found = told("audit", "--journal", forged, "--depth", depth, cwd=folder, code=1)
    assert found["ok"] is False
    failure = found["failure"]
    assert isinstance(failure, dict)
    assert failure["position"] == 300
    assert stranger(forged, code=1)["ok"] is False


@pytest.mark.parametrize(
    ("damage", "position"),
    [
        (lambda lines: [*lines[:-1], lines[-1][:-20]], None),
        (lambda lines: lines[:10] + lines[11:], 10),
        (lambda lines: [*lines[:10], lines[11], lines[10], *lines[12:]], 10),
        (lambda lines: [*lines[:10], b"not json\n", *lines[11:]], 10),
        (lambda _: [], 0),
    ],
)
def test_a_damaged_export_is_refused_with_a_position(
    folder: Path, journal: Path, tmp_path: Path, damage: object, position: int | None
) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    assert callable(damage)
    damaged = tmp_path / "damaged.ndjson"
    damaged.write_bytes(b"".join(damage(lines)))
    for depth in ("chain", "books", "verdicts"):
        found = told("audit", "--journal", damaged, "--depth", depth, cwd=folder, code=1)
        failure = found["failure"]
        assert isinstance(failure, dict)
        assert failure["position"] == (len(lines) - 1 if position is None else position)
    assert stranger(damaged, code=1)["ok"] is False


def test_a_changed_table_is_named(folder: Path, tmp_path: Path) -> None:
    log, views = copied(folder, tmp_path), tmp_path / "registry.db.views"
    views.write_bytes((folder / "demo" / views.name).read_bytes())
    changed(views, "UPDATE accounts SET name = 'Somebody Else' WHERE rowid = 1")
    found = told("audit", "--log", log, cwd=folder, code=1)
    assert "accounts" in json.dumps(found["failure"])
    tonne("rebuild", "--log", log, cwd=folder)
    assert told("audit", "--log", log, cwd=folder)["ok"] is True


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE cursors SET shape = 'older'", "the tables are of another version; tonne rebuild"),
        ("DROP TABLE holdings", "cannot be read"),
    ],
)
def test_an_audit_changes_no_table(folder: Path, tmp_path: Path, change: str, words: str) -> None:
    log, views = copied(folder, tmp_path), tmp_path / "registry.db.views"
    views.write_bytes((folder / "demo" / views.name).read_bytes())
    changed(views, change)
    before = views.read_bytes()
    refused = tonne("audit", "--log", log, cwd=folder, code=1)
    assert "Next: tonne rebuild" in refused.stderr
    assert "tonne journal export" not in refused.stdout
    assert views.read_bytes() == before
    found = told("audit", "--log", log, cwd=folder, code=1)
    failure = found["failure"]
    assert isinstance(failure, dict)
    assert failure["law"] == "tables"
    assert words in failure["words"]


def test_tables_that_hold_nothing_yet_are_said_to(folder: Path, tmp_path: Path) -> None:
    log = copied(folder, tmp_path)
    engine = connect(f"sqlite:///{tmp_path}/registry.db.views")
    followers(engine)
    engine.dispose()
    found = told("audit", "--log", log, cwd=folder)
    checks = found["checks"]
    assert isinstance(checks, dict)
    assert "hold nothing yet" in checks["tables"]


@pytest.mark.parametrize(
    ("change", "position", "words"),
    [
        (
            "UPDATE commands SET value = x'00' WHERE offset = 17",
            17,
            "command 17 is not what was answered",
        ),
        ("DELETE FROM commands WHERE offset = 17", 17, "command 17 is missing"),
        ("DELETE FROM commands WHERE offset >= 40", 40, "command 40 is missing"),
        ("DELETE FROM commands", 0, "command 0 is missing"),
        ("UPDATE generation SET number = -1", 0, "generation 0 of the commands log is missing"),
    ],
)
def test_a_changed_commands_log_is_named(
    folder: Path, tmp_path: Path, change: str, position: int, words: str
) -> None:
    log = copied(folder, tmp_path)
    changed(tmp_path / "registry.db", change)
    found = told("audit", "--log", log, cwd=folder, code=1)
    assert found["failure"] == {"position": position, "law": "request", "words": words}


def test_a_command_that_waits_for_its_answer_is_counted(folder: Path, tmp_path: Path) -> None:
    log = copied(folder, tmp_path)
    changed(
        tmp_path / "registry.db",
        "INSERT INTO commands SELECT MAX(offset) + 1, MAX(appended), x'00' FROM commands",
    )
    checks = told("audit", "--log", log, cwd=folder)["checks"]
    assert isinstance(checks, dict)
    assert checks["commands"].endswith("1 not answered yet")


def test_noise_in_the_journal_harms_no_audit(folder: Path, log: str, tmp_path: Path) -> None:
    noisy, honest = copied(folder, tmp_path), told("audit", "--log", log, cwd=folder)
    changed(
        tmp_path / "registry.db",
        "UPDATE journal SET offset = -2 * offset - 1",
        "UPDATE journal SET offset = -offset",
        "INSERT INTO journal VALUES (0, CAST('noise' AS BLOB))",
        "INSERT INTO journal SELECT 20, CAST(replace(CAST(value AS TEXT), '\"position\":10,',"
        " '\"position\":999,') AS BLOB) FROM journal WHERE offset = 21",
        "INSERT INTO journal VALUES (22, CAST('\"checkpoint.recorded.v1\"' AS BLOB))",
    )
    found = told("audit", "--log", noisy, cwd=folder)
    assert (found["ok"], found["head"]) == (True, honest["head"])
    for where in ("200", "2999-12-31"):
        then = told("audit", "at", where, "--log", noisy, cwd=folder)
        assert then == told("audit", "at", where, "--log", log, cwd=folder)


@pytest.mark.parametrize(
    "nonsense",
    ["yesterday", "31.12.1999", "1999-1-1", "2026-02-30", "2026-04-01T12:00:00", "٣", "", "1e3"],
)
def test_nonsense_is_no_moment(journal: Path, nonsense: str) -> None:
    refused = CliRunner().invoke(app, ["at", nonsense, "--journal", str(journal)])
    assert (refused.exit_code, "is no position, no day" in refused.stderr) == (2, True)


def test_a_position_that_is_not_there_yet_is_refused(journal: Path) -> None:
    refused = CliRunner().invoke(app, ["at", "20260401", "--journal", str(journal)])
    assert (refused.exit_code, "the last position is" in refused.stderr) == (2, True)


def test_an_instant_is_the_same_however_it_is_written(folder: Path, journal: Path) -> None:
    instants = [json.loads(line)["at"] for line in journal.read_bytes().splitlines()]
    at = instants[300]
    there = datetime.fromisoformat(at).astimezone(timezone(timedelta(hours=9)))
    last = max(n for n, other in enumerate(instants) if other <= at)
    for written in (at, there.isoformat(timespec="milliseconds"), at.replace("Z", "000Z")):
        found = told("audit", "at", written, "--journal", journal, cwd=folder)
        assert found["position"] == last
    before = told("audit", "at", "1999-12-31", "--journal", journal, cwd=folder)
    assert (before["position"], before["quantity"]) == (-1, 0)


def test_a_life_ends_where_the_chain_breaks_and_says_so(
    folder: Path, journal: Path, tmp_path: Path
) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    issued = next(line for line in lines if b"credits.issued.v1" in line)
    lot = json.loads(issued)["events"][0]["lot"]
    lines[300] = lines[300].replace(b'"offset":300', b'"offset":301')
    forged = tmp_path / "forged.ndjson"
    forged.write_bytes(b"".join(lines))
    found = told("audit", "explain", f"{lot}/1", "--journal", forged, cwd=folder, code=1)
    failure = found["failure"]
    assert isinstance(failure, dict)
    assert (failure["position"], failure["law"]) == (300, "chain")
    assert found["steps"]
    shown = tonne("audit", "explain", f"{lot}/1", "--journal", forged, cwd=folder, code=1)
    assert "Position 300, chain" in shown.stderr
    assert "Next: " in shown.stderr
    assert "It is now" not in shown.stdout
    then = told("audit", "at", "400", "--journal", forged, cwd=folder, code=1)
    assert then["failure"] == failure
    for words in (("audit",), ("audit", "--depth", "books")):
        assert "Next: " in tonne(*words, "--journal", forged, cwd=folder, code=1).stderr


def test_an_annulled_credit_is_where_it_was_used(tmp_path: Path) -> None:
    twin = Twin("sqlite://")
    twin.open()
    number = itertools.count(2)

    def tell(kind: str, body: object) -> None:
        record = {"actor": "operator:1", "body": body, "id": str(UUID(int=next(number)))}
        told = {**record, "sent": "2026-04-01T00:00:00.000Z", "type": kind}
        assert b'"verdict":"accepted"' in twin.fold(encode(told))

    tell("account.open.v1", {"account": "A01", "name": "A"})
    project = {"project": "P", "scheme": "JC", "kind": "ER", "name": "n", "methodologies": []}
    tell("project.register.v1", project)
    tell("credits.issue.v1", issuance("P", "L", 100))
    claim = {"account": "A01", "beneficiary": "x", "purpose": "offset", "quantity": 10}
    tell("credits.invalidate.v1", {"lines": [claim]})
    tell("credits.annul.v1", {"lot": "L", "reason": "Never removed."})
    twin.views.dispose()
    export = tmp_path / "journal.ndjson"
    export.write_bytes(b"".join(raw + b"\n" for raw in twin.journal))
    shown = tonne("audit", "explain", "L/5", "--journal", export, cwd=tmp_path)
    assert "credits.annulled.v1" in shown.stdout
    assert "It is now in RET:INV, annulled after its use." in shown.stdout


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    refused = tonne("audit", "--log", "sqlite:///nowhere.db", cwd=tmp_path, code=2)
    assert "log_unavailable" in refused.stderr
    assert not (tmp_path / "nowhere.db").exists()
    wrong = tonne("audit", "--log", "postgres://x", cwd=tmp_path, code=2)
    assert "settings_fault" in wrong.stderr


def test_the_rules_in_force_would_have_changed_nothing(folder: Path, journal: Path) -> None:
    rules = folder / "same.json"
    rules.write_bytes(msgspec.json.encode(default()))
    done = CliRunner().invoke(app, ["--journal", str(journal), "--what-if", str(rules), "--json"])
    assert (done.exit_code, done.stdout) == (0, "")


def test_what_another_rule_set_would_have_changed(folder: Path, journal: Path) -> None:
    schemes = {
        name: msgspec.structs.replace(scheme, transferable=False)
        for name, scheme in default().schemes.items()
    }
    rules = folder / "fixed.json"
    rules.write_bytes(msgspec.json.encode(msgspec.structs.replace(default(), schemes=schemes)))
    done = CliRunner().invoke(app, ["--journal", str(journal), "--what-if", str(rules), "--json"])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    entries = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    moved = [
        entry["position"]
        for entry in entries
        if entry["command"].get("type") == "transfer.request.v1" and entry["verdict"] == "accepted"
    ]
    refused = [one for one in lines if one["would_be"].get("reason") == "scheme_not_transferable"]
    assert [one["position"] for one in refused] == moved
    assert all(one["was"]["credits"] and "credits" not in one["would_be"] for one in refused)
    first = CliRunner().invoke(app, ["--journal", str(journal), "--what-if", str(rules)])
    assert f"{len(lines)} entries would differ" in first.stdout


@pytest.mark.parametrize("said", ["{", "{}", '{"name":1}'])
def test_what_if_wants_a_rule_set(folder: Path, journal: Path, said: str) -> None:
    rules = folder / "bad.json"
    rules.write_text(said, encoding="utf-8")
    done = CliRunner().invoke(app, ["--journal", str(journal), "--what-if", str(rules)])
    assert done.exit_code == 2
    assert "is no rule set" in " ".join(done.output.replace("│", "").split())
