"""The stranger's tree: the same root as ours, and what was not signed is told."""

import subprocess
import sys
from pathlib import Path

import pytest

from libs.ledger import checkpoint
from libs.ledger.checkpoint import Checkpoint
from libs.ledger.merkle import Frontier, leaf_hash
from libs.ledger.note import Signer

STRANGER = Path(__file__).parents[2] / "libs" / "auditor" / "checkpoint.py"
ORIGIN = "registry.example/main"
ENTRIES = [f'{{"position":{number}}}'.encode() for number in range(300)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-I", str(STRANGER), *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def note(folder: Path, size: int) -> Path:
    frontier = Frontier()
    for entry in ENTRIES[:size]:
        frontier.append(leaf_hash(entry))
    said = Checkpoint(ORIGIN, size, frontier.root())
    path = folder / "note.txt"
    path.write_text(checkpoint.sign(said, Signer(ORIGIN, bytes(32))), encoding="utf-8")
    return path


def written(folder: Path, entries: list[bytes]) -> Path:
    path = folder / "journal.ndjson"
    path.write_bytes(b"".join(entry + b"\n" for entry in entries))
    return path


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 257, 300])
def test_what_was_signed_is_found(tmp_path: Path, size: int) -> None:
    done = run(written(tmp_path, ENTRIES), note(tmp_path, size))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"signed the first {size} of these 300 entries" in done.stdout


def test_what_was_not_signed_is_told(tmp_path: Path) -> None:
    path = note(tmp_path, 300)
    short = run(written(tmp_path, ENTRIES[:299]), path)
    assert (short.returncode, "300 entries, this journal has 299" in short.stdout) == (1, True)
    other = run(written(tmp_path, [*ENTRIES[:7], b"{}", *ENTRIES[8:]]), path)
    assert (other.returncode, "signed another journal" in other.stdout) == (1, True)


@pytest.mark.parametrize("text", ["", "a\nb\n", "a\n1\n?\n", "a\nx\nAAAA\n", "\n1\nAAAA\n"])
def test_what_is_no_checkpoint_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "note.txt"
    path.write_text(text)
    assert run(written(tmp_path, ENTRIES), path).returncode == 2
    assert run(path).returncode == 2
    assert run(tmp_path / "none", note(tmp_path, 1)).returncode == 2
