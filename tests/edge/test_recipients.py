"""Recipients: kept by an account by the thousand, once a request, and read by nobody else."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from libs.edge import particulars, recipients
from libs.edge.database import connect
from libs.edge.particulars import Particulars
from libs.edge.recipients import PEOPLE_MAX, RequestDiffers
from services.cli import app
from tests.edge.callers import House
from tests.edge.twin import START_MS

ID = str(UUID(int=7))
HANAKO, TARO = {"name": "例示 花子"}, {"name": "例示 太郎", "email": "taro@example.jp"}
PATH = f"/v1/accounts/A01/recipients/{ID}"


async def kept(house: House, *people: dict[str, str], at: str = PATH) -> list[str]:
    """Keep people as the holder of the account; return the commitments."""
    told = await house.send("holder", "PUT", at, {"people": list(people)})
    assert told.status_code == 200, told.text
    assert told.headers["cache-control"] == "no-store"
    made: list[str] = told.json()["commitments"]
    return made


async def test_an_account_keeps_people_once_and_alone_reads_them(house: House) -> None:
    first, second = await kept(house, HANAKO, TARO)
    assert await kept(house, HANAKO, TARO) == [first, second], "sent again it is the same answer"
    assert await kept(house, HANAKO, at=PATH.replace("-0000", "-0001", 1)) != [first]
    shown = await house.seen("holder", f"/v1/particulars/{second}")
    assert (shown["account"], shown["status"], shown["particulars"]) == ("A01", "kept", TARO)
    assert "actor" not in shown
    assert await house.seen("operator", f"/v1/particulars/{second}") == shown
    for name, status in {"other": 404, "auditor": 403, "scheme_owner": 403, "reader": 403}.items():
        told = await house.send(name, "GET", f"/v1/particulars/{second}")
        assert told.status_code == status, name
    other = await house.send("other", "PUT", PATH, {"people": [HANAKO]})
    assert (other.status_code, other.json()["code"]) == (403, "not_allowed")


async def test_representatives_are_the_operators_to_read(house: House) -> None:
    particulars.prepare(house.twin.views)
    told = Particulars(name="例示 太郎")
    named = particulars.keep(house.twin.views, "holder:a", told, START_MS)
    assert (await house.seen("operator", f"/v1/particulars/{named}"))["actor"] == "holder:a"
    refused = await house.send("holder", "GET", f"/v1/particulars/{named}")
    assert (refused.status_code, refused.json()["code"]) == (404, "particulars_not_found")


async def test_a_request_that_names_others_is_refused_whole(house: House) -> None:
    first, second = await kept(house, HANAKO, TARO)
    for people in ([TARO, HANAKO], [HANAKO], [HANAKO, TARO, TARO]):
        told = await house.send("holder", "PUT", PATH, {"people": people})
        assert (told.status_code, told.json()["code"]) == (409, "particulars_differ")
        assert "例示" not in told.text
    assert await kept(house, HANAKO, TARO) == [first, second]
    with house.twin.views.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM particulars")) == 2


async def test_who_was_erased_is_not_kept_again(house: House) -> None:
    first, second = await kept(house, HANAKO, TARO)
    assert particulars.erase(house.twin.views, first, START_MS)
    assert await kept(house, HANAKO, TARO) == [first, second]
    gone = await house.seen("holder", f"/v1/particulars/{first}")
    assert gone["status"] == "erased"
    assert "particulars" not in gone


async def test_as_many_as_a_command_has_lines(house: House) -> None:
    people = [{"name": f"例示 {number}"} for number in range(PEOPLE_MAX)]
    made = await kept(house, *people)
    assert len(set(made)) == PEOPLE_MAX
    found = particulars.found(house.twin.views, made)
    assert [found[one].particulars for one in made] == [Particulars(**one) for one in people]
    for wrong in ([*people, HANAKO], [], [{"name": "a\tb"}]):
        told = await house.send("holder", "PUT", PATH, {"people": wrong})
        assert (told.status_code, told.json()["code"]) == (422, "body_invalid")
    assert (await house.send("holder", "PUT", f"{PATH}0", {})).status_code == 422


async def test_of_two_at_once_both_get_the_same(house: House) -> None:
    views, people = house.twin.views, [Particulars(name=f"例示 {one}") for one in range(50)]
    particulars.prepare(views)

    def once(_: int) -> tuple[str, ...]:
        return recipients.keep(views, "A01", ID, people, START_MS)

    with ThreadPoolExecutor(4) as threads:
        made = set(threads.map(once, range(4)))
    assert len(made) == 1
    with pytest.raises(RequestDiffers):
        recipients.keep(views, "A01", ID, people[:9], START_MS)


def test_a_file_from_before_goes_on(tmp_path: Path) -> None:
    """Its representatives are kept, and the pages that they stood on are overwritten."""
    engine = connect(f"sqlite:///{tmp_path}/views.db")
    named = "3" * 64
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE particulars (commitment VARCHAR(64) NOT NULL PRIMARY KEY,"
                " actor VARCHAR NOT NULL, salt VARCHAR(64), said TEXT,"
                " created_at VARCHAR(24) NOT NULL, erased_at VARCHAR(24))"
            )
        )
        row = {"c": named, "a": "holder:a", "s": "00", "d": '{"name":"x"}', "t": "then"}
        connection.execute(text("INSERT INTO particulars VALUES (:c, :a, :s, :d, :t, NULL)"), row)
    for _ in range(2):
        particulars.prepare(engine)
    there = particulars.find(engine, named)
    assert there is not None
    assert (there.actor, there.status) == ("holder:a", "altered")
    assert len(recipients.keep(engine, "A01", ID, [Particulars(name="y")], 0)) == 1
    engine.dispose()


def test_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "views.db"
    file.touch()
    where = ("--database", f"sqlite:///{file}", "--json")

    def tonne(*words: str, said: str = "") -> tuple[int, str]:
        ran = CliRunner().invoke(app, ["particulars", *words, *where], input=said)
        return ran.exit_code, ran.stdout

    asked = ("recipients", "T01", "--request", ID)
    code, told = tonne(*asked, said=json.dumps([HANAKO, TARO]))
    assert code == 0
    made = json.loads(told)
    assert (made["account"], made["request"], len(made["commitments"])) == ("T01", ID, 2)
    assert json.loads(tonne(*asked, said=json.dumps([HANAKO, TARO]))[1]) == made
    assert json.loads(tonne("show", made["commitments"][1])[1])["particulars"] == TARO
    assert tonne(*asked, said=json.dumps([TARO]))[0] != 0
    assert tonne("recipients", "T01", said="{}")[0] != 0
