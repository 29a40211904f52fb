"""A made-up California: a folder shaped like the regulator's files, with no real data in it."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random

import msgspec
import openpyxl

from services.importers.california_files import ISSUANCE

LOSSES = 0.2
"""How many forest batches lost part of their buffer."""

PROJECTS, EDITION = 60, date(2016, 4, 1)
TYPES = (("ODS", "OD"), ("Livestock", "LS"), ("Forest", "FR"), ("MMC", "MM"))
COLUMNS = [titles[0] for titles in ISSUANCE.values()]
PERIODS = ("Retired 1st Compliance Period (CA)", "Retired 2nd Compliance Period (CA)")
RETIRED = ("Retired Voluntarily", *PERIODS, "Retired for Compliance in Quebec")
WORDS = ("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Heron", "Inlet", "Juniper")


class Expected(msgspec.Struct, frozen=True):
    """What an import of the folder must report."""

    projects: int
    lots: int
    issued: int
    retired: int
    refused: tuple[str, ...]


class Made(msgspec.Struct):
    """The rows made so far, and what they come to."""

    random: Random
    rows: list[dict[str, object]]
    lines: list[tuple[object, ...]]
    sums: Counter[tuple[str, str]]
    refused: list[str]
    retired: int = 0


def write(directory: Path, seed: int = 1, overdrawn: int = 0) -> Expected:
    """Write the folder; `overdrawn` batches are retired above their issuance.

    The same seed writes the same cells. Titles, totals, notes, events without a quantity and
    several spellings of one operator are in it, as in the real ones.
    """
    made = Made(Random(seed), [], [], Counter(), [])  # noqa: S311 - made-up data, repeatable
    for number in range(PROJECTS):
        _project(made, number, overdrawn=len(made.refused) < overdrawn)
    directory.mkdir(parents=True, exist_ok=True)
    _issuances(directory / "sample_issuance.xlsx", made)
    _surrenders(directory / "2013-2014 sample report.xlsx", made)
    lots = [row for row in made.rows if isinstance(row["quantity"], int)]
    issued = sum(int(str(row["quantity"])) for row in lots)
    return Expected(PROJECTS, len(lots), issued, made.retired, tuple(made.refused))


def _project(made: Made, number: int, *, overdrawn: bool) -> None:
    """Make one project's rows: one to four reporting periods, now and then an event."""
    random = made.random
    kind, letters = TYPES[number % len(TYPES)]
    stage = "EA" if number % 3 == 0 else "COP"
    operator = f"{WORDS[number % 10]} Offsets {number % 7}, LLC"
    start = date(2010, 1, 1) + timedelta(days=random.randrange(365))
    for period in range(random.choice((1, 2, 3, 4))):
        day = start + timedelta(days=365 * period)
        row: dict[str, object] = {
            "id": f"CA{letters}{5000 + number:04d}-{'ABCDEF'[period]}",
            "opr": f"XYZ{100 + number}",
            "type": kind,
            "early": stage,
            "start": day,
            "end": day + timedelta(days=364),
            "issued": day + timedelta(days=500),
            "timeframe": "8 years",
            "name": f"Sample {kind} {WORDS[number % 10]}\nProject {number}",
            "operator": operator.upper() + " " if period % 2 else operator,
            "state": "CA",
        }
        _amounts(made, row, (stage, kind), overdrawn=overdrawn and period == 0)
        made.rows.append(row)
    if number % 9 == 0:
        nothing = dict.fromkeys(("quantity", "buffer", "issued", "buffer_retired"), "n/a")
        event = {"id": f"CA{letters}{5000 + number:04d}-(zero)", **nothing}
        made.rows.append({**made.rows[-1], **event, **dict.fromkeys(RETIRED, 0)})


def _amounts(made: Made, row: dict[str, object], key: tuple[str, str], *, overdrawn: bool) -> None:
    """Make a batch's numbers, and its surrender lines."""
    random = made.random
    quantity = random.randrange(1_000, 200_000)
    buffer = quantity // 6 if key[1] == "Forest" else 0
    free = quantity - buffer
    first, second = free // random.choice((2, 3, 5)), free // 4
    voluntary = random.choice((0, 0, 120))
    lost = buffer // 2 if random.random() < LOSSES else 0
    lines = first // 2
    if overdrawn:
        voluntary = free
        made.refused.append(str(row["id"]))
    row |= {"quantity": quantity, "buffer": buffer or "n/a", "buffer_retired": lost or "n/a"}
    row |= dict(zip(RETIRED, (voluntary, first, second, 0), strict=True))
    made.sums[key] += quantity
    made.retired += lost + lines + (0 if overdrawn else first - lines + second + voluntary)
    entity = random.randrange(12)
    name = f"{WORDS[entity % 10]} Power {entity}, Inc. "
    made.lines.append((f"CA{1000 + entity} ", name, 2013, lines, row["id"]))


def _issuances(path: Path, made: Made) -> None:
    book = openpyxl.Workbook()
    intro = book.active
    assert intro is not None
    intro.title = "Introduction"
    intro.append(["Sample of offset credit issuance: made up, no real project in it"])
    intro.append([f"Updated {EDITION:%B} {EDITION.day}, {EDITION.year}"])
    summary = book.create_sheet("Summary by Type")
    summary.append(["Project Type", "ODS", "Livestock", "U.S. Forest", "Urban Forest", "MMC"])
    for title, stage in (("Compliance", "COP"), ("Early Action", "EA")):
        ods, livestock, forest, mmc = (made.sums[stage, kind] or "- -" for kind, _ in TYPES)
        summary.append([title, ods, livestock, forest, "- -", mmc])
    sheet = book.create_sheet("ARB Offset Credit Issuance")
    sheet.append(["ARB Offset Credit Issuance (sample)"])
    sheet.append([])
    sheet.append([*COLUMNS, *RETIRED, "Comment"])
    for row in made.rows:
        sheet.append([*(row.get(name) for name in (*ISSUANCE, *RETIRED)), "n/a"])
    total = sum(made.sums.values())
    sheet.append(["Total", *[None] * (COLUMNS.index("ARB Offset Credits Issued") - 1), total])
    sheet.append(["Note: quantities are in metric tons of CO2 equivalent"])
    latest = book.create_sheet("Latest Issuances")
    latest.append([*COLUMNS, *RETIRED, "Comment"])
    latest.append([made.rows[0].get(name) for name in (*ISSUANCE, *RETIRED)])
    book.save(path)


def _surrenders(path: Path, made: Made) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "2013-2014 Offset Detail"
    sheet.append([])
    sheet.append(["2013-2014 Compliance Offsets Detail (sample)"])
    sheet.append([f"Report Generated {EDITION:%B} {EDITION.day}, {EDITION.year}"])
    sheet.append(["Entity ID", "Legal Name", "Vintage", "Quantity", "ARB Project ID #"])
    for line in sorted(made.lines, key=str):
        sheet.append(list(line))
    sheet.append([])
    sheet.append([None, "Total", None, sum(int(str(line[3])) for line in made.lines)])
    sheet.append(["Additional details are in the issuance table"])
    book.save(path)
