"""Who signs, by the settings; and that signing goes on, or says once why it does not."""

import asyncio
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from libs.edge.checkpoints import Signing
from libs.edge.metrics import Meters
from libs.ledger import checkpoint, merkle
from libs.ledger.checkpoint import Checkpoint
from libs.ledger.entry import Head
from libs.ledger.note import Signer
from libs.ledger.ports import WaitRanOut
from services import signing
from services.settings import Settings, SettingsFault, settings
from tests.edge.twin import ORIGIN, SIGNER, Remembered, Twin

DAY = "2026-04-01T00:00:00.000Z"


@pytest.fixture
def twin(tmp_path: Path) -> Twin:
    twin = Twin(f"sqlite:///{tmp_path}/views.db")
    twin.open()
    return twin


def chosen(tmp_path: Path, **more: str) -> Settings:
    return settings(log=f"sqlite:///{tmp_path}/registry.db", **more)


def signed_by(twin: Twin, found: Settings) -> str:
    by = signing.signing(found, twin.views)
    assert by is not None
    return by.sign().key


def test_a_key_is_made_once_and_kept(twin: Twin, tmp_path: Path) -> None:
    first = signed_by(twin, chosen(tmp_path))
    assert first.startswith("tonne.invalid/main/dev+")
    assert signed_by(twin, chosen(tmp_path)) == first
    assert (tmp_path / "registry.db.note-key").is_file()
    assert (tmp_path / "registry.db.checkpoint").is_file()
    state = tmp_path / "state"
    signed_by(twin, chosen(tmp_path, state=str(state), origin="a.example"))
    assert {file.name for file in state.iterdir()} == {"main.note-key", "main.checkpoint"}


def test_a_log_on_kafka_without_a_place_signs_nothing(twin: Twin) -> None:
    assert signing.signing(settings(log="kafka://127.0.0.1:9092"), twin.views) is None


def test_the_key_of_the_settings_signs(twin: Twin, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "key"
    signing.keep(SIGNER, file)
    found = chosen(tmp_path, origin=ORIGIN, checkpoint_key=str(file))
    assert signed_by(twin, found) == SIGNER.key.text()
    assert (tmp_path / "keys" / "key.checkpoint").is_file()
    with pytest.raises(FileExistsError):
        signing.keep(Signer(ORIGIN, bytes(32)), file)
    assert [one.name for one in file.parent.iterdir() if one.name.startswith(".")] == []


def test_what_is_no_key_is_refused(twin: Twin, tmp_path: Path) -> None:
    (tmp_path / "noise").write_text("noise")
    signing.keep(SIGNER, tmp_path / "key")
    for name, origin, words in (
        ("missing", ORIGIN, "TONNE_CHECKPOINT_KEY is no key"),
        ("noise", ORIGIN, "TONNE_CHECKPOINT_KEY is no key"),
        ("key", "other.example", f"signs for {ORIGIN}, and TONNE_ORIGIN says other.example"),
        ("key", "a b", "without spaces and plus"),
    ):
        found = chosen(tmp_path, origin=origin, checkpoint_key=str(tmp_path / name))
        with pytest.raises(SettingsFault, match=words):
            signing.signing(found, twin.views)


def test_without_a_place_to_remember_nothing_is_signed(
    twin: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "secret"
    signing.keep(SIGNER, folder / "key")
    monkeypatch.setattr(os, "access", lambda path, _: path != folder)  # root may
    found = chosen(tmp_path, origin=ORIGIN, checkpoint_key=str(folder / "key"))
    with pytest.raises(SettingsFault, match="set TONNE_STATE"):
        signing.signing(found, twin.views)


class Watched:
    """A node whose tables are as far as the twin's, after some turns in which they are not."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.turns = 0

    @property
    def head(self) -> Head:
        return self.twin.head

    async def caught_up(self, position: int, wait_ms: int) -> None:
        self.turns += 1
        if self.turns == 1:
            raise WaitRanOut("not yet")


async def test_signing_goes_on_and_says_once_why_it_does_not(
    twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "INTERVAL_SECONDS", 0.001)
    mark, node = Remembered(), Watched(twin)
    mark.write(checkpoint.sign(Checkpoint(ORIGIN, 9, merkle.EMPTY), SIGNER))
    by, meters = Signing(twin.views, ORIGIN, SIGNER, mark), Meters("0")
    with capture_logs() as told:
        task = asyncio.create_task(signing.keep_signing(by, node, meters))
        async with asyncio.timeout(30):
            while node.turns < 5:  # noqa: ASYNC110 - it calls nobody
                await asyncio.sleep(0.001)
            assert "tonne_checkpoint_refused 1.0" in meters.page().decode()
            mark.note = None
            while "signed_size 1.0" not in meters.page().decode():  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [line["event"] for line in told] == ["checkpoint_waits", "checkpoint_refused"]
    assert told[1]["log_level"] == "critical"
    assert "9 entries was signed, this one has 1" in told[1]["why"]
    assert by.sign().size == 1
    assert mark.read() is not None
    assert "tonne_checkpoint_refused 0.0" in meters.page().decode()
    twin.views.dispose()
