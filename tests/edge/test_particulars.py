"""Who representatives are in person: kept beside the journal, proven by it, and erased."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from libs.edge import overwriting, particulars
from libs.edge.particulars import Particulars
from services.cli import app
from tests.edge.twin import START_MS, Client, fill, opened

TARO = Particulars(name="例示 太郎", phone="03-0000-0000")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as client:
        await fill(client)
        particulars.prepare(client.twin.views)
        yield client


async def test_a_person_is_kept_proven_and_erased(room: Client) -> None:
    views = room.twin.views
    named = particulars.keep(views, "holder:a", TARO, START_MS)
    shown = await room.get(f"/v1/particulars/{named}")
    assert shown.headers["cache-control"] == "no-store"
    assert shown.json() == {
        "commitment": named,
        "actor": "holder:a",
        "status": "kept",
        "created_at": "2026-04-01T00:00:00.000Z",
        "particulars": {"name": "例示 太郎", "phone": "03-0000-0000"},
    }
    person = {"actor": "holder:a", "role": "both", "commitment": named}
    await room.made("/v1/accounts/A01/representatives", {"representative": person})
    assert particulars.erase(views, named, START_MS + 1)
    assert overwriting.clean(views, (particulars.particulars,)) == ()
    gone = await room.seen(f"/v1/particulars/{named}")
    assert (gone["status"], gone["erased_at"]) == ("erased", "2026-04-01T00:00:00.001Z")
    assert "particulars" not in gone
    # nothing of the person is left in any file of the registry
    for file in Path(str(views.url.database)).parent.iterdir():
        assert TARO.name.encode() not in file.read_bytes(), file
    # erased again it stays as it was; the journal's commitment stands for nobody
    assert particulars.erase(views, named, START_MS + 9)
    assert (await room.seen(f"/v1/particulars/{named}"))["erased_at"] == gone["erased_at"]
    (led,) = (await room.seen("/v1/representatives?account=A01"))["items"]
    assert led["commitment"] == named


async def test_the_same_person_has_another_commitment_each_time(room: Client) -> None:
    made = {particulars.keep(room.twin.views, "holder:a", TARO, START_MS) for _ in range(3)}
    assert len(made) == 3


async def test_what_was_altered_proves_nothing(room: Client) -> None:
    named = particulars.keep(room.twin.views, "holder:a", TARO, START_MS)
    with room.twin.views.begin() as connection:
        connection.execute(update(particulars.particulars).values(said='{"name":"Another"}'))
    assert (await room.seen(f"/v1/particulars/{named}"))["status"] == "altered"


async def test_nobody_is_behind_an_unknown_commitment(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        for prepared in (False, True):
            if prepared:
                particulars.prepare(client.twin.views)
            missing = await client.get(f"/v1/particulars/{'0' * 64}")
            assert (missing.status_code, missing.json()["code"]) == (404, "particulars_not_found")
        assert not particulars.erase(client.twin.views, "0" * 64, START_MS)


def test_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "views.db"
    file.touch()
    where = ("--database", f"sqlite:///{file}", "--json")

    def tonne(*words: str, said: str = "") -> tuple[int, str]:
        ran = CliRunner().invoke(app, ["particulars", *words, *where], input=said)
        return ran.exit_code, ran.stdout

    code, told = tonne("keep", "holder:a", said='{"name": "例示 太郎"}')
    assert code == 0
    named = json.loads(told)["commitment"]
    assert json.loads(tonne("show", named)[1])["particulars"] == {"name": "例示 太郎"}
    erased = CliRunner().invoke(app, ["erase", "holder:a", *where, "--yes"])
    assert json.loads(erased.stdout)["commitments"] == [named]
    gone = json.loads(tonne("show", named)[1])
    assert gone["status"] == "erased"
    assert "particulars" not in gone
    assert tonne("keep", "holder:a", said="{}")[0] != 0
    assert tonne("show", "0" * 64)[0] != 0
