"""Small hand-made sources, the shared real ones, and a run of a plan through the real core."""

import asyncio
import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import openpyxl
import pytest

from libs.ledger.laws import conserved
from services.importers.load import Loaded, load
from services.importers.plan import Plan
from tests.importers.memory import Memory

DATA = Path(__file__).resolve().parents[2] / "../shared/data"

ISSUANCE = (
    *("CARB Issuance ID", "OPR Project ID", "Project Type", "Early Action/ Compliance"),
    *("Reporting Period Start Date", "Reporting Period End Date", "ARB Offset Credits Issued"),
    *("Forest Buffer Account Contribution", "Issuance Date", "Invalidation Timeframe"),
    *("Offset Project Name", "Offset Project Operator", "State", "Buffer Pool Retired"),
    *("Retired Voluntarily", "Retired 1st Compliance Period (CA)"),
    *("Retired 3rd Compliance Period (CA)", "Retired for Compliance in Quebec"),
)
ROW = (
    *("CAFR5001-A", "CAR1", "Forest", "COP", "2012-01-01", "2012-12-31", 1000, 100, "2013-06-01"),
    *("8 years", "A forest", "Tree Farm, LLC", "CA", 0, 0, 0, 0, 0),
)
DETAIL = ("Entity ID", "Legal Name", "Vintage", "Quantity", "ARB Project ID #")


def shared(name: str) -> Path:
    """Return a shared source, or skip where it does not lie beside the checkout."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the shared data is not beside the checkout: {name}")
    return path


def row(**cells: object) -> tuple[object, ...]:
    """Return an issuance row with some cells changed; names are the headers' first letters."""
    places = {
        "id": 0, "type": 2, "stage": 3, "start": 4, "end": 5, "quantity": 6, "buffer": 7,
        "issued": 8, "timeframe": 9, "name": 10, "operator": 11, "state": 12, "lost": 13,
        "voluntary": 14, "first": 15, "third": 16, "quebec": 17,
    }  # fmt: skip
    changed = list(ROW)
    for name, value in cells.items():
        changed[places[name]] = value
    return tuple(changed)


def book(path: Path, **sheets: Iterable[Sequence[object]]) -> Path:
    """Write a workbook; an underscore in a sheet's name is a blank."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name.replace("_", " ").strip())
        for cells in rows:
            sheet.append(list(cells))
    workbook.save(path)
    return path


def table(path: Path, rows: Iterable[Sequence[object]], mark: str = "") -> Path:
    """Write a CSV file, gzipped where its name says so."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    raw = (mark + text.getvalue()).encode()
    path.write_bytes(gzip.compress(raw) if path.name.endswith(".gz") else raw)
    return path


def california(
    folder: Path, *rows: Sequence[object], lines: Iterable[Sequence[object]] = ()
) -> Path:
    """Write a folder of one workbook and, where there are lines, the 2013-2014 report."""
    folder.mkdir(exist_ok=True)
    intro = [["Updated November 24, 2021"]]
    book(folder / "edition.xlsx", Introduction=intro, Issuance=[["Title"], ISSUANCE, *rows])
    if lines := list(lines):
        titles: list[Sequence[object]] = [["Report Generated April 1, 2016"], DETAIL]
        book(folder / "cp1.xlsx", **{"2013-2014_Offset_Detail": [*titles, *lines]})
    return folder


def run(plan: Plan, registry: Memory | None = None) -> tuple[Loaded, Memory]:
    """Send a plan to the core; the laws hold after it, and asking again changes nothing."""
    registry = registry or Memory()
    loaded = asyncio.run(load(plan, registry, window=7))
    again = asyncio.run(load(plan, registry))
    assert again.repeated == again.commands
    assert again.report == loaded.report
    assert list(conserved(registry.state)) == []
    assert registry.breaches == []
    return loaded, registry
