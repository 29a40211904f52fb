"""Erasing, killed anywhere, is finished by the next; nothing brings a name back afterwards."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from libs.edge import overwriting, particulars, recipients
from libs.edge.database import connect
from libs.edge.problems import Refused
from services import erasing
from services.erasing import Places
from services.notify import contacts
from services.notify import erasing as told_erasing
from services.notify.delivery import Post, delivering
from services.notify.footing import Footing
from services.notify.issuing import Issuing
from services.notify.links import Links
from services.notify.outbox import create, notices_url, outbox
from services.notify.pages import PDF
from services.notify.papers import ERASED, OWED, papers
from services.notify.pooled import Line
from services.notify.pooled import people as behind
from services.notify.shelf import Shelf
from services.pools import projection
from tests.edge.named import HANAKO, NUMBER, TARO, files, guessed, standing, tell_of
from tests.notify.sink import sink
from tests.notify.telling import LINKS

ID = "00000000-0000-0000-0000-000000000007"
NEIGHBOUR = NUMBER[:-1] + "2"


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """A registry's files, which told two people of certificates."""
    url = f"sqlite:///{tmp_path}/registry.db.views"
    views, told = connect(url), connect(notices_url(url))
    create(told)
    yield Places(views, told)
    views.dispose()
    told.dispose()


@pytest.fixture
def people(places: Places) -> tuple[str, ...]:
    """The commitments to both, the first being who will be erased."""
    assert places.told is not None
    made = recipients.keep(places.views, "A01", ID, (TARO, HANAKO), 0)
    tell_of(places.views, places.told, made[0], TARO)
    tell_of(places.views, places.told, made[1], HANAKO, NEIGHBOUR)
    return made


def stages() -> list[tuple[object, str, int]]:
    """Where to kill: before each step."""
    return [
        (particulars, "unlink", 0),
        (told_erasing, "sweep", 0),
        (particulars, "erase", 0),
        (overwriting, "clean", 0),
        (overwriting, "clean", 1),
    ]


@pytest.mark.parametrize(("module", "name", "after"), stages())
def test_killed_anywhere_the_same_again_finishes(
    places: Places,
    people: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: object,
    name: str,
    after: int,
) -> None:
    step: Callable[..., object] = getattr(module, name)
    left = [after]

    def dies(*said: object, **more: object) -> object:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return step(*said, **more)

    with monkeypatch.context() as patched:
        patched.setattr(module, name, dies)
        with pytest.raises(KeyboardInterrupt):
            erasing.erase(places, people[:1], 1)
    done = erasing.erase(places, people[:1], 2)
    assert (done.done, done.remains, done.elsewhere) == (True, (), {})
    assert standing(files(tmp_path), TARO) == []
    assert guessed(files(tmp_path).values(), TARO) == set()
    assert standing(files(tmp_path), HANAKO)
    assert particulars.standing(places.views, people[0]) == "erased"
    assert particulars.standing(places.views, people[1]) == "kept"


def test_what_was_rendered_meanwhile_is_swept_too(
    places: Places, people: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody read the name just before it was parted from, and keeps a paper just behind it."""
    unlink = particulars.unlink

    def slowly(views: Engine, named: str) -> None:
        unlink(views, named)
        render(places, named)

    monkeypatch.setattr(particulars, "unlink", slowly)
    erasing.erase(places, people[:1], 1)
    assert standing(files(tmp_path), TARO) == []


@pytest.mark.parametrize("step", ["sweep", "erase"])
def test_what_was_rendered_before_the_same_again_is_swept_by_it(
    places: Places,
    people: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """Killed behind the parting or behind the sweep; then comes the paper of whoever was slow."""

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(particulars if step == "erase" else told_erasing, step, dies)
        with pytest.raises(KeyboardInterrupt):
            erasing.erase(places, people[:1], 1)
    render(places, people[0])
    done = erasing.erase(places, people[:1], 2)
    assert (done.done, done.elsewhere) == (True, {})
    assert standing(files(tmp_path), TARO) == []


def test_nothing_is_told_of_a_name_that_is_being_erased(
    places: Places, people: tuple[str, ...]
) -> None:
    lines = [Line(recipient="", commitment=one, teller="A01") for one in people]
    particulars.unlink(places.views, people[0])
    with places.views.connect() as connection:
        assert list(behind(connection, lines, "A01")) == [people[1]]


def render(places: Places, named: str) -> None:
    """Keep a paper that names a person by its fact's commitment, and by name alone in itself."""
    assert places.told is not None
    number = NUMBER[:-1] + "3"
    tell_of(places.views, places.told, named, TARO, number)
    bare = {"event": f'{{"commitment":"{named}"}}', "document": f'{{"recipient":"{TARO.name}"}}'}
    with places.told.begin() as connection:
        connection.execute(update(papers).where(papers.c.number == number).values(bare))


async def test_a_mail_that_waits_is_sent_without_the_name(
    places: Places, people: tuple[str, ...]
) -> None:
    told = places.told
    assert told is not None
    contacts.add(told, "A01", "books@example.org")
    with told.begin() as connection:  # both are paper, and each has a code
        for number in (NUMBER, NEIGHBOUR):
            named = update(papers).where(papers.c.number == number)
            issued = {"check_digest": LINKS.check(number), "media": PDF}
            connection.execute(named.values(issued))
    erasing.erase(places, people[:1], 1)

    def failed(wrong: BaseException) -> None:
        pytest.fail(str(wrong))

    async with sink() as server:
        post = Post(server.url, "registry@example.org")
        way = Footing("https://registry.example", LINKS)
        async with delivering(told, post, lambda _: None, failed, footing=way):
            await server.until(2)
    first, second = sorted(server.mails, key=lambda mail: str(mail["Subject"]))
    assert NUMBER in first["Subject"]
    assert "消去" in first.get_content()
    assert TARO.name not in first.get_content()
    assert f"/c/{LINKS.code(NUMBER)}" in first.get_content(), "what is left can be checked"
    assert "private-notices" not in first.get_content(), "and there is no paper to be had"
    assert NEIGHBOUR in second["Subject"]
    assert f"/v1/private-notices/{LINKS.code(NEIGHBOUR)}" in second.get_content()


async def test_a_paper_that_was_rendered_is_issued_and_never_rendered_again(
    places: Places, people: tuple[str, ...]
) -> None:
    told = places.told
    assert told is not None
    with told.begin() as connection:
        row = connection.execute(select(papers).where(papers.c.number == NUMBER)).mappings().one()
        connection.execute(update(papers).values(state=OWED))
    erasing.erase(places, people[:1], 1)
    sent: list[bytes] = []

    async def send(records: list[bytes]) -> None:
        sent.extend(records)

    class Never:
        def render(self, *_: object) -> object:
            raise AssertionError

    issuing = Issuing(told, places.views, send, Links(""), lambda: 10, Never())  # type: ignore[arg-type]  # it must not be asked
    assert await issuing.issue() == 2
    assert sum(row["sha256"].encode() in one for one in sent) == 1, "the digest is told of"
    shelf = Shelf(told, None)
    with pytest.raises(Refused) as refused:
        shelf.document(NUMBER, row["sha256"])
    assert (refused.value.problem.status, refused.value.problem.code) == (410, "document_erased")
    with told.connect() as connection:
        rows = connection.execute(select(papers.c.number, papers.c.rendered))
        kept = {row.number: row.rendered for row in rows}
        rows = connection.execute(select(outbox.c.number, outbox.c.recipient))
        mails = {row.number: row.recipient for row in rows}
    assert kept[NUMBER] == ERASED
    assert kept[NEIGHBOUR]
    assert (mails[NUMBER], mails[NEIGHBOUR]) == (None, HANAKO.email)


def test_what_rows_left_behind_in_a_file_goes_too(tmp_path: Path) -> None:
    """An address that moved on long ago still stands in the free space of its page."""
    url = f"sqlite:///{tmp_path}/registry.db.views"
    views, told = connect(url), connect(notices_url(url))
    create(told)
    for number in range(200):
        contacts.add(told, f"D{number:03}", f"a{number}@example.org")
    contacts.add(told, "D100", str(TARO.email))
    with closing(sqlite3.connect(tmp_path / "registry.db.notices")) as plain:
        plain.execute("PRAGMA secure_delete = OFF")  # some builds of SQLite overwrite by themselves
        plain.execute("DELETE FROM contacts WHERE account = 'D100'")
        plain.commit()
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (named,) = recipients.keep(views, "A01", ID, (TARO,), 0)
    (tmp_path / "copy").write_bytes((tmp_path / "registry.db.notices").read_bytes())
    left = standing({"file": (tmp_path / "copy").read_bytes()}, TARO)
    (tmp_path / "copy").unlink()
    assert f"file: {TARO.email}" in left, "SQLite has left it there"
    erasing.erase(Places(views, told), (named,), 1)
    assert standing(files(tmp_path), TARO) == []
    views.dispose()
    told.dispose()


def test_whoever_a_certificate_names_is_found_by_any_number_of_it(
    places: Places, people: tuple[str, ...]
) -> None:
    """By a successor's number as well, and by that of a settlement that took a donation's yen."""
    whose = {"pool": "p", "account": "A01", "at": "2026-01-01T00:00:00.000Z"}
    given = [
        {"position": 68, "index": line, "first": 10 * line, "yen": 10, "commitment": one, **whose}
        for line, one in enumerate((people[1], *people))
    ]
    shared = {"position": 66, "batch": "g-66", "grams": 5, **whose}
    told = [
        {**shared, "index": line, "first": 5 * line, "commitment": one}
        for line, one in enumerate(people)
    ]
    settled = {"batch": "s-69", "price": 1, "seller": "A01", "grams": 5, "grams_first": 10, **whose}
    with places.views.begin() as connection:
        projection.donations.metadata.create_all(connection)
        connection.execute(insert(projection.allocations), told)
        connection.execute(insert(projection.donations), given)
        by = {**settled, "position": 69, "first": 10, "yen": 5}
        connection.execute(insert(projection.settlements), by)
        by = {**settled, "position": 70, "first": 15, "yen": 15}
        connection.execute(insert(projection.settlements), by)
    for number, one in (
        ("main-66-1.1", people[:1]),
        ("main-66-1-r2.1", people[:1]),
        ("main-66-1-r12.2", people[1:]),
        ("main-68-1.2", people[:1]),
        ("main-69-1.1", people[:1]),
        ("main-70-1.1", people[:1]),
        ("main-70-1-r2.2", people[1:]),
        ("main-69-1.2", ()),
        ("main-70-1.3", ()),
        ("main-70-1", ()),
    ):
        assert erasing.whose(places.views, number) == one, number
