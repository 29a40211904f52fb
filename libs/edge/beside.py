"""Tables made anew beside those that are read, on PostgreSQL, and put in their place at once.

They stand in a schema of their own that nobody reads. Whatever ends this half way leaves the live
tables as they are, and the leftovers to the next who begins.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.exc import DBAPIError

from libs.edge.cursors import cursors
from libs.edge.database import connect
from libs.edge.schema import journal, lacking, ranged
from libs.ledger.ports import Halted

SCHEMA = "beside"

LOADING = {
    "synchronous_commit": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "maintenance_work_mem": "256MB",
}
"""For a load that is worth nothing until it is whole."""

TABLES_AT_ONCE = 2
DEPENDENT = "2BP01"
"""What the server says where somebody has built on a table, a view say."""

_CONSTRAINTS = """\
SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = to_regclass(:live) AND contype IN ('p', 'u', 'x')"""

_REST = """\
SELECT replace(pg_get_indexdef(indexrelid), ' ON ' || :live || ' ', ' ON ' || :beside || ' ')
FROM pg_index WHERE indrelid = to_regclass(:live)
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
UNION ALL
SELECT replace(pg_get_triggerdef(oid), ' ON ' || :live || ' ', ' ON ' || :beside || ' ')
FROM pg_trigger WHERE tgrelid = to_regclass(:live) AND NOT tgisinternal
UNION ALL
SELECT format('GRANT %s ON %s TO %s', privilege_type, :beside,
  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = to_regclass(:live)"""
"""Indexes, triggers and grants of a live table, as statements for the one beside it."""

_SUM = """\
SELECT count(*), sum(hashtextextended(row, 0)::numeric), sum(hashtextextended(row, 1)::numeric)
FROM (SELECT ROW({columns})::text AS row FROM {table}) AS rows"""
"""A digest of a table in any order, as quick as the server reads it."""


class Beside:
    """The tables of some rooms, beside the live ones of the same names."""

    def __init__(self, live: Engine, tables: Sequence[Table]) -> None:
        self._live = live
        self._tables = tables
        with live.connect() as connection:
            self._home = str(connection.scalar(text("SELECT quote_ident(current_schema())")))
        settings = {"search_path": f"{SCHEMA},{self._home}", **LOADING}
        self.engine = connect(live.url, name="tonne rebuild", settings=settings)

    def prepare(self) -> None:
        """Make empty tables, with the keys by which rows are changed and with every CHECK.

        Raises Halted where there are no live ones of this version.
        """
        with self._live.begin() as connection:
            if missing := lacking(connection, (cursors, *self._tables)):
                raise Halted(f"the database has no {missing[0]}; tonne migrate upgrade")
            self.remove(connection)
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
            for table in (cursors, *self._tables):
                like = f"LIKE {self._home}.{table.name} INCLUDING ALL EXCLUDING INDEXES"
                connection.exec_driver_sql(f"CREATE TABLE {SCHEMA}.{table.name} ({like})")
                if not journal(table):
                    self._constrain(connection, table, "p")

    def furnish(self) -> None:
        """Give the filled tables what the live ones have: keys, constraints, indexes, guards.

        Several tables at once: the server does each on a processor of its own.
        """
        with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
            # What compares ranges takes longest, and so begins first.
            slowest_first = sorted(self._tables, key=lambda table: not ranged(table))
            list(pool.map(self._furnish, slowest_first))

    def _furnish(self, table: Table) -> None:
        with self.engine.begin() as connection:
            self._constrain(connection, table, "pux" if journal(table) else "ux")
            for statement in connection.scalars(text(_REST), self._names(table)).all():
                connection.execute(text(statement))
            connection.exec_driver_sql(f"ANALYZE {SCHEMA}.{table.name}")

    def differing(self, connection: Connection) -> Mapping[str, str]:
        """Compare the tables with the live ones, in one snapshot; say what differs of each."""
        found = {}
        for table in self._tables:
            live, beside = (
                connection.execute(text(self._sum(schema, table))).one()
                for schema in (self._home, SCHEMA)
            )
            if tuple(live) != tuple(beside):
                found[table.name] = f"{live[0]} rows, anew {beside[0]}"
        return found

    def replace(self, connection: Connection) -> None:
        """Put the tables in the place of the live ones, whole when the transaction is.

        Raises Halted where somebody has built on the live ones: that is not ours to drop.
        """
        for table in self._tables:
            try:
                connection.exec_driver_sql(f"DROP TABLE {self._home}.{table.name}")
            except DBAPIError as wrong:
                if getattr(wrong.orig, "sqlstate", "") == DEPENDENT:
                    raise Halted(f"the old tables cannot be dropped: {wrong.orig}") from wrong
                raise
            connection.exec_driver_sql(f"ALTER TABLE {SCHEMA}.{table.name} SET SCHEMA {self._home}")
        self.remove(connection)

    def there(self, connection: Connection) -> bool:
        """Say whether there is anything beside."""
        return bool(connection.scalar(text(f"SELECT to_regnamespace('{SCHEMA}') IS NOT NULL")))

    def remove(self, connection: Connection) -> None:
        """Drop what is beside: leftovers of whoever did not come to an end."""
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")

    def _constrain(self, connection: Connection, table: Table, kinds: str) -> None:
        for name, kind, rule in connection.execute(text(_CONSTRAINTS), self._names(table)).all():
            if kind in kinds:
                connection.exec_driver_sql(
                    f'ALTER TABLE {SCHEMA}.{table.name} ADD CONSTRAINT "{name}" {rule}'
                )

    def _names(self, table: Table) -> dict[str, str]:
        return {"live": f"{self._home}.{table.name}", "beside": f"{SCHEMA}.{table.name}"}

    def _sum(self, schema: str, table: Table) -> str:
        columns = ", ".join(f'"{column.name}"' for column in table.c)
        return _SUM.format(columns=columns, table=f"{schema}.{table.name}")
