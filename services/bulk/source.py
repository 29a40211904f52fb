"""A file of rows, read one at a time and as often as needed: CSV in UTF-8 or CP932, or XLSX.

Rows are never all in memory. Of a workbook the texts that its cells share are: that is how XLSX
keeps them, and how openpyxl reads them.
"""

import csv
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import file_digest
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self, TypeAlias

import openpyxl
from openpyxl.utils import get_column_letter

from services.importers.sheets import DAMAGE, FIELD_MAX, ZIP, Cell, SourceFault, Where

Encoding: TypeAlias = Literal["utf-8", "cp932"]
Cells: TypeAlias = tuple[Cell, ...]

ROWS_MAX = 1_048_576
"""As many rows as a sheet of XLSX has; a file that names a later one would be read for ever."""

_formula = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
_row = re.compile(rb"<(?:[\w.-]+:)?row\s(?:[^>]*?\s)?r=[\"'](-?\d{1,18})[\"']")

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
CHUNK = 1 << 20


class Source:
    """An open file of rows: what is put in its place meanwhile is not read."""

    def __init__(self, path: Path, encoding: Encoding = "utf-8", sheet: str = "") -> None:
        self.file = path.name
        self.sheet = sheet
        self._encoding = encoding
        try:
            self._raw = path.open("rb")
        except OSError as wrong:
            raise SourceFault("unreadable", Where(self.file), wrong.strerror or "?") from None
        self._workbook = self._raw.read(4) == ZIP

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._raw.close()

    def digest(self) -> str:
        """Return the SHA-256 of the file."""
        self._raw.seek(0)
        return file_digest(self._raw, "sha256").hexdigest()

    def rows(self) -> Iterator[Cells]:
        """Yield the cells of every row, from the first; raise SourceFault at what is no table."""
        self._raw.seek(0)
        if not self._workbook:
            yield from self._comma_separated()
            return
        try:
            yield from self._sheet()
        except DAMAGE as wrong:
            why = f"this is no whole XLSX workbook ({type(wrong).__name__})"
            raise SourceFault("not_a_workbook", Where(self.file), why) from None

    def _comma_separated(self) -> Iterator[Cells]:
        csv.field_size_limit(FIELD_MAX)
        number = 0
        try:
            for row in csv.reader(self._lines(), strict=True):
                number += 1
                yield tuple(row)
        except csv.Error as wrong:
            where = Where(self.file, row=number + 1)
            raise SourceFault("csv_damaged", where, str(wrong)) from None

    def _lines(self) -> Iterator[str]:
        """Yield the lines of a text as they are; neither encoding has a line feed inside a sign."""
        for number, line in enumerate(self._raw, 1):
            if number == 1 and line.startswith(UTF_16):
                raise self._not_text(number, "UTF-16: save it as CSV UTF-8")
            try:
                text = line.decode("utf-8-sig" if number == 1 and not self._old else self._encoding)
            except UnicodeDecodeError:
                raise self._not_text(number, self._advice(line)) from None
            if "\0" in text:
                raise SourceFault("not_text", Where(self.file, row=number), "there is a NUL")
            yield text

    @property
    def _old(self) -> bool:
        return self._encoding == "cp932"

    def _advice(self, line: bytes) -> str:
        if self._old:
            return "the text is not CP932"
        try:
            line.decode("cp932")
        except UnicodeDecodeError:
            return "the text is not UTF-8"
        return "the text is not UTF-8; if Excel wrote it in Japanese, say --encoding cp932"

    def _not_text(self, number: int, why: str) -> SourceFault:
        code = "not_cp932" if self._old else "not_utf8"
        return SourceFault(code, Where(self.file, row=number), why)

    def _sheet(self) -> Iterator[Cells]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shown = self._opened(values=True)
            named = self._named(shown)
            if not self._has_formulas():
                yield from self._bounded(named.iter_rows(values_only=True))
                return
            said = self._opened(values=False)[named.title]
            said.reset_dimensions()
            both = zip_longest(named.iter_rows(values_only=True), said.iter_rows(values_only=True))
            for number, (values, formulas) in enumerate(self._bounded(both), 1):
                self._all_calculated(number, values or (), formulas or ())
                yield values or ()

    def _opened(self, *, values: bool) -> Any:
        return openpyxl.load_workbook(self._raw, read_only=True, data_only=values)

    def _named(self, book: Any) -> Any:
        """Return the sheet that was asked for, or the only one there is."""
        titles = [sheet.title for sheet in book.worksheets]
        if self.sheet not in titles and (self.sheet or len(titles) != 1):
            why = f"say --sheet and one of {titles}"
            raise SourceFault("sheet_unknown", Where(self.file), why)
        found = book[self.sheet or titles[0]]
        found.reset_dimensions()
        return found

    def _bounded(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Yield rows, as many as a sheet has."""
        for number, row in enumerate(rows, 1):
            if number > ROWS_MAX:
                where = Where(self.file, self.sheet, number)
                raise SourceFault("too_many_rows", where, f"a sheet has {ROWS_MAX:,} rows")
            yield row

    def _has_formulas(self) -> bool:
        """Say whether there are formulas; refuse rows out of order: openpyxl would drop them."""
        found = False
        with zipfile.ZipFile(self._raw) as book:
            for part in book.namelist():
                if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                    last = 0
                    with book.open(part) as xml:
                        for tags in _tags(xml):
                            found = found or _formula.search(tags) is not None
                            last = self._in_order(tags, last)
        return found

    def _in_order(self, tags: bytes, last: int) -> int:
        """Return the last row's number; each must be behind the one before."""
        for row in _row.finditer(tags):
            number = int(row[1])
            if number <= last:
                where = Where(self.file, self.sheet, number)
                raise SourceFault("rows_unordered", where, f"row {number} stands behind row {last}")
            last = number
        return last

    def _all_calculated(self, number: int, values: Cells, formulas: Cells) -> None:
        """Refuse a formula whose value was never saved: its cell would read as empty."""
        for column, (value, said) in enumerate(zip_longest(values, formulas), 1):
            if value is None and said is not None:
                where = Where(self.file, self.sheet, number, get_column_letter(column))
                raise SourceFault("formula_not_calculated", where, "the formula has no value")


def _tags(xml: IO[bytes]) -> Iterator[bytes]:
    """Yield the text of a sheet in pieces that cut no tag; one longer than a piece is no row."""
    cut = b""
    while chunk := xml.read(CHUNK):
        text = cut + chunk
        end = text.rfind(b">") + 1
        yield text[:end]
        begun = text.find(b"<", end)
        cut = text[begun:] if begun >= 0 and len(text) - begun < CHUNK else b""
