"""Tables of certificates: what is read of them as it stands, and what is refused, cell by cell."""

import tracemalloc
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from msgspec import UNSET

from libs.ledger.events import LINES_MAX
from services.bulk.lines import ALLOCATIONS, PLEDGES, Kind, lines
from services.bulk.parts import BYTES_MAX, again, survey
from services.bulk.source import Encoding, Source
from services.importers.sheets import SourceFault
from services.pools.commands import Allocation, Pledge

HEAD = b"grams,goods,count,recipient,note\r\n"


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, END = f'<worksheet xmlns="{MAIN}"><sheetData>', "</sheetData></worksheet>"


def written(folder: Path, raw: bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


def book(folder: Path, *rows: tuple[str | float | date | None, ...], second: bool = False) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "配布"
    for row in rows:
        sheet.append(row)
    if second:
        made.create_sheet("more")
    path = folder / "table.xlsx"
    made.save(path)
    return path


def told(path: Path, kind: Kind = ALLOCATIONS, encoding: Encoding = "utf-8") -> list[object]:
    with Source(path, encoding) as source:
        return [line.told for line in lines(source, kind)]


def fault(path: Path, kind: Kind = ALLOCATIONS, sheet: str = "") -> str:
    with Source(path, "utf-8", sheet) as source, pytest.raises(SourceFault) as caught:
        survey(source, kind)
    return str(caught.value)


def test_what_excel_writes_is_read_as_it_stands(tmp_path: Path) -> None:
    text = '\ufeffグラム,宛名,備考\r\n１０００,"髙﨑　𠮷, ""Ltd.""",\r\n\r\n"2,000",B,春\r\n'
    assert told(written(tmp_path, text.encode())) == [
        Allocation(grams=1000, recipient='髙﨑　𠮷, "Ltd."'),
        Allocation(grams=2000, recipient="B", note="春"),
    ]


def test_what_japanese_excel_writes_is_read_when_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "寄付額,宛名\r\n1,①髙島屋ソ\r\n".encode("cp932"))
    assert told(path, PLEDGES, "cp932") == [Pledge(yen=1, recipient="①髙島屋ソ")]
    assert fault(path, PLEDGES) == (
        "table.csv, row 1: the text is not UTF-8; if Excel wrote it in Japanese,"
        " say --encoding cp932 [not_utf8]"
    )


def test_a_workbook_is_read_by_its_sheet(tmp_path: Path) -> None:
    rows = (("商品", "枚数", "受領者"), (), ("junsai-1kg", 1001.0, 42), ("leek", None, "B"))
    path = book(tmp_path, *rows)
    assert told(path) == [
        Allocation(goods="junsai-1kg", count=1001, recipient="42"),
        Allocation(goods="leek", count=UNSET, recipient="B"),
    ]
    path = book(tmp_path, *rows, second=True)
    assert "say --sheet and one of ['配布', 'more'] [sheet_unknown]" in fault(path)
    with Source(path, "utf-8", "配布") as source:
        assert len(list(lines(source, ALLOCATIONS))) == 2
    assert fault(path, sheet="more").endswith("there is no row [header_missing]")


def test_a_formula_that_was_never_calculated_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, ("grams", "note"), (5, "a"), (6, "=A1"))
    assert "row 3, column 'B': the formula has no value [formula_not_calculated]" in fault(path)


def forged(folder: Path, part: str, said: str) -> Path:
    """Return a workbook one part of which says something that no spreadsheet writes."""
    before = book(folder, ("grams", "note"), (5, "a"))
    path = folder / "forged.xlsx"
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, said if name == part else old.read(name))
    return path


FIRST = '<row r="1"><c r="A1" t="inlineStr"><is><t>grams</t></is></c></row>'


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('<row r="3"><c r="A3"><v>5</v></c></row><row r="2"><c r="A2"><v>6</v></c></row>', "row 2"),
        ('<row r="2"><c r="A2"><v>5</v></c></row><row r="2"><c r="A2"><v>6</v></c></row>', "row 2"),
        ("<row spans='1:1' r='-4'><c r='A2'><v>5</v></c></row>", "row -4"),
    ],
)
def test_no_row_that_is_out_of_order_is_passed_over(tmp_path: Path, rows: str, said: str) -> None:
    path = forged(tmp_path, "xl/worksheets/sheet1.xml", f"{SHEET}{FIRST}{rows}{END}")
    assert f"{said} stands behind row" in fault(path)


@pytest.mark.parametrize("number", ["2000000000", "2e9"])
def test_a_row_that_no_sheet_has_is_not_waited_for(tmp_path: Path, number: str) -> None:
    rows = f'{FIRST}<row r="{number}"><c r="A1"><v>5</v></c></row>'
    path = forged(tmp_path, "xl/worksheets/sheet1.xml", f"{SHEET}{rows}{END}")
    assert fault(path).endswith("a sheet has 1,048,576 rows [too_many_rows]")


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A2"><f t="array" ref="A2:A3">X</f></c>',
        f'<c r="A2"><x:f xmlns:x="{MAIN}">1</x:f></c>',
        '<c r="A2"><f\n>1</f></c>',
    ],
)
def test_a_formula_is_found_however_it_is_written(tmp_path: Path, cell: str) -> None:
    rows = f'{FIRST}<row r="2">{cell}</row>'
    path = forged(tmp_path, "xl/worksheets/sheet1.xml", f"{SHEET}{rows}{END}")
    assert "row 2, column 'A': the formula has no value [formula_not_calculated]" in fault(path)


def test_what_is_no_xml_is_no_workbook(tmp_path: Path) -> None:
    assert "this is no whole XLSX workbook" in fault(forged(tmp_path, "xl/workbook.xml", "<a b"))


@pytest.mark.parametrize("name", ["#N/A", "#REF!", True, date(2026, 1, 2)])
def test_what_a_spreadsheet_made_of_a_name_is_no_name(tmp_path: Path, name: Any) -> None:
    path = book(tmp_path, ("grams", "recipient"), (5, name))
    assert "is no text that was written [text_invalid]" in fault(path)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            b"grams,person,commitment\n1,Ann," + b"ab" * 32,
            "row 2, column 'person': a commitment stands for a person already [person_ambiguous]",
        ),
        (HEAD, "table.csv: there is nothing below the header [rows_missing]"),
        (b"", "table.csv: there is no row [header_missing]"),
        (b"grams,price\n1,2\n", "row 1, column 'price': the header is none of"),
        (b"grams,g\n1,2\n", "row 1, column 'g': two columns say the same [header_twice]"),
        (HEAD + b"1,,,A,\n1.5,,,A,\n", "row 3, column 'grams': 1.5 is no whole number"),
        (HEAD + b"0,,,A,\n", "row 2, column 'grams': a quantity must stand here [cell_empty]"),
        (HEAD + b"-4,,,A,\n", "row 2, column 'grams': -4 is negative [negative]"),
        (HEAD + b"9007199254740992,,,A,\n", "row 2, column 'grams': 9007199254740992 is more than"),
        (HEAD + "10²,,,A,\n".encode(), "row 2, column 'grams': '10²' is no number [not_a_number]"),
        (b"x" * 99, f"column '{'x' * 40}': the header is none of"),
        (HEAD + b",,,A,\n", "row 2, column 'grams': either grams must be said, or goods"),
        (HEAD + b"1,x,,A,\n", "row 2, column 'grams': either grams must be said, or goods"),
        (HEAD + b"1,,2,A,\n", "row 2, column 'count': a count is of goods, and none are named"),
        (HEAD + b",two words,,A,\n", "row 2, column 'goods': "),
        (HEAD + b'1,,,"A\nB",\n', "row 2, column 'recipient': "),
        (HEAD + b"1,,,A,,stray\n", "row 2: 'stray' has no header [cell_without_header]"),
        (HEAD + b'1,,,"A,\n', "row 2: unexpected end of data [csv_damaged]"),
        (HEAD + b"1,,,A\0,\n", "row 2: there is a NUL [not_text]"),
        (HEAD + b"1,,,\x81\n", "row 2: the text is not UTF-8 [not_utf8]"),
        ("\ufeffgrams\n1\n".encode("utf-16-le"), "row 1: UTF-16: save it as CSV UTF-8 [not_utf8]"),
        (b"PK\x03\x04 no workbook", "this is no whole XLSX workbook (BadZipFile)"),
    ],
)
def test_a_cell_that_cannot_be_is_named(tmp_path: Path, raw: bytes, said: str) -> None:
    assert said in fault(written(tmp_path, raw))


def test_a_long_table_is_cut_alike_whenever_it_is_read(tmp_path: Path) -> None:
    raw = HEAD + b"".join(b"%d,,,A,\n" % number for number in range(1, LINES_MAX + 7))
    with Source(written(tmp_path, raw)) as source:
        known = survey(source, ALLOCATIONS)
        assert [part.lines for part in known.parts] == [LINES_MAX, 6]
        assert sum(part.amount for part in known.parts) == sum(range(LINES_MAX + 7))
        first, second = again(source, ALLOCATIONS, known)
        assert [line.row for line in second] == list(range(LINES_MAX + 2, LINES_MAX + 8))
        assert first[-1].told == Allocation(grams=LINES_MAX, recipient="A")
        with (tmp_path / "table.csv").open("r+b") as changed:
            changed.seek(len(HEAD))
            changed.write(b"9")
        with pytest.raises(SourceFault, match="changed_meanwhile"):
            list(again(source, ALLOCATIONS, known))


def test_long_notes_make_shorter_parts(tmp_path: Path) -> None:
    note = "言" * 2000
    count = BYTES_MAX // len(note.encode()) + 5
    with Source(written(tmp_path, HEAD + f"1,,,A,{note}\n".encode() * count)) as source:
        known = survey(source, ALLOCATIONS)
    assert [part.lines < count for part in known.parts] == [True, True]
    assert known.lines == count


def test_a_table_four_times_as_long_needs_no_more_memory(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        with Source(written(tmp_path, HEAD + b"1000,,,Example Foods Ltd.,\n" * count)) as source:
            tracemalloc.start()
            known = survey(source, ALLOCATIONS)
            for cut in again(source, ALLOCATIONS, known):
                del cut
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    assert peak(4 * LINES_MAX) < 1.5 * peak(LINES_MAX)
