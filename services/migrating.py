"""The schema of a database: made and moved by numbered steps, one process at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Engine, MetaData, inspect, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import SchemaItem

import services
from libs.edge import checkpoints, codes, particulars, pins, schema
from libs.edge.cursors import cursors
from libs.edge.database import TablesUnavailable, reaching, shared
from libs.ledger.ports import Halted
from services import views  # noqa: F401 - whoever knows the rooms has all their tables
from services.notify import (
    outbox,  # noqa: F401 - whoever imports it has its tables too
    papers,
)

MIGRATIONS = Path(services.__file__).parents[1] / "deploy" / "migrations"
HEAD, BASE = "head", "base"

TRIES, REST_SECONDS = 50, 0.1
WAIT_SECONDS = 60
"""How long one process waits for another that is moving the same schema."""

METADATA: tuple[MetaData, ...] = (
    schema.METADATA,
    pins.pins.metadata,
    codes.codes.metadata,  # of the keys too
    particulars.metadata,
    checkpoints.metadata,
    papers.metadata,  # of the outbox and the contacts too
)
"""Every table that a database may have: what follows the journal, and what does not."""


def upgrade(engine: Engine, to: str = HEAD) -> str:
    """Move the schema forward and return where it is; nothing happens where it is there.

    Raises TablesUnavailable where the database does not answer, or others keep it busy, and Halted
    where the tables were made otherwise.
    """
    with _alone(engine) as connection:
        if _revision(connection) == BASE and inspect(connection).has_table(cursors.name):
            raise Halted("the tables there were made without migrations, by an embedded registry")
        command.upgrade(_config(connection), to)
        return _revision(connection)


def downgrade(engine: Engine, to: str) -> str:
    """Move the schema back and return where it is; what the tables of later steps had is lost."""
    with _alone(engine) as connection:
        command.downgrade(_config(connection), to)
        return _revision(connection)


def check(engine: Engine) -> list[str]:
    """Return how the schema differs from what this code works on, in words; best is nothing."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with reaching(), engine.connect() as connection:
        found = _revision(connection)
        if found != head:
            return [f"the schema is at {found}, this code works on {head}"]
        opts = {"compare_server_default": True, "include_object": meant}
        context = MigrationContext.configure(connection, opts=opts)
        differing = compare_metadata(context, METADATA)  # type: ignore[arg-type]  # several will do
        return [str(each) for each in differing] + [
            f"{name} is missing" for name in _unguarded(connection)
        ]


def meant(thing: SchemaItem, *_: object) -> bool:
    """Say whether Alembic should look at something: not at what SQLite has for want of ranges."""
    return "only" not in thing.info


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Have the schema for ourselves, in one transaction; whoever comes meanwhile waits."""
    with reaching(), _connected(engine) as connection:
        if not shared(engine):
            connection.execution_options(sqlite_alone=True)
        with connection.begin():
            if shared(engine):
                connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('tonne.migrate'))"))
                connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            yield connection


def _connected(engine: Engine) -> Connection:
    """Connect, be it at the third try: a server may just start, another just make the file."""
    for _ in range(TRIES):
        try:
            with reaching():
                return engine.connect()
        except TablesUnavailable:
            time.sleep(REST_SECONDS)
    return engine.connect()


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _revision(connection: Connection) -> str:
    """Return the step that a database is at; `base` where no step was ever taken."""
    return MigrationContext.configure(connection).get_current_revision() or BASE


def _unguarded(connection: Connection) -> Iterator[str]:
    """Name what Alembic does not look at, where it is missing: CHECK, EXCLUDE and triggers."""
    dialect, there = connection.dialect.name, inspect(connection)
    named = set(connection.scalars(text(_NAMES[dialect])))
    for table in (table for metadata in METADATA for table in metadata.sorted_tables):
        named |= {str(known["name"]) for known in there.get_check_constraints(table.name)}
        kinds = (CheckConstraint, *((ExcludeConstraint,) if shared(connection.engine) else ()))
        wanted = [str(each.name) for each in table.constraints if isinstance(each, kinds)]
        if schema.journal(table):
            wanted += schema.guards(table.name, dialect)
        yield from (f"{table.name}: {name}" for name in wanted if name not in named)


_NAMES = {
    "postgresql": "SELECT conname FROM pg_constraint WHERE contype = 'x'"
    " UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
