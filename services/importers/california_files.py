"""Finding California's issuance table and surrender reports in a folder, and reading their rows."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from services.importers.rows import NOTHING, Row, Table, day_of, find, one_line, plain
from services.importers.sheets import Sheet, SourceFault, Where, read

FILES = (".xlsx", ".xlsm", ".csv", ".csv.gz")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ISSUANCE: dict[str, tuple[str, ...]] = {
    "id": ("CARB Issuance ID", "ARB Issuance ID"),
    "opr": ("OPR Project ID",),
    "type": ("Project Type",),
    "early": ("Early Action/ Compliance",),
    "start": ("Reporting Period Start Date",),
    "end": ("Reporting Period End Date",),
    "quantity": ("ARB Offset Credits Issued", "CARB Offset Credits Issued"),
    "buffer": ("Forest Buffer Account Contribution",),
    "issued": ("Issuance Date",),
    "timeframe": ("Invalidation Timeframe",),
    "name": ("Offset Project Name",),
    "operator": ("Offset Project Operator",),
    "state": ("State",),
    "buffer_retired": ("Buffer Pool Retired",),
}
OPTIONAL = ("opr", "timeframe", "state")
LEAST = 5
"""How many of these a row must have to be a header: a description names the columns one by one."""

SURRENDER_LEAST = 3
SURRENDER: dict[str, tuple[str, ...]] = {
    "entity": ("Entity ID", "entity_id"),
    "name": ("Legal Name", "legal_name"),
    "quantity": ("Quantity",),
    "lot": (
        *("ARB Project ID #", "ARB Project ID", "CARB Project ID #", "CARB Project ID"),
        *("ARB Issuance ID", "CARB Issuance ID", "ARB Offset Credit ID", "arb_issuance_id"),
    ),
    "period": ("period",),
    "posted": ("report_posted",),
}
_years = re.compile(r"(?<!\d)(20\d\d)(?:\s*[-–—]\s*(20\d\d|\d\d)(?!\d))?")
_written = re.compile(r"\b([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(20\d\d)")


class Report(msgspec.Struct, frozen=True):
    """A surrender report: the emission years it is about, the day it states, and its lines."""

    first: int
    last: int
    stated_on: str
    file: str
    rows: list[Row]

    @property
    def years(self) -> str:
        """Return the years as a report is called by."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Source(msgspec.Struct, frozen=True):
    """All that a folder holds of California.

    retired  the headers of the retirement columns, the buffer's own left out
    summary  the workbook's own sums, by (stage, project type)
    edition  the day of the edition, and how it is known
    aside    files and sheets that were not used, and why
    """

    table: Table
    retired: tuple[str, ...]
    reports: list[Report]
    summary: dict[tuple[str, str], int]
    edition: str
    edition_by: str
    aside: list[tuple[str, str]]


def collect(path: Path) -> Source:
    """Read a folder (or one file) and choose: workbooks before derived CSV, one table of each."""
    sheets = [sheet for file in _files(path) for sheet in read(file)]
    aside: list[tuple[str, str]] = []
    table = _issuance(path, sheets, aside)
    reports = _reports(sheets, aside)
    book = [sheet for sheet in sheets if sheet.file == table.file]
    edition, by = _edition(book, table)
    used = {table.file, *(report.file for report in reports), *(file for file, _ in aside)}
    aside += [
        (file, "no issuances and no surrenders in it")
        for file in dict.fromkeys(sheet.file for sheet in sheets)
        if file not in used
    ]
    return Source(table, _retired(table), reports, _summary(book), edition, by, aside)


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise SourceFault("not_found", Where(str(path)), "there is no such file or folder")
    if not path.is_dir():
        return [path]
    return [
        file
        for file in sorted(path.iterdir())
        if file.name.lower().endswith(FILES) and not file.name.startswith((".", "~$"))
    ]


def _issuance(path: Path, sheets: list[Sheet], aside: list[tuple[str, str]]) -> Table:
    found = [s for s in sheets if find(s, ISSUANCE, ("id",), ISSUANCE, LEAST) is not None]
    books: dict[str, list[Sheet]] = {}
    for sheet in found:
        books.setdefault(sheet.file, []).append(sheet)
    chosen = [file for file in books if books[file][0].name] or list(books)
    if not chosen:
        rest = {name: titles for name, titles in ISSUANCE.items() if name != "id"}
        near = [t for s in sheets if (t := find(s, rest, (), rest, LEAST)) is not None]
        where = Where(path.name)
        if near:
            row, column = near[0].first - 1, ISSUANCE["id"][0]
            where = Where(near[0].file, near[0].sheet, row, column)
        raise SourceFault("no_issuances", where, "no sheet has a column 'CARB Issuance ID'")
    if len(chosen) > 1:
        why = f"several editions lie here: {', '.join(chosen)}; name one file, or keep one"
        raise SourceFault("several_editions", Where(path.name), why)
    why = f"issuances are read from {chosen[0]}"
    aside += [(file, why) for file in books if file != chosen[0]]
    main = max(books[chosen[0]], key=lambda sheet: len(sheet.rows))
    table = find(main, ISSUANCE, ("id",), OPTIONAL, LEAST)
    assert table is not None
    aside += [
        (f"{sheet.file}, sheet '{sheet.name}'", _extract(sheet, table))
        for sheet in books[chosen[0]]
        if sheet is not main
    ]
    return table


def _retired(table: Table) -> tuple[str, ...]:
    retired: dict[str, int] = {}
    for place, header in table.headers.items():
        if plain(header).startswith("retired "):
            if header in retired:
                where = Where(table.file, table.sheet, table.first - 1, header)
                raise SourceFault("header_twice", where, "two columns have this header")
            retired[header] = place
    if not retired:
        where = Where(table.file, table.sheet, table.first - 1, "Retired Voluntarily")
        raise SourceFault("header_missing", where, "the header has no retirement column")
    for header, place in retired.items():
        table.also(header, place)
    return tuple(retired)


def _extract(sheet: Sheet, main: Table) -> str:
    """Say what a second sheet of issuances adds to the main one: nothing, or which ids."""
    second = find(sheet, ISSUANCE, ("id",), ISSUANCE, LEAST)
    known = {row.text("id") for row in main}
    new = [row.text("id") for row in second or () if row.text("id") not in known]
    if new:
        return f"an extract with ids that sheet '{main.sheet}' lacks: {', '.join(new)}"
    return f"an extract of sheet '{main.sheet}'"


def _reports(sheets: list[Sheet], aside: list[tuple[str, str]]) -> list[Report]:
    chosen: dict[tuple[int, int], Report] = {}
    for sheet in sorted(sheets, key=lambda sheet: not sheet.name):
        table = find(sheet, SURRENDER, (), ("period", "posted"), SURRENDER_LEAST)
        if table is None:
            continue
        for report in _split(table):
            other = chosen.get((report.first, report.last))
            if other is None:
                chosen[report.first, report.last] = report
            elif sheet.name:
                why = f"the surrenders of {report.years} are also in {other.file}; keep one"
                raise SourceFault("several_reports", Where(sheet.file, sheet.name), why)
            else:
                why = f"surrenders of {report.years} are read from {other.file}"
                aside.append((sheet.file, why))
    reports = [chosen[years] for years in sorted(chosen)]
    return [report for report in reports if not _inside(report, reports, aside)]


def _inside(report: Report, reports: list[Report], aside: list[tuple[str, str]]) -> bool:
    """Say whether a report's years lie inside those of another one, which has its lines too."""
    for other in reports:
        if other is not report and other.first <= report.first and report.last <= other.last:
            why = (
                f"the {report.years} report lies inside the {other.years} report: not counted twice"
            )
            aside.append((report.file, why))
            return True
    return False


def _split(table: Table) -> Iterator[Report]:
    """Yield the reports of a table: one in a workbook's sheet, several in a derived CSV."""
    groups: dict[tuple[int, int], list[Row]] = {}
    for row in table:
        if "period" in table.columns and not row.none("entity"):
            years = _span(row.text("period"))
            if years is None:
                raise row.fault("no_years", "period", "no years are named here")
            groups.setdefault(years, []).append(row)
        elif "period" not in table.columns:
            groups.setdefault((0, 0), []).append(row)
    for years, rows in groups.items():
        if years != (0, 0):
            yield Report(*years, day_of(rows[0].text("posted")) or "", table.file, rows)
            continue
        titles = [table.sheet, *(one_line(cell) for row in table.above for cell in row), table.file]
        spans = (_span(_written.sub("", title)) for title in titles)
        named = next((span for span in spans if span), None)
        if named is None:
            where = Where(table.file, table.sheet)
            raise SourceFault("no_years", where, "neither sheet, title nor file name the years")
        stated = next((day for title in titles if (day := written_day(title))), "")
        yield Report(*named, stated, table.file, rows)


def _span(text: str) -> tuple[int, int] | None:
    found = _years.search(text)
    if found is None:
        return None
    first = int(found[1])
    last = (
        int(found[2] if len(found[2]) == len("2014") else found[1][:2] + found[2])
        if found[2]
        else first
    )
    return (first, last) if first <= last else None


def written_day(text: str) -> str | None:
    """Return the first day that a text writes out, as in 'Updated Noveber 24, 2021'."""
    for found in _written.finditer(text):
        if found[1].lower() in MONTHS:
            month = MONTHS.index(found[1].lower()) + 1
            return day_of(f"{found[3]}/{month}/{found[2]}")
    return None


def _edition(book: list[Sheet], table: Table) -> tuple[str, str]:
    for sheet in book:
        if sheet.name == table.sheet:
            continue
        for row in sheet.rows:
            for cell in row:
                text = one_line(cell)
                if text.lower().startswith("updated") and (day := written_day(text)):
                    return day, f"as sheet '{sheet.name}' says"
    if found := re.search(r"20\d\d-\d\d-\d\d", table.file):
        return found[0], "as the file name says"
    days = [row.day("issued", NOTHING) for row in table if re.match("20", row.text("issued"))]
    newest = max((day for day in days if day), default="")
    if not newest:
        raise SourceFault("no_edition", Where(table.file), "no day of the edition can be found")
    return newest, "the newest issuance in it"


def _summary(book: list[Sheet]) -> dict[tuple[str, str], int]:
    """Read the workbook's own sums by type, where it has such a sheet."""
    sums: dict[tuple[str, str], int] = {}
    for sheet in book:
        table = find(sheet, {"stage": ("Project Type",), "ods": ("ODS",)}, ("stage", "ods"))
        for row in table or ():
            stage = plain(row.raw("stage")).replace(" ", "_")
            for place, header in row.table.headers.items():
                row.table.also(header, place)
                try:
                    quantity = row.integer(header) if place else None
                except SourceFault:  # only a cross-check: a note beside it is no fault
                    continue
                if quantity:
                    sums[stage, header.removeprefix("U.S. ")] = quantity
    return sums
