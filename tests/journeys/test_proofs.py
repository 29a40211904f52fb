"""What a registry signed, checked by the program without the registry, also after it was killed."""

import json
import os
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from libs.ledger import checkpoint, merkle, note, receipt
from libs.ledger.checkpoint import Checkpoint
from tests.journeys.program import free_port, request, serving, told, tonne

NUMBER = "0b5a2f4e-7c1d-4e2f-9b1a-{:012d}"


def opened(port: int, number: int) -> None:
    """Open an account."""
    body = {"account": f"A{number:02}", "name": "Example"}
    key = NUMBER.format(number)
    assert request(port, "POST", "/v1/accounts", body, Idempotency_Key=key)[0] == 201


def got(port: int, path: str) -> bytes:
    status, _, body = request(port, "GET", path)
    assert status == 200, body
    return body


def newest(port: int) -> tuple[Checkpoint, note.Key, bytes]:
    """Return the newest checkpoint, verified by the key that the server tells."""
    said: dict[str, Any] = json.loads(got(port, "/v1/checkpoint/key"))
    assert said["development"] is True
    raw = got(port, "/v1/checkpoint")
    key = note.key(said["key"])
    return checkpoint.verify(raw, (key,))[0], key, raw


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a registry was served, killed while it signed, and served again."""
    folder = tmp_path_factory.mktemp("registry")
    seen: list[tuple[Checkpoint, note.Key, bytes]] = []
    proof: dict[str, Any] = {}
    for turn in range(3):
        port = free_port()
        with serving(folder, port=port) as process:
            for number in range(4):
                opened(port, turn * 4 + number)
                seen.append(newest(port))
            path = f"/v1/proofs/consistency?from={seen[0][0].size}&to={seen[-1][0].size}"
            proof = json.loads(got(port, path))
            assert b"development key" in got(port, "/readyz?verbose")
            (folder / "entry.tlog-proof").write_bytes(got(port, "/v1/entries/2/proof"))
            if turn < 2:
                process.kill()
                process.wait(10)
    (folder / "note.txt").write_bytes(seen[-1][2])
    (folder / "key.txt").write_text(seen[-1][1].text())
    assert len({key for _, key, _ in seen}) == 1
    assert [said.size for said, _, _ in seen] == list(range(2, 14))
    old, new = seen[0][0], seen[-1][0]
    hashes = [b64decode(one) for one in proof["path"]]
    merkle.insist_consistent(old.size, old.root, new.size, new.root, hashes)
    tonne("journal", "export", "journal.ndjson", cwd=folder)
    return folder


def key(folder: Path) -> str:
    return (folder / "key.txt").read_text()


def test_a_key_nobody_chose_says_so_and_is_its_owners_alone(folder: Path) -> None:
    (kept,) = folder.glob("*.note-key")
    assert kept.stat().st_mode & 0o777 == 0o600
    signer = note.signer(kept.read_text().strip())
    assert signer.name == "tonne.invalid/main/dev"
    assert signer.key.text() == key(folder)


def test_a_proof_is_checked_without_the_registry(folder: Path, tmp_path: Path) -> None:
    found = told("audit", "proof", folder / "entry.tlog-proof", "--key", key(folder), cwd=tmp_path)
    assert (found["ok"], found["position"], found["development"]) == (True, 2, True)
    done = tonne("audit", "proof", folder / "entry.tlog-proof", "--key", key(folder), cwd=tmp_path)
    assert "entry 2 of tonne.invalid/main" in done.stdout
    assert "development key" in done.stdout
    entry = (folder / "journal.ndjson").read_bytes().split(b"\n")[2]
    proof = receipt.read((folder / "entry.tlog-proof").read_text())
    assert proof.extra == entry


@pytest.mark.parametrize(
    ("old", "new", "doubt"),
    [
        ("index 2", "index 3", "entry_differs"),
        ("index 2", "index two", "proof_malformed"),
        ("tonne.invalid/main\n", "tonne.invalid/main\n\n", "note_malformed"),
        ("tonne.invalid/main\n", "tonne.invalid/mine\n", "key_unknown"),
        ("tonne.invalid/main\n13", "tonne.invalid/main\n14", "signature_wrong"),
    ],
)
def test_a_changed_proof_is_refused_with_the_reason(
    folder: Path, tmp_path: Path, old: str, new: str, doubt: str
) -> None:
    text = (folder / "entry.tlog-proof").read_text()
    assert old in text
    (tmp_path / "bad.tlog-proof").write_text(text.replace(old, new))
    words = ("audit", "proof", "bad.tlog-proof", "--key", key(folder))
    found = told(*words, cwd=tmp_path, code=1)
    assert (found["ok"], found["doubt"]) == (False, doubt)
    assert doubt in tonne(*words, cwd=tmp_path, code=1).stderr


def test_a_journal_is_held_against_a_checkpoint(folder: Path, tmp_path: Path) -> None:
    words = ("audit", "checkpoint", folder / "note.txt", "--key", key(folder))
    exported = ("--journal", folder / "journal.ndjson")
    found = told(*words, *exported, cwd=tmp_path)
    assert (found["ok"], found["size"]) == (True, 13)
    assert told(*words, cwd=folder)["root"] == found["root"]  # the log itself
    lines = (folder / "journal.ndjson").read_bytes().splitlines(keepends=True)
    (tmp_path / "short.ndjson").write_bytes(b"".join(lines[:-1]))
    short = told(*words, "--journal", "short.ndjson", cwd=tmp_path, code=1)
    assert "13 entries were signed, the journal has 12" in str(short["failure"])
    last = lines[-1].replace(b"Example", b"Elpmaxe")  # the chain does not see its own end
    (tmp_path / "other.ndjson").write_bytes(b"".join([*lines[:-1], last]))
    other = told(*words, "--journal", "other.ndjson", cwd=tmp_path, code=1)
    assert "others than those that were signed" in str(other["failure"])
    first = lines[3].replace(b"Example", b"Elpmaxe")
    (tmp_path / "broken.ndjson").write_bytes(b"".join([*lines[:3], first, *lines[4:]]))
    broken = tonne(*words, "--journal", "broken.ndjson", cwd=tmp_path, code=1)
    assert "Position 4, chain" in broken.stderr
    stranger = note.Signer("tonne.invalid/main", bytes(32)).key.text()
    unknown = ("audit", "checkpoint", folder / "note.txt", "--key", stranger, *exported)
    assert "none of the keys" in tonne(*unknown, cwd=tmp_path, code=2).stderr


def test_a_key_is_drawn_once_and_signs_by_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tonne("keys", "checkpoint", "key", cwd=tmp_path, code=2)
    assert "TONNE_ORIGIN is missing" in missing.stderr
    named = {"TONNE_ORIGIN": "registry.example/v1", "TONNE_CHECKPOINT_KEY": "key"}
    monkeypatch.setattr("tests.journeys.program.PLAIN", {**os.environ, **named})
    drawn = told("keys", "checkpoint", "key", cwd=tmp_path)
    again = tonne("keys", "checkpoint", "key", cwd=tmp_path, code=2)
    assert "never written over" in again.stderr
    port = free_port()
    with serving(tmp_path, port=port):
        said = json.loads(got(port, "/v1/checkpoint/key"))
        assert said == {
            "origin": "registry.example/v1",
            "key": drawn["key"],
            "development": False,
        }
        raw = got(port, "/v1/checkpoint")
    assert (tmp_path / "key.checkpoint").read_bytes() == raw
    other = {**named, "TONNE_ORIGIN": "other.example"}
    monkeypatch.setattr("tests.journeys.program.PLAIN", {**os.environ, **other})
    refused = tonne("serve", "--http", f"127.0.0.1:{free_port()}", cwd=tmp_path, code=2)
    assert "signs for registry.example/v1" in refused.stderr
