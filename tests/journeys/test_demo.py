"""The main job from end to end, as a newcomer runs it."""

import re
import shlex
from pathlib import Path

import pytest

from tests.journeys.program import DATA, stranger, told, tonne


def test_the_demo_imports_proves_and_catches_a_forgery(tmp_path: Path) -> None:
    shown = tonne("demo", "--folder", tmp_path / "demo", cwd=tmp_path).stdout
    assert "the same holdings digest" in shown
    assert "both auditors saw it" in shown
    assert "Next: tonne serve" in shown
    paper = sorted(file.name for file in (tmp_path / "demo" / "paper").glob("*.pdf"))
    assert len(paper) == 8, "two notices, three certificates, two of a pool, a tampered copy"
    assert len(re.findall(r"^✔ .+: certificate, entry \d+$", shown, re.MULTILINE)) == 3
    (command,) = re.findall(r"^tonne (verify .+)$", shown, re.MULTILINE)
    verify, file, *trusting = shlex.split(command)
    assert "Genuine" in tonne(verify, file, *trusting, cwd=tmp_path).stdout
    tampered = file.replace(".pdf", "-tampered.pdf")
    refused = tonne(verify, tampered, *trusting, cwd=tmp_path, code=1)
    assert "document_differs" in refused.stderr


def test_the_demo_twice_is_the_demo_again_but_touches_no_folder_of_mine(tmp_path: Path) -> None:
    first = told("demo", "--folder", tmp_path / "demo", cwd=tmp_path)
    again = told("demo", "--folder", tmp_path / "demo", cwd=tmp_path)
    assert first["import"] == again["import"]
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", encoding="utf-8")
    refused = tonne("demo", "--folder", mine, cwd=tmp_path, code=2)
    assert "demo_failed" in refused.stderr
    assert (mine / "thesis.txt").exists()


@pytest.mark.skipif(not DATA.exists(), reason="the real files (../shared/data) are not here")
def test_real_registry_files_are_accounted_for_and_proven_by_two_programs(tmp_path: Path) -> None:
    log = f"sqlite:///{tmp_path}/real.db"
    report = told("import", "california-arb", DATA / "california-arb", "--log", log, cwd=tmp_path)
    expected = {
        "projects": 543,
        "lots": 1427,
        "issued": 231134654,
        "retired": 94408460,
        "refused": [],
    }
    assert {key: report[key] for key in expected} == expected
    proven = told("audit", "--log", log, cwd=tmp_path)
    tonne("journal", "export", tmp_path / "real.ndjson", "--log", log, cwd=tmp_path)
    second = stranger(tmp_path / "real.ndjson")
    assert (proven["head"], proven["holdings"]) == (second["head"], second["holdings"])
    assert second["issued"] == 231134654
    again = tonne(
        "import", "california-arb", DATA / "california-arb", "--log", log, "--json", cwd=tmp_path
    )
    assert '"retired":94408460' in again.stdout.splitlines()[-1]
    unchanged = told("audit", "--log", log, cwd=tmp_path)
    assert (unchanged["head"], unchanged["holdings"]) == (proven["head"], proven["holdings"])
