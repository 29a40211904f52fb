"""A backup is whole or none, and is refused where a byte of it is another."""

import asyncio
import json
import os
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from libs.ledger.ports import LogInUse
from services.backup import FILES, MANIFEST, Manifest, backup
from services.cli import app
from services.restoring import BackupDamaged, restore
from services.settings import SettingsFault, settings
from services.surveying import NoEntries
from tests.cluster.ledgers import Load, file, loaded, stand_beside


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
        (msgspec.structs.replace(said, format=2), "of another form"),
        (msgspec.structs.replace(said, holdings="0" * 64), "adds up to the holdings"),
        (msgspec.structs.replace(said, digest="0" * 64), "ends behind"),
    ):
        path.write_bytes(msgspec.json.encode(changed))
        await refused(word)
    path.write_bytes(b"{}")
    await refused("cannot be read")
    path.unlink()
    await refused("it is no backup, or half of one")


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
