"""Overwriting: what is erased from a database leaves its pages too, as far as that can be made so.

A row that is gone stands on in free pages, in space that rows left behind and in the log of
writes. A file is written anew without all that; of a server's files we reach the tables alone.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from sqlalchemy import Connection, Engine, Table, inspect
from sqlalchemy.exc import DBAPIError

from libs.edge.database import reaching, shared

SERVER = "the server's log of writes, its archives and its standbys, until they are recycled"
"""What no statement of ours reaches."""


def begin(connection: Connection) -> None:
    """Let what this transaction takes out of a file be overwritten; let a server take its time."""
    if shared(connection.engine):
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    else:
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def clean(engine: Engine, whole: Sequence[Table], swept: Sequence[Table] = ()) -> tuple[str, ...]:
    """Write a file anew, or a server's tables; say in words what still holds what was erased.

    A server's `whole` tables are written anew, nobody reads them meanwhile; of `swept` ones the
    space is freed, and overwritten as it is used again.
    """
    if not shared(engine):
        return _file(engine)
    remains = [SERVER]
    with reaching(), engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("SET statement_timeout = 0")
        try:
            there = set(inspect(connection).get_table_names())
            for how, tables in (("VACUUM FULL", whole), ("VACUUM", swept)):
                for table in tables:
                    if table.name in there:
                        try:
                            connection.exec_driver_sql(f"{how} {table.name}")
                        except DBAPIError as wrong:
                            remains.append(f"{table.name}: {how} failed ({wrong.orig}); once more")
        finally:
            connection.invalidate()  # its settings are nobody else's
    remains += [f"free space of {one.name}, until it is used again" for one in swept]
    return tuple(remains)


def _file(engine: Engine) -> tuple[str, ...]:
    """Write a file anew and empty its log; whoever reads it just now can keep us from either."""
    try:
        with closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
            cursor.execute("VACUUM")
            busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        busy = True
    name = engine.url.database
    return (f"{name} and its -wal: somebody uses it just now; once more",) if busy else ()
