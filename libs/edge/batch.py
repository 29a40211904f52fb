"""The rows that a run of entries makes: kept back, then written with one call per table."""

from collections.abc import Iterable
from typing import TypeAlias

from sqlalchemy import Connection, Table

from libs.edge import bulk
from libs.edge.bulk import Row, Value

Named: TypeAlias = tuple[Table, Value]


class Batch:
    """What a run of entries adds to the tables, and changes in them.

    A row may be looked at and changed as often as entries say; what comes of it is written once.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._added: dict[Table, list[Row]] = {}
        self._keyed: dict[Named, Row] = {}
        self._stored: dict[Named, Row | None] = {}
        self._changed: dict[Named, Row] = {}

    def add(self, table: Table, row: Row, key: Value = None) -> None:
        """Add a row; one that may be changed again names its key."""
        self._added.setdefault(table, []).append(row)
        if key is not None:
            self._keyed[table, key] = row

    def expect(self, table: Table, keys: Iterable[Value]) -> None:
        """Read all rows with these keys with one question, since each will be looked at."""
        asked = [key for key in dict.fromkeys(keys) if (table, key) not in self._stored]
        self._stored.update(((table, key), None) for key in asked)
        (column,) = table.primary_key
        for row in bulk.find(self.connection, table, asked):
            named = (table, row[column.name])
            self._stored[named] = {**row, **self._changed.get(named, {})}

    def row(self, table: Table, key: Value) -> Row | None:
        """Return the row with this key as it will be, or None."""
        added = self._keyed.get((table, key))
        if added is not None:
            return added
        self.expect(table, (key,))
        return self._stored[table, key]

    def change(self, table: Table, key: Value, changes: Row) -> None:
        """Change columns of the row with this key."""
        added, stored = self._keyed.get((table, key)), self._stored.get((table, key))
        if added is not None:
            added.update(changes)
            return
        self._changed.setdefault((table, key), {}).update(changes)
        if stored is not None:
            stored.update(changes)

    def flush(self) -> None:
        """Write everything."""
        for table, rows in self._added.items():
            bulk.write(self.connection, table, rows)
        alike: dict[tuple[Table, tuple[str, ...]], list[Row]] = {}
        for (table, key), changes in self._changed.items():
            (column,) = table.primary_key
            alike.setdefault((table, tuple(sorted(changes))), []).append(
                {**changes, column.name: key}
            )
        for (table, _), rows in alike.items():
            (column,) = table.primary_key
            bulk.change(self.connection, table, rows, column.name)
        self._added, self._keyed, self._stored, self._changed = {}, {}, {}, {}
