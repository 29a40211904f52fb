"""Rows in bulk, as each database takes them fastest: COPY and arrays, or `executemany`.

Every statement is compiled once per table: going through SQLAlchemy for every row would cost as
much as the database does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Value: TypeAlias = int | str | bytes | None
Row: TypeAlias = dict[str, Value]
Values: TypeAlias = tuple[Value, ...]

KEYS_AT_ONCE = 1000
"""How many keys one question names: every database has a limit."""


def write(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that have every column."""
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
        return
    statement, shape = _insertion(table, connection.dialect)
    connection.exec_driver_sql(statement, [shape(row) for row in rows])


def change(connection: Connection, table: Table, rows: Sequence[Row], key: str) -> None:
    """Change columns of rows that are there; all rows name the key and the same columns."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            _change(table, tuple(rows[0]), key), _columns(tuple(rows[0]), rows)
        )
        return
    known = table.c[key] == bindparam("key_")
    asked = [{"key_" if name == key else name: row[name] for name in row} for row in rows]
    connection.execute(update(table).where(known), asked)


def remove(connection: Connection, table: Table, keys: Sequence[Values]) -> None:
    """Delete the rows with these primary keys."""
    names = tuple(column.name for column in table.primary_key)
    if connection.dialect.name == "postgresql":
        parts = tuple(list(part) for part in zip(*keys, strict=True))
        connection.exec_driver_sql(_removal(table), parts)
        return
    statement, shape = _deletion(table, connection.dialect)
    rows = [dict(zip(names, key, strict=True)) for key in keys]
    connection.exec_driver_sql(statement, [shape(row) for row in rows])


def find(
    connection: Connection, table: Table, keys: Sequence[Value]
) -> Iterator[Mapping[str, Any]]:
    """Return the rows with these primary keys, which have one column."""
    (column,) = table.primary_key
    left = iter(keys)
    while some := list(islice(left, KEYS_AT_ONCE)):
        for row in connection.execute(select(table).where(column.in_(some))).mappings():
            yield {str(name): value for name, value in row.items()}


def arrays(kinds: Sequence[Column[Any]]) -> str:
    """Return PostgreSQL's `unnest` of one array per column: rows that stand in a statement."""
    return f"unnest({', '.join(f'%s::{_kind(column)}[]' for column in kinds)})"


def _copy(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    statement, kinds, shape = _copying(table)
    dialect, raw = connection.dialect, connection.connection.driver_connection
    assert dialect.loaded_dbapi is not None
    assert raw is not None
    wrongs = dialect.loaded_dbapi.Error
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copying:
            copying.set_types(kinds)
            for values in map(shape, rows):
                copying.write_row(values)
    except wrongs as wrong:  # as if SQLAlchemy had asked: it knows nothing of COPY
        raise DBAPIError.instance(
            statement, None, wrong, wrongs, hide_parameters=True, dialect=dialect
        ) from wrong


@cache
def _copying(table: Table) -> tuple[str, list[str], Callable[[Row], Any]]:
    names = [column.name for column in table.c]
    quoted = ", ".join(f'"{name}"' for name in names)
    statement = f'COPY "{table.name}" ({quoted}) FROM STDIN (FORMAT BINARY)'
    return statement, [_kind(column) for column in table.c], itemgetter(*names)


@cache
def _insertion(table: Table, dialect: Dialect) -> tuple[str, Callable[[Row], Any]]:
    return _compiled(insert(table).compile(dialect=dialect))


@cache
def _deletion(table: Table, dialect: Dialect) -> tuple[str, Callable[[Row], Any]]:
    keyed = [column == bindparam(column.name) for column in table.primary_key]
    return _compiled(delete(table).where(*keyed).compile(dialect=dialect))


def _compiled(compiled: Any) -> tuple[str, Callable[[Row], Any]]:
    """Return a statement's text, and how a row becomes what the driver wants beside it."""
    if compiled.positional and compiled.positiontup:
        return str(compiled), itemgetter(*compiled.positiontup)
    return str(compiled), dict


@cache
def _change(table: Table, names: tuple[str, ...], key: str) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    given = arrays([table.c[name] for name in names])
    sets = ", ".join(f'"{name}" = new."{name}"' for name in names if name != key)
    return (
        f'UPDATE "{table.name}" AS old SET {sets} FROM {given} AS new({quoted})'  # noqa: S608 - our names
        f' WHERE old."{key}" = new."{key}"'
    )


@cache
def _removal(table: Table) -> str:
    columns = list(table.primary_key)
    quoted = ", ".join(f'"{column.name}"' for column in columns)
    same = " AND ".join(f'old."{column.name}" = gone."{column.name}"' for column in columns)
    gone = f"{arrays(columns)} AS gone({quoted})"
    return f'DELETE FROM "{table.name}" AS old USING {gone} WHERE {same}'  # noqa: S608 - as above


def _columns(names: tuple[str, ...], rows: Sequence[Row]) -> tuple[list[Value], ...]:
    return tuple([row[name] for row in rows] for name in names)


def _kind(column: Column[Any]) -> str:
    """Return PostgreSQL's name of a column's type, as COPY and arrays want it."""
    match column.type:
        case BigInteger():
            return "int8"
        case Integer():
            return "int4"
        case Boolean():
            return "bool"
        case LargeBinary():
            return "bytea"
        case _:
            return "text"
