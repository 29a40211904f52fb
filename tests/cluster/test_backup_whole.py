"""A backup is whole or none, and is refused where a byte of it is another."""

import asyncio
import json
import os
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

from libs.edge import checkpoints, particulars
from libs.edge.database import connect
from libs.edge.documents import Documents
from libs.edge.particulars import Particulars
from libs.ledger.ports import LogInUse
from services.backup import FILES, MANIFEST, PAPERS, PEOPLE, Manifest, backup
from services.cli import app
from services.papers import DocumentDamaged
from services.restoring import BackupDamaged, restore
from services.settings import SettingsFault, settings
from services.surveying import NoEntries
from tests.cluster.ledgers import Load, file, loaded, stand_beside

PLAN = "計画書".encode()
SIGNED = {"origin": "registry.example/v1", "size": 3, "note": "a note", "key": "a key"}
TARO = Particulars(name="例示 太郎")


@pytest.fixture
def load() -> Load:
    return Load(1)


async def test_a_backup_of_which_one_byte_changed_is_refused(tmp_path: Path, load: Load) -> None:
    chosen = settings(name="main", log=f"sqlite:///{tmp_path}/a.db")
    goal = settings(name="main", log=f"sqlite:///{tmp_path}/b.db")
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
    stand_beside(chosen)
    await backup(chosen, tmp_path / "kept")

    async def refused(word: str) -> None:
        with pytest.raises(BackupDamaged, match=word):
            await restore(tmp_path / "kept", goal, 1, sure=True)
        assert not goal.log_file.exists()

    for name in FILES:
        path = tmp_path / "kept" / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-2] + b"!\n" if whole else b"!")
        await refused(f"{name} is not the file that the manifest names")
        path.unlink()
        await refused(f"{name} is not the file that the manifest names")
        path.write_bytes(whole)
    path = tmp_path / "kept" / MANIFEST
    said = msgspec.json.decode(path.read_bytes(), type=Manifest)
    for changed, word in (
        (msgspec.structs.replace(said, format=3), "of another form"),
        (msgspec.structs.replace(said, holdings="0" * 64), "adds up to the holdings"),
        (msgspec.structs.replace(said, digest="0" * 64), "ends behind"),
    ):
        path.write_bytes(msgspec.json.encode(changed))
        await refused(word)
    path.write_bytes(b"{}")
    await refused("cannot be read")
    path.unlink()
    await refused("it is no backup, or half of one")


async def test_documents_and_people_come_back_as_they_were(tmp_path: Path, load: Load) -> None:
    chosen = settings(name="main", log=f"sqlite:///{tmp_path}/a.db")
    goal = settings(name="main", log=f"sqlite:///{tmp_path}/b.db")
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
    stand_beside(chosen)
    known = Documents(Path(f"{tmp_path}/a.db.documents"))
    for data in (PLAN, b""):
        known.put(sha256(data).hexdigest(), data)
    (tmp_path / "a.db.documents" / "aa").mkdir()
    (tmp_path / "a.db.documents" / "aa" / ".half").write_bytes(b"of a document")
    views = connect(chosen.database_url)
    particulars.prepare(views)
    named = particulars.keep(views, "holder:a", TARO, 0)
    kept_there = particulars.find(views, named)
    checkpoints.prepare(views)
    with views.begin() as connection:
        connection.execute(insert(checkpoints.checkpoints), SIGNED)
    views.dispose()
    manifest = await backup(chosen, tmp_path / "kept")
    assert (manifest.documents, manifest.left_out) == (2, ())
    assert (tmp_path / "kept" / PEOPLE).stat().st_mode & 0o777 == 0o600

    looked = await restore(tmp_path / "kept", goal, 1, sure=False)
    assert (looked.documents, looked.done) == (2, False)
    assert not (tmp_path / "b.db.documents").exists()
    for _ in range(2):
        await restore(tmp_path / "kept", goal, 1, sure=True)
    assert Documents(tmp_path / "b.db.documents").get(sha256(PLAN).hexdigest()) == PLAN
    views = connect(goal.database_url)
    assert particulars.find(views, named) == kept_there
    with views.connect() as connection:
        signed = connection.execute(select(checkpoints.checkpoints)).mappings().one()
    assert dict(signed) == SIGNED, "what comes back goes on from what was signed"
    views.dispose()


async def test_a_document_that_is_not_its_digest_is_refused(tmp_path: Path, load: Load) -> None:
    chosen = settings(name="main", log=f"sqlite:///{tmp_path}/a.db")
    goal = settings(name="main", log=f"sqlite:///{tmp_path}/b.db")
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
    stand_beside(chosen)
    digest = sha256(PLAN).hexdigest()
    Documents(Path(f"{tmp_path}/a.db.documents")).put(digest, PLAN)
    await backup(chosen, tmp_path / "kept")
    copied = tmp_path / "kept" / "documents" / digest[:2] / digest
    copied.write_bytes(PLAN + b"!")
    with pytest.raises(DocumentDamaged, match=f"document_damaged: {digest}"):
        await restore(tmp_path / "kept", goal, 1, sure=True)
    copied.unlink()
    with pytest.raises(DocumentDamaged, match=f"document_not_found: {digest}"):
        await restore(tmp_path / "kept", goal, 1, sure=True)
    assert not goal.log_file.exists(), "nothing was begun"
    (tmp_path / "a.db.documents" / digest[:2] / digest).write_bytes(b"changed on the disk")
    with pytest.raises(DocumentDamaged, match="document_damaged"):
        await backup(chosen, tmp_path / "again")
    assert not (tmp_path / "again").exists()


async def test_a_backup_of_before_is_restored(tmp_path: Path, load: Load) -> None:
    """Format 1 had neither people nor documents."""
    chosen = settings(name="main", log=f"sqlite:///{tmp_path}/a.db")
    goal = settings(name="main", log=f"sqlite:///{tmp_path}/b.db")
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
    stand_beside(chosen)
    await backup(chosen, tmp_path / "kept")
    path = tmp_path / "kept" / MANIFEST
    said = json.loads(path.read_bytes())
    for name in (PEOPLE, PAPERS):
        (tmp_path / "kept" / name).unlink()
        del said["files"][name]
    del said["documents"], said["left_out"]
    path.write_text(json.dumps({**said, "format": 1}), encoding="utf-8")
    done = await restore(tmp_path / "kept", goal, 1, sure=True)
    assert (done.done, done.digest) == (True, said["digest"])


async def test_a_backup_is_there_whole_or_not_at_all(tmp_path: Path, load: Load) -> None:
    chosen = settings(name="main", log=f"sqlite:///{tmp_path}/a.db")
    async with file(tmp_path / "a.db") as log:
        with pytest.raises(LogInUse):
            await backup(chosen, tmp_path / "kept")
    with pytest.raises(NoEntries):
        await backup(chosen, tmp_path / "kept")
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
    left = await asyncio.to_thread(os.listdir, tmp_path)
    assert left == ["a.db"]
    (tmp_path / "kept").mkdir()
    await backup(chosen, tmp_path / "kept")
    with pytest.raises(SettingsFault, match="is not empty"):
        await backup(chosen, tmp_path / "kept")
    with pytest.raises(SettingsFault, match="there is no folder"):
        await backup(chosen, tmp_path / "no" / "kept")


def test_the_commands_end_with_what_to_do_next(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prepare() -> None:
        async with file(tmp_path / "a.db") as log:
            await loaded(log, "main", load)

    asyncio.run(prepare())
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    kept = run.invoke(app, ["backup", "kept", "--log", "sqlite:///a.db"])
    assert kept.exit_code == 0
    assert "8 commands had no answer yet" in kept.stdout
    assert "0 documents" in kept.stdout
    assert "NOT in it" not in kept.stdout
    assert "Next: copy kept to another place" in kept.stdout
    asked = ["restore", "kept", "--log", "sqlite:///b.db"]
    looked = run.invoke(app, asked)
    assert looked.stdout.rstrip().endswith("Next: the same with --yes")
    assert not (tmp_path / "b.db").exists()
    done = run.invoke(app, [*asked, "--yes", "--json"])
    report = json.loads(done.stdout.splitlines()[-1])
    manifest = json.loads((tmp_path / "kept" / MANIFEST).read_bytes())
    assert (report["done"], report["digest"]) == (True, manifest["digest"])
    audited = run.invoke(app, ["audit", "--log", "sqlite:///b.db", "--json"])
    assert json.loads(audited.stdout.splitlines()[-1])["holdings"] == manifest["holdings"]
