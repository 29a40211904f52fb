"""Rows as lines of commands: which columns there are, and what a cell must be."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.texts import Code, Name, Note
from services.bulk.source import Cells, Source
from services.importers.rows import Row, Table, one_line, plain
from services.importers.sheets import SourceFault, Where
from services.pools.commands import (
    AllocateGrams,
    Allocation,
    Commitment,
    Pledge,
    PledgeDonations,
)

WHO: Mapping[str, tuple[str, ...]] = {
    "person": ("person", "氏名", "お名前"),
    "recipient": ("recipient", "宛名", "受領者", "法人名"),
    "commitment": ("commitment", "コミットメント"),
    "note": ("note", "備考", "摘要"),
}
TEXTS: Mapping[str, Any] = {
    "recipient": Name,
    "commitment": Commitment,
    "person": Name,
    "note": Note,
    "goods": Code,
}
ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!"}
)
"""What a spreadsheet writes where a formula failed."""

Told: TypeAlias = Allocation | Pledge


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one row asks for, and the number of the row as a person finds it.

    `person` is a natural person's name: it is kept beside the journal and never enters it.
    """

    row: int
    told: Told
    person: str = ""


class Kind(msgspec.Struct, frozen=True):
    """What the rows of a table become.

    columns  by our name of a column, the headers it is known under
    amount   the column whose sum is told beforehand
    read     what a row says, in a table of a tenant's goods or of none
    command  the command of so many lines, of a pool and perhaps a tenant
    """

    type: str
    columns: Mapping[str, tuple[str, ...]]
    amount: str
    read: Callable[[Row], Told]
    command: Callable[..., msgspec.Struct]

    @property
    def headers(self) -> Mapping[str, tuple[str, ...]]:
        """Every header there may be, by our name of its column."""
        return {**self.columns, **WHO}


def lines(source: Source, kind: Kind) -> Iterator[Line]:
    """Yield every line of a source; raise SourceFault at the first cell that cannot be."""
    rows = enumerate(source.rows(), 1)
    table = _header(source, kind, rows)
    for number, cells in rows:
        if not any(one_line(cell) for cell in cells):
            continue
        row = Row(table, number, cells)
        for place, cell in enumerate(cells):
            if place not in table.headers and one_line(cell):
                raise row.fault("cell_without_header", "", f"{one_line(cell)[:40]!r} has no header")
        yield Line(number, kind.read(row), _person(row))


def _header(source: Source, kind: Kind, rows: Iterator[tuple[int, Cells]]) -> Table:
    """Read the header: the first row that is not empty; every column must be known."""
    known = {plain(name): ours for ours, names in kind.headers.items() for name in names}
    for number, cells in rows:
        titles = {place: one_line(cell) for place, cell in enumerate(cells) if one_line(cell)}
        if not titles:
            continue
        columns: dict[str, int] = {}
        for place, title in titles.items():
            where = Where(source.file, source.sheet, number, title[:40])
            ours = known.get(plain(title))
            if ours is None:
                why = f"the header is none of {sorted(kind.headers)}"
                raise SourceFault("header_unknown", where, why)
            if ours in columns:
                raise SourceFault("header_twice", where, "two columns say the same")
            columns[ours] = place
        named = {ours: titles[place] for ours, place in columns.items()}
        return Table(source.file, source.sheet, columns, named, titles, [], number + 1, [])
    raise SourceFault("header_missing", Where(source.file, source.sheet), "there is no row")


def text(row: Row, column: str) -> str | UnsetType:
    """Return a cell's text as it was written but for the blanks around it, or that it is empty.

    What a program made of a name is refused: the error of a formula, a date, true or false.
    """
    value = row.raw(column)
    if value in ERRORS or (column != "note" and isinstance(value, bool | date | time)):
        raise row.fault("text_invalid", column, f"{one_line(value)} is no text that was written")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    said = "" if value is None else str(value).strip()
    if not said:
        return UNSET
    try:
        return str(msgspec.convert(said, TEXTS[column]))
    except msgspec.ValidationError as wrong:
        raise row.fault("text_invalid", column, str(wrong)) from None


def number(row: Row, column: str) -> int | UnsetType:
    """Return a whole number from 1 on, or that the cell is empty."""
    return UNSET if row.none(column) else row.quantity(column)


def _who(row: Row) -> dict[str, Any]:
    return {name: text(row, name) for name in WHO if name != "person"}


def _person(row: Row) -> str:
    person = text(row, "person")
    if person is UNSET:
        return ""
    if text(row, "commitment") is not UNSET:
        raise row.fault("person_ambiguous", "person", "a commitment stands for a person already")
    return str(person)


def _allocation(row: Row) -> Allocation:
    grams, goods, count = number(row, "grams"), text(row, "goods"), number(row, "count")
    if (grams is UNSET) == (goods is UNSET):
        raise row.fault("grams_ambiguous", "grams", "either grams must be said, or goods")
    if goods is UNSET and count is not UNSET:
        raise row.fault("grams_ambiguous", "count", "a count is of goods, and none are named")
    return Allocation(grams=grams, goods=goods, count=count, **_who(row))


def _pledge(row: Row) -> Pledge:
    return Pledge(yen=row.quantity("yen"), **_who(row))


ALLOCATIONS = Kind(
    "grams.allocate.v1",
    {
        "grams": ("grams", "g", "グラム", "グラム数", "数量(g)"),
        "goods": ("goods", "商品", "商品コード"),
        "count": ("count", "個数", "枚数"),
    },
    "grams",
    _allocation,
    AllocateGrams,
)
PLEDGES = Kind(
    "donations.pledge.v1",
    {"yen": ("yen", "円", "金額", "金額(円)", "寄付額", "寄附額")},
    "yen",
    _pledge,
    PledgeDonations,
)
