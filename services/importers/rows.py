"""Rows that know where they stand, and cells read strictly: nothing is guessed, nothing rounded."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec

from libs.ledger.serials import INTEGER_MAX
from services.importers.sheets import Cell, Sheet, SourceFault, Where

NOTHING = frozenset({"", "n/a", "-", "--", "- -", "–", "—", "– –"})
"""How sources write that a cell holds nothing; a column may know fewer or more."""

HEADER_AMONG = 60
"""How many rows of titles and notes may stand above a header."""

_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\ufeff]+")
_whole = re.compile(r"(?P<sign>-?)(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?")
_days = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?"),
    re.compile(r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})(?: \d{1,2}:\d\d(?::\d\d)?)?"),
    re.compile(r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日"),
    re.compile(
        r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})(?: \d{1,2}:\d\d(?::\d\d)?(?: [AP]M)?)?"
    ),
)


def one_line(value: Cell) -> str:
    """Return a cell as text on one line: breaks, tabs and runs of blanks become one blank."""
    if value is None:
        return ""
    return " ".join(_control.sub(" ", str(value)).split())


def plain(value: Cell) -> str:
    """Return a text as it is compared: one line, without the differences of width and case."""
    return " ".join(unicodedata.normalize("NFKC", one_line(value)).casefold().split())


def day_of(text: str) -> str | None:
    """Return the day that a text writes in any form seen so far, or None."""
    text = unicodedata.normalize("NFKC", one_line(text))
    for form in _days:
        if found := form.fullmatch(text):
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
            except ValueError:
                return None
    return None


class Row:
    """One row of a table, its cells by the names that the importer gives the columns."""

    __slots__ = ("cells", "number", "table")

    def __init__(self, table: "Table", number: int, cells: tuple[Cell, ...]) -> None:
        self.table = table
        self.number = number
        self.cells = cells

    def where(self, column: str = "") -> Where:
        """Return where this row, or a cell of it, is found."""
        title = self.table.titles.get(column, column)
        return Where(self.table.file, self.table.sheet, self.number, title)

    def fault(self, code: str, column: str, why: str) -> SourceFault:
        """Return the fault of a cell."""
        return SourceFault(code, self.where(column), why)

    def raw(self, column: str) -> Cell:
        """Return a cell as it was read; None where the table has no such column."""
        index = self.table.columns.get(column)
        return self.cells[index] if index is not None and index < len(self.cells) else None

    def text(self, column: str) -> str:
        """Return a cell as text on one line."""
        return one_line(self.raw(column))

    def needed(self, column: str) -> str:
        """Return a cell's text, which must be there."""
        text = self.text(column)
        if plain(text) in NOTHING:
            raise self.fault("cell_empty", column, "something must stand here")
        return text

    def none(self, column: str, nothing: Collection[str] = NOTHING) -> bool:
        """Say whether a cell holds nothing, in a way this column is known to say so."""
        return plain(self.raw(column)) in nothing

    def integer(
        self, column: str, *, nothing: Collection[str] = NOTHING, floats: bool = False
    ) -> int | None:
        """Return a whole number from 0 on, or None where the cell holds nothing.

        `floats` is for columns that a program wrote as 550369.0: a zero fraction is let pass there.
        """
        value = self.raw(column)
        if plain(value) in nothing:
            return None
        shown = one_line(value)[:40]
        if isinstance(value, float):
            if not value.is_integer():
                raise self.fault("not_whole", column, f"{shown} is no whole number")
            value = int(value)
        found = _whole.fullmatch(plain(value))
        raised = any(unicodedata.category(one) == "No" for one in shown)  # 10² is not 102
        if isinstance(value, bool) or raised or not found:
            raise self.fault("not_a_number", column, f"{shown!r} is no number")
        if found["fraction"] and (not floats or found["fraction"].strip(".0")):
            raise self.fault("not_whole", column, f"{shown} is no whole number")
        number = int(found["digits"].replace(",", ""))
        if found["sign"]:
            raise self.fault("negative", column, f"{shown} is negative")
        if number > INTEGER_MAX:
            raise self.fault("too_large", column, f"{shown} is more than {INTEGER_MAX}")
        return number

    def quantity(self, column: str, *, floats: bool = False) -> int:
        """Return a whole number from 1 on, which must be there."""
        number = self.integer(column, floats=floats)
        if not number:
            raise self.fault("cell_empty", column, "a quantity must stand here")
        return number

    def day(self, column: str, nothing: Collection[str] = NOTHING) -> str | None:
        """Return a day as 2013-01-24, or None where the cell holds nothing."""
        value = self.raw(column)
        if isinstance(value, date):
            day = value.date() if isinstance(value, datetime) else value
            return day.isoformat()
        if plain(value) in nothing:
            return None
        read = day_of(one_line(value))
        if read is None:
            raise self.fault("not_a_day", column, f"{one_line(value)[:40]!r} is no day")
        return read

    def needed_day(self, column: str) -> str:
        """Return a day, which must be there."""
        day = self.day(column)
        if day is None:
            raise self.fault("cell_empty", column, "a day must stand here")
        return day


class Table(msgspec.Struct, frozen=True):
    """The rows under a header, and where the importer's columns are.

    titles   the source's own header over each column
    headers  every header text, by index, known to the importer or not
    above    the rows above the header: titles and notes
    """

    file: str
    sheet: str
    columns: dict[str, int]
    titles: dict[str, str]
    headers: dict[int, str]
    above: list[tuple[Cell, ...]]
    first: int
    body: list[tuple[Cell, ...]]

    def also(self, header: str, place: int) -> None:
        """Let a column that only the source knows be read by its own header."""
        self.columns[header] = place
        self.titles[header] = header

    def __iter__(self) -> Iterator[Row]:
        for number, cells in enumerate(self.body, self.first):
            if any(one_line(cell) for cell in cells):
                yield Row(self, number, cells)


def find(
    sheet: Sheet,
    columns: Mapping[str, Sequence[str]],
    key: Collection[str],
    optional: Collection[str] = (),
    least: int = 1,
) -> Table | None:
    """Find the table whose header has the `key` columns, `least` in all; a sheet may have none.

    `columns` gives, for the importer's name of a column, the headers it is known under. A header
    that has the key and lacks another column that is not `optional` is a fault.
    """
    known = [(_close(h), name) for name, headers in columns.items() for h in headers]
    for index, row in enumerate(sheet.rows[:HEADER_AMONG]):
        places: dict[str, int] = {}
        twice = ""
        for place, cell in enumerate(row):
            name = _named(known, _close(cell))
            if name is not None:
                twice = one_line(cell) if name in places else twice
                places[name] = place
        if not places.keys() >= set(key) or len(places) < least:
            continue
        if twice:
            where = Where(sheet.file, sheet.name, index + 1, twice)
            raise SourceFault("header_twice", where, "two columns have this header")
        for name in columns:
            if name not in places and name not in optional:
                where = Where(sheet.file, sheet.name, index + 1, columns[name][0])
                raise SourceFault("header_missing", where, "the header has no such column")
        return Table(
            sheet.file,
            sheet.name,
            places,
            {name: one_line(row[place]) for name, place in places.items()},
            {place: one_line(cell) for place, cell in enumerate(row) if one_line(cell)},
            sheet.rows[:index],
            index + 2,
            sheet.rows[index + 1 :],
        )
    return None


def _close(header: Cell) -> str:
    """Return a header without its blanks and line breaks: sources break it where it fits."""
    return plain(header).replace(" ", "")


def _named(known: Sequence[tuple[str, str]], header: str) -> str | None:
    """Return our name for a header; one that we know by its beginning ends in a star."""
    for title, name in known:
        if header == title or (title.endswith("*") and header.startswith(title[:-1])):
            return name
    return None


def whole_table(
    sheet: Sheet, columns: Mapping[str, Sequence[str]], optional: Collection[str] = ()
) -> Table:
    """Find the table that a file must be: its first row is the header, every row is as long."""
    first = columns[next(iter(columns))]
    needed = [name for name in columns if name not in optional]
    table = find(sheet, columns, needed[:1], optional)
    if table is None:
        where = Where(sheet.file, sheet.name, 1, first[0])
        raise SourceFault("header_missing", where, "the header has no such column")
    width = len(sheet.rows[table.first - 2])
    for number, cells in enumerate(table.body, table.first):
        if cells and len(cells) != width and not sheet.name:
            where = Where(sheet.file, sheet.name, number)
            why = f"{len(cells)} cells stand under {width} headers"
            raise SourceFault("row_length", where, why)
    return table
