"""Reading CSV and XLSX files, plain or gzipped, into sheets of cells; and the fault of a source."""

import csv
import gzip
import io
import struct
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import TypeAlias

import msgspec
import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

Cell: TypeAlias = object
"""What a cell holds: text in CSV; text, a number, a date or nothing in XLSX."""

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
FIELD_MAX = 16 * 1024 * 1024
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, IndexError, TypeError),
    *(InvalidFileException, SyntaxError, AttributeError, OSError, RuntimeError, struct.error),
)
"""What reading a damaged workbook may raise; what is no XML is a SyntaxError of either parser."""


class Where(msgspec.Struct, frozen=True):
    """A place in a source, as a person finds it: the first row of a sheet is row 1."""

    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""

    @property
    def text(self) -> str:
        """Return the place in words."""
        parts = [self.file]
        if self.sheet:
            parts.append(f"sheet '{self.sheet}'")
        if self.row:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column '{self.column}'")
        return ", ".join(parts)


class SourceFault(Exception):
    """A source cannot be understood; nothing of it was sent.

    `code` is stable and for programs; the message is for people and names the cell.
    """

    def __init__(self, code: str, where: Where, why: str) -> None:
        super().__init__(f"{where.text}: {why} [{code}]")
        self.code = code
        self.where = where
        self.why = why


class Sheet(msgspec.Struct, frozen=True):
    """The cells of one sheet, row by row; a CSV file is one sheet without a name."""

    file: str
    name: str
    rows: list[tuple[Cell, ...]]


def read(path: Path) -> list[Sheet]:
    """Read every sheet of a file; what it is, its first bytes say."""
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise SourceFault("unreadable", Where(path.name), wrong.strerror or "unreadable") from None
    if raw.startswith(GZIP):
        raw = _unzipped(path.name, raw)
    if raw.startswith(ZIP):
        return _workbook(path.name, raw)
    if ".xls" in path.suffix.lower():
        raise SourceFault("not_a_workbook", Where(path.name), "this is no XLSX workbook")
    return [Sheet(path.name, "", _comma_separated(path.name, raw))]


def _unzipped(file: str, raw: bytes) -> bytes:
    try:
        return gzip.decompress(raw)
    except (EOFError, gzip.BadGzipFile, zlib.error) as wrong:
        raise SourceFault("gzip_damaged", Where(file), f"gzip is damaged: {wrong}") from None


def _comma_separated(file: str, raw: bytes) -> list[tuple[Cell, ...]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        row = raw[: wrong.start].count(b"\n") + 1
        raise SourceFault("not_utf8", Where(file, row=row), "the text is not UTF-8") from None
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        raise SourceFault("not_text", Where(file, row=row), "there is a NUL character")
    csv.field_size_limit(FIELD_MAX)
    rows: list[tuple[Cell, ...]] = []
    try:
        rows.extend(tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as wrong:
        raise SourceFault("csv_damaged", Where(file, row=len(rows) + 1), str(wrong)) from None
    return rows


def _workbook(file: str, raw: bytes) -> list[Sheet]:
    try:
        sheets = _sheets(file, raw, values=True)
        formulas = _sheets(file, raw, values=False) if _has_formulas(raw) else []
    except DAMAGE as wrong:
        why = f"this is no whole XLSX workbook ({type(wrong).__name__})"
        raise SourceFault("not_a_workbook", Where(file), why) from None
    for sheet, shown in zip(formulas, sheets, strict=False):
        _all_calculated(sheet, shown)
    return sheets


def _sheets(file: str, raw: bytes, *, values: bool) -> list[Sheet]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=values)
        try:
            sheets = []
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                rows: list[tuple[Cell, ...]] = [tuple(r) for r in sheet.iter_rows(values_only=True)]
                sheets.append(Sheet(file, sheet.title, rows))
            return sheets
        finally:
            book.close()


def _has_formulas(raw: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        for part in book.namelist():
            if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                xml = book.read(part)
                if b"<f>" in xml or b"<f " in xml:
                    return True
    return False


def _all_calculated(formulas: Sheet, shown: Sheet) -> None:
    """Refuse a formula whose value was never saved: its cell would read as empty."""
    for number, (row, values) in enumerate(zip(formulas.rows, shown.rows, strict=False), 1):
        for column, (cell, value) in enumerate(zip(row, values, strict=False)):
            if value is None and isinstance(cell, str) and cell.startswith("="):
                letter = get_column_letter(column + 1)
                where = Where(shown.file, shown.name, number, letter)
                raise SourceFault("formula_not_calculated", where, "the formula has no value")
