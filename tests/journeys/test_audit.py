"""What an auditor does: prove, look back, explain, and meet a forger."""

import itertools
import json
import sqlite3
from pathlib import Path

import pytest

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
    copy = tmp_path / "registry.db"
    for name in ("registry.db", "registry.db.views"):
        source = folder / "demo" / name
        (tmp_path / name).write_bytes(source.read_bytes())
    database = sqlite3.connect(f"{copy}.views")
    database.execute("UPDATE accounts SET name = 'Somebody Else' WHERE rowid = 1")
    database.commit()
    database.close()
    found = told("audit", "--log", f"sqlite:///{copy}", cwd=folder, code=1)
    assert "accounts" in json.dumps(found["failure"])
    tonne("rebuild", "--log", f"sqlite:///{copy}", cwd=folder)
    assert told("audit", "--log", f"sqlite:///{copy}", cwd=folder)["ok"] is True


def test_a_changed_command_record_is_named(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "registry.db"
    copy.write_bytes((folder / "demo" / "registry.db").read_bytes())
    database = sqlite3.connect(copy)
    database.execute(
        "UPDATE commands SET value = CAST(replace(CAST(value AS TEXT), 'operator:1', 'operator:2')"
        " AS BLOB) WHERE offset = 17"
    )
    database.commit()
    database.close()
    found = told("audit", "--log", f"sqlite:///{copy}", cwd=folder, code=1)
    failure = found["failure"]
    assert isinstance(failure, dict)
    assert (failure["position"], failure["law"]) == (17, "request")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    refused = tonne("audit", "--log", "sqlite:///nowhere.db", cwd=tmp_path, code=2)
    assert "log_unavailable" in refused.stderr
    assert not (tmp_path / "nowhere.db").exists()
    wrong = tonne("audit", "--log", "postgres://x", cwd=tmp_path, code=2)
    assert "settings_fault" in wrong.stderr
