"""The numbered steps make the very schema that the code describes, on both databases."""

import json
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from libs.edge.database import TablesUnavailable
from libs.edge.schema import METADATA
from libs.ledger.ports import Halted
from services import migrating, views
from services.cli import app
from tests.edge.journals import contents, follow, journal

CATALOG = (
    """SELECT table_name, column_name, data_type, character_maximum_length, collation_name,
      is_nullable, column_default FROM information_schema.columns
      WHERE table_schema = 'public'""",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable,
      condeferred FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    """SELECT tgname, pg_get_triggerdef(oid), tgenabled FROM pg_trigger
      WHERE NOT tgisinternal""",
    "SELECT proname, prosrc FROM pg_proc WHERE proname = 'refuse_change'",
    "SELECT extname FROM pg_extension",
)
VERSION = "alembic_version"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, opened: Callable[..., Engine], tmp_path: Path) -> Engine:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return opened(f"sqlite:///{tmp_path}/tables.db")
    return opened(request.getfixturevalue("database"))


STEPS = Path(__file__).resolve().parents[2] / "deploy" / "migrations" / "versions"
NEWEST = max(path.name[:4] for path in STEPS.glob("[0-9]*.py"))


def described(engine: Engine) -> set[str]:
    """Return all that a database says of its schema, line by line."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            rows = [str(row) for query in CATALOG for row in connection.execute(text(query))]
        else:
            found = connection.execute(text("SELECT tbl_name, sql FROM sqlite_master"))
            rows = [f"{row.tbl_name} {line}" for row in found for line in _lines(row.sql or "")]
    return {row for row in rows if VERSION not in row}


def _lines(sql: str) -> list[str]:
    """Split a statement into its parts: a column that joined later stands on its last line."""
    parts = re.split(r"\n|, (?![^(]*\))", sql.replace('"', ""))
    return [re.sub(r"\s+", " ", part).strip(" ,") for part in parts]


def test_the_steps_and_the_code_describe_one_schema(empty: Engine) -> None:
    migrating.upgrade(empty)
    assert migrating.check(empty) == []
    stepped = described(empty)
    migrating.downgrade(empty, "base")
    for metadata in migrating.METADATA:
        metadata.create_all(empty)
    assert stepped == described(empty)
    assert len(stepped) > 100


def test_every_text_of_the_tables_sorts_by_code_point(
    opened: Callable[..., Engine], tables: str
) -> None:
    asked = text(
        "SELECT table_name, column_name FROM information_schema.columns WHERE collation_name <> 'C'"
        " OR data_type IN ('text', 'character varying') AND collation_name IS NULL"
    )
    with opened(tables).connect() as connection:
        others = {row.table_name for row in connection.execute(asked)}
    assert others.isdisjoint(METADATA.tables)


def test_up_and_down_and_up_again(empty: Engine) -> None:
    first = migrating.upgrade(empty)
    there = described(empty)
    assert migrating.upgrade(empty) == first, "and once more is nothing"
    assert described(empty) == there
    while (at := migrating.downgrade(empty, "-1")) != migrating.BASE:
        assert migrating.check(empty) == [f"the schema is at {at}, this code works on {first}"]
    assert set(inspect(empty).get_table_names()) <= {VERSION}
    assert migrating.upgrade(empty) == first
    assert described(empty) == there


def test_two_that_move_the_schema_at_once_both_succeed(
    empty: Engine, opened: Callable[..., Engine]
) -> None:
    engines = [opened(empty.url) for _ in range(4)]
    together = threading.Barrier(len(engines))
    came: list[str] = []

    def move(engine: Engine) -> None:
        together.wait()
        came.append(migrating.upgrade(engine))

    movers = [threading.Thread(target=move, args=(engine,)) for engine in engines]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join()
    assert came == [migrating.upgrade(empty)] * len(engines)
    assert migrating.check(empty) == []


def test_a_step_that_fails_leaves_the_schema_as_it_was(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE rules (foreign_one INTEGER)"))
    before = described(empty)
    with pytest.raises(DBAPIError, match="rules"):
        migrating.upgrade(empty)
    assert described(empty) == before
    with empty.begin() as connection:
        connection.execute(text("DROP TABLE rules"))
    migrating.upgrade(empty)
    assert migrating.check(empty) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("ALTER TABLE movements ADD COLUMN old INTEGER", "remove_column"),
        ("DROP INDEX movements_by_lot", "movements_by_lot"),
        ("DROP TRIGGER movements_stay ON movements", "movements: movements_stay"),
        ("ALTER TABLE movements DISABLE TRIGGER movements_stay", "movements: movements_stay"),
        ("ALTER TABLE holdings DROP CONSTRAINT holdings_once", "holdings: holdings_once"),
        ("ALTER TABLE holdings DROP CONSTRAINT holdings_in_order", "holdings: holdings_in_order"),
    ],
)
def test_whatever_differs_is_named(
    opened: Callable[..., Engine], tables: str, change: str, words: str
) -> None:
    engine = opened(tables)
    with engine.begin() as connection:
        connection.execute(text(change))
    (found,) = migrating.check(engine)
    assert words in found


def test_a_projection_asks_for_the_steps_and_takes_none(
    opened: Callable[..., Engine], database: str
) -> None:
    engine = opened(database)
    with pytest.raises(Halted, match="tonne migrate upgrade"):
        views.followers(engine)
    assert inspect(engine).get_table_names() == []
    migrating.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE lots DROP COLUMN issued CASCADE"))
    with pytest.raises(Halted, match=r"no column lots\.issued"):
        views.followers(engine)


def test_older_code_goes_on_where_a_step_only_adds(
    opened: Callable[..., Engine], tables: str
) -> None:
    engine = opened(tables)
    entries = journal(5, 60)
    (projection,) = views.followers(engine)
    follow(projection, entries[:30])
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE movements ADD COLUMN newer INTEGER"))
        connection.execute(text("CREATE INDEX newer ON movements (newer)"))
    follow(projection, entries[30:])
    assert views.followers(opened(tables))[0].contents() == contents(entries)


def test_tables_that_an_embedded_registry_made_are_its_own(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened(f"sqlite:///{tmp_path}/views.db")
    views.followers(engine)
    with pytest.raises(Halted, match="without migrations"):
        migrating.upgrade(engine)


def test_a_schema_that_others_keep_busy_is_left_alone(
    opened: Callable[..., Engine], tables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "WAIT_SECONDS", 0.05)
    with opened(tables).connect() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(hashtext('tonne.migrate'))"))
        with pytest.raises(TablesUnavailable, match="lock timeout"):
            migrating.upgrade(opened(tables))


def test_the_steps_travel_with_the_program(tmp_path: Path) -> None:
    root = migrating.MIGRATIONS.parents[1]
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(root).as_posix()
        for path in migrating.MIGRATIONS.rglob("*")
        if path.suffix in (".py", ".mako")
    }
    assert "deploy/migrations/env.py" in wanted
    assert wanted <= packed


def test_on_the_command_line(database: str) -> None:
    def tonne(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["migrate", *words, "--database", database])
        assert done.exit_code == code, done.output
        return done.stdout

    assert json.loads(tonne("check", "--json", code=1)) == {
        "ok": False,
        "differences": [f"the schema is at base, this code works on {NEWEST}"],
    }
    assert json.loads(tonne("upgrade", "--json")) == {"at": NEWEST}
    assert json.loads(tonne("check", "--json")) == {"ok": True, "differences": []}
    assert "at 0001" in tonne("downgrade", "0001")
    assert f"at {NEWEST}" in tonne("upgrade")
    assert "is what this program works on" in tonne("check")
