"""Signing: every checkpoint goes on in the last, and an older database ends it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, text, update
from typing_extensions import override

from libs.edge import checkpoints, tree
from libs.edge.checkpoints import CheckpointRefused, Mark, Signed, Signing
from libs.edge.database import connect
from libs.edge.projection import Projection
from libs.ledger import checkpoint, merkle, receipt
from libs.ledger.merkle import Frontier, leaf_hash
from libs.ledger.note import Signer
from libs.ledger.ports import Halted
from libs.ledger.receipt import Doubt
from services import views
from tests.edge.journals import follow, journal, migrated, replayed
from tests.edge.twin import ORIGIN, SIGNER

JOURNAL = journal(11, 600)
OTHERWISE = journal(12, 600)
"""It begins as the other does, and goes on otherwise."""


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/views.db"
    url: str = request.getfixturevalue("database")
    migrated(url)
    return url


@pytest.fixture
def tables(place: str) -> Iterator[Projection]:
    """Have followed nothing yet."""
    (projection,) = views.followers(connect(place))
    yield projection
    projection.engine.dispose()


@pytest.fixture
def mark(tmp_path: Path) -> Mark:
    return Mark(tmp_path / "key.checkpoint")


def signing(engine: Engine, mark: Mark, signer: Signer = SIGNER) -> Signing:
    return Signing(engine, ORIGIN, signer, mark)


def grow(tables: Projection, size: int) -> None:
    """Follow the journal up to a size."""
    follow(tables, JOURNAL[tables.cursor().position : size])


def root(entries: list[bytes]) -> bytes:
    frontier = Frontier()
    for raw in entries:
        frontier.append(leaf_hash(raw))
    return frontier.root()


def stored(engine: Engine) -> Signed | None:
    with engine.connect() as connection:
        return checkpoints.newest(connection)


def test_every_checkpoint_is_of_the_journal_as_it_was(tables: Projection, mark: Mark) -> None:
    by = signing(tables.engine, mark)
    assert checkpoint.read(by.sign().note.encode()).root == merkle.EMPTY
    for size in (1, 2, 255, 256, 257, 511, 512, 605):
        grow(tables, size)
        found = by.sign()
        said, key = checkpoint.verify(found.note.encode(), (SIGNER.key,))
        assert (said.size, said.root, key) == (size, root(JOURNAL[:size]), SIGNER.key)
        assert stored(tables.engine) == found
        assert mark.read() == found.note.encode()
        assert by.sign() == found


def test_a_restarted_signer_goes_on(tables: Projection, mark: Mark) -> None:
    grow(tables, 300)
    first = signing(tables.engine, mark).sign()
    assert signing(tables.engine, mark).sign() == first
    grow(tables, 301)
    assert signing(tables.engine, mark).sign().size == 301


def test_yesterdays_database_is_refused(tmp_path: Path, mark: Mark) -> None:
    """Put back whole, with the table of what was signed in it; only the file knows better."""
    (live,) = views.followers(connect(f"sqlite:///{tmp_path}/views.db"))
    grow(live, 300)
    signing(live.engine, mark).sign()
    live.engine.dispose()
    shutil.copy(tmp_path / "views.db", tmp_path / "yesterday.db")
    (live,) = views.followers(connect(f"sqlite:///{tmp_path}/views.db"))
    grow(live, 500)
    last = signing(live.engine, mark).sign()
    live.engine.dispose()

    (old,) = views.followers(connect(f"sqlite:///{tmp_path}/yesterday.db"))
    by = signing(old.engine, mark)
    with pytest.raises(CheckpointRefused, match="tree of 500 entries was signed, this one has 300"):
        by.sign()
    kept = stored(old.engine)
    assert kept is not None
    assert (kept.size, mark.read()) == (300, last.note.encode())
    grow(old, 510)  # the same entries again: nothing was lost
    assert by.sign().size == 510
    old.engine.dispose()


def test_another_history_is_refused(tables: Projection, mark: Mark) -> None:
    """Put back whole, and gone on otherwise: beyond where it was signed, and short of it."""
    grow(tables, 500)
    last = signing(tables.engine, mark).sign()
    tables.drop()
    with tables.engine.begin() as connection:
        connection.execute(delete(checkpoints.checkpoints))
    for size, words in ((400, "500 entries was signed, this one has 400"), (505, "another tree")):
        follow(tables, OTHERWISE[tables.cursor().position : size])
        with pytest.raises(CheckpointRefused, match=words):
            signing(tables.engine, mark).sign()
    assert (stored(tables.engine), mark.read()) == (None, last.note.encode())


def test_a_table_that_was_emptied_is_no_way_round(tables: Projection, mark: Mark) -> None:
    grow(tables, 500)
    signing(tables.engine, mark).sign()
    tables.drop()
    grow(tables, 200)
    with tables.engine.begin() as connection:
        connection.execute(delete(checkpoints.checkpoints))
    with pytest.raises(CheckpointRefused, match="500 entries was signed"):
        signing(tables.engine, mark).sign()


def test_a_file_that_is_gone_is_no_way_round(
    tables: Projection, mark: Mark, tmp_path: Path
) -> None:
    grow(tables, 500)
    signing(tables.engine, mark).sign()
    tables.drop()
    grow(tables, 200)
    (tmp_path / "key.checkpoint").unlink()
    with pytest.raises(CheckpointRefused, match="500 entries was signed"):
        signing(tables.engine, mark).sign()
    (tmp_path / "key.checkpoint").write_text("noise")
    grow(tables, 510)
    with pytest.raises(CheckpointRefused, match="cannot be read"):
        signing(tables.engine, mark).sign()


class Killed(BaseException):
    """The process is no more."""


class Dying(Mark):
    """Kills its process before the note is on the disk, or behind that."""

    def __init__(self, path: Path, *, behind: bool) -> None:
        super().__init__(path)
        self.behind = behind

    @override
    def write(self, note: str) -> None:
        if self.behind:
            super().write(note)
        raise Killed


@pytest.mark.parametrize("behind", [False, True])
def test_killed_between_growing_and_signing(
    tables: Projection, mark: Mark, tmp_path: Path, *, behind: bool
) -> None:
    grow(tables, 100)
    first = signing(tables.engine, mark).sign()
    grow(tables, 200)
    with pytest.raises(Killed):
        signing(tables.engine, Dying(tmp_path / "key.checkpoint", behind=behind)).sign()
    assert stored(tables.engine) == first  # nobody was shown another
    grow(tables, 201)
    again = signing(tables.engine, mark).sign()
    assert checkpoint.read(again.note.encode()).root == root(JOURNAL[:201])


def test_a_new_key_goes_on_where_the_old_one_was(tables: Projection, mark: Mark) -> None:
    grow(tables, 100)
    signing(tables.engine, mark).sign()
    fresh = Signer(ORIGIN, bytes(32))
    found = signing(tables.engine, mark, fresh).sign()
    assert checkpoint.verify(found.note.encode(), (fresh.key,))[0].size == 100
    with tables.engine.connect() as connection:
        assert len(connection.execute(select(checkpoints.checkpoints)).all()) == 1


def test_the_file_of_another_log_is_refused(tables: Projection, mark: Mark) -> None:
    Signing(tables.engine, "other.example", Signer("other.example", bytes(32)), mark).sign()
    with pytest.raises(CheckpointRefused, match="is of other"):
        signing(tables.engine, mark).sign()


def test_two_signers_at_once_sign_one_history(tables: Projection, tmp_path: Path) -> None:
    one = signing(tables.engine, Mark(tmp_path / "one"))
    two = signing(tables.engine, Mark(tmp_path / "two"))
    for size in range(1, 40):
        grow(tables, size)
        assert (one if size % 2 else two).sign() == (two if size % 2 else one).sign()


def test_whoever_asks_again_keeps_nobody_from_writing(tables: Projection, mark: Mark) -> None:
    grow(tables, 5)
    by = signing(tables.engine, mark)
    found = by.sign()
    with tables.engine.connect().execution_options(sqlite_alone=True) as writer, writer.begin():
        writer.execute(checkpoints.checkpoints.update().values(size=4))
        assert by.sign() == found


class Overtaken(Mark):
    """Is read when another has signed further since the reader looked at the tables."""

    def __init__(self, path: Path, sign: Callable[[], object]) -> None:
        super().__init__(path)
        self.acts = [sign]

    @override
    def read(self) -> bytes | None:
        while self.acts:
            self.acts.pop()()
        return super().read()


def test_a_signer_that_was_overtaken_is_not_refused(
    tables: Projection, mark: Mark, tmp_path: Path
) -> None:
    grow(tables, 5)
    signing(tables.engine, mark).sign()

    def further() -> None:
        grow(tables, 6)
        signing(tables.engine, mark).sign()

    late = Overtaken(tmp_path / "key.checkpoint", further)
    assert signing(tables.engine, late).sign().size == 6


def test_a_rebuilt_tree_is_the_same(tables: Projection, mark: Mark) -> None:
    grow(tables, 400)
    before = signing(tables.engine, mark).sign()
    tables.drop()
    for size in (3, 250, 256, 399, 400):
        grow(tables, size)
    assert signing(tables.engine, mark).sign() == before
    fresh = replayed(JOURNAL[:400], "sqlite://", 10_000)
    assert fresh.contents()["tiles"] == tables.contents()["tiles"]
    fresh.engine.dispose()


def test_a_changed_tile_is_noticed(tables: Projection, mark: Mark) -> None:
    """At the right edge by the next signature; anywhere by an audit, and by whoever has a proof."""
    grow(tables, 300)
    signed = signing(tables.engine, mark).sign()
    sound = tables.contents()
    for path, position in (("0/001", 270), ("1/000", 270), ("0/000", 5)):
        with tables.engine.begin() as connection:
            kept = tree.tile(connection, path)
            assert kept is not None
            spoilt = bytes([kept[0] ^ 1]) + kept[1:]
            changed = update(tree.tiles).where(tree.tiles.c.path == path)
            connection.execute(changed.values(hashes=spoilt))
            if path != "0/000":  # a full tile is read for no root: the one above has its hash
                with pytest.raises(CheckpointRefused, match="another tree of 300"):
                    signing(tables.engine, mark)._signed(connection)
            shown = checkpoints.proof(connection, signed, position)
            wrong = receipt.check(JOURNAL[position], shown, (SIGNER.key,))
            assert wrong.doubt is Doubt.ENTRY_DIFFERS
        assert tables.contents() != sound
        with tables.engine.begin() as connection:
            connection.execute(changed.values(hashes=kept))
    assert tables.contents() == sound


def test_a_tile_that_is_gone_stops_the_tables(tables: Projection) -> None:
    grow(tables, 300)
    with tables.engine.begin() as connection:
        connection.execute(text("DELETE FROM tiles WHERE path = '0/001'"))
    with pytest.raises(Halted, match="no tile 0/001; tonne rebuild"):
        grow(tables, 301)
