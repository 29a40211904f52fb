"""How tables are written down, alike on SQLite and PostgreSQL, and what they refuse."""

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import Connection, MetaData, String, Table, event, inspect, text
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine

METADATA = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
    }
)
"""Every table that follows the journal; whoever imports the rooms has them all."""

REFUSE = """\
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is a journal: rows are only added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$"""
"""PostgreSQL's function behind the triggers of append-only tables."""

RANGES = "CREATE EXTENSION IF NOT EXISTS btree_gist"
"""What lets PostgreSQL compare a lot and a range of serials in one constraint."""


def words(length: int | None = None) -> TypeEngine[str]:
    """Text that every database sorts by code point, so that pages and cursors agree."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def guards(name: str, dialect: str) -> dict[str, str]:
    """Return the triggers that let a table's rows only be added, by their names."""
    if dialect == "postgresql":
        does = "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        acts = {f"{name}_stay": "UPDATE OR DELETE OR TRUNCATE"}
    else:
        does = f"BEGIN SELECT RAISE(ABORT, '{name} is a journal: rows are only added'); END"
        acts = {f"{name}_stay_{act.lower()}": act for act in ("UPDATE", "DELETE")}
    return {
        trigger: f"CREATE TRIGGER {trigger} BEFORE {act} ON {name} {does}"
        for trigger, act in acts.items()
    }


def append_only(table: Table) -> Table:
    """Let a table be a journal of facts: the database itself refuses UPDATE and DELETE."""
    table.info["append_only"] = True
    _with(table, "before_create", "postgresql", REFUSE)
    for dialect in ("postgresql", "sqlite"):
        for guard in guards(table.name, dialect).values():
            _with(table, "after_create", dialect, guard)
    return table


def with_ranges(table: Table) -> Table:
    """Let a table have an exclusion constraint over text and a range."""
    table.info["ranged"] = True
    _with(table, "before_create", "postgresql", RANGES)
    return table


def ranged(table: Table) -> bool:
    """Say whether a table has an exclusion constraint over a range."""
    return "ranged" in table.info


def journal(table: Table) -> bool:
    """Say whether a table's rows are only added."""
    return "append_only" in table.info


def _with(table: Table, when: str, dialect: str, statement: str) -> None:
    def run(_: Table, connection: Connection, **__: object) -> None:
        if connection.dialect.name == dialect:
            connection.execute(text(statement))

    event.listen(table, when, run)


def shape(tables: Sequence[Table], dialect: str) -> str:
    """Return a digest of what the tables keep: where it differs, other code has made the rows.

    SQLite's tables are made anew for any difference; on PostgreSQL migrations look after
    constraints and indexes, and only the columns tell whose rows they are.
    """
    if dialect == "sqlite":
        lines = [str(CreateTable(table)) for table in tables]
        lines += sorted(str(CreateIndex(index)) for table in tables for index in table.indexes)
        lines += [f"{table.name} stays" for table in tables if journal(table)]
    else:
        lines = sorted(
            f"{table.name}.{column.name} {column.type}" for table in tables for column in table.c
        )
    return sha256("\n".join(lines).encode()).hexdigest()


def lacking(connection: Connection, tables: Sequence[Table]) -> list[str]:
    """Name the tables, and the columns of tables, that are not there."""
    there = inspect(connection)
    names = set(there.get_table_names())
    missing = [f"table {table.name}" for table in tables if table.name not in names]
    for table in tables:
        if table.name in names:
            columns = {column["name"] for column in there.get_columns(table.name)}
            missing += [f"column {column}" for column in table.c if column.name not in columns]
    return missing


def empty(connection: Connection, tables: Sequence[Table]) -> None:
    """Take every row away, which only the owner of the tables may: journals refuse it else."""
    kept = [table.name for table in tables if journal(table)]
    for name in kept:
        connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER {name}_stay")
    connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in tables)}")
    for name in kept:
        connection.exec_driver_sql(f"ALTER TABLE {name} ENABLE TRIGGER {name}_stay")
