"""California's shapes: the dirt is read, the malformed is named, and nothing is counted twice."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.importers.california_arb import plan
from services.importers.sample import write
from services.importers.sheets import SourceFault
from services.issuance.commands import IssueCredits
from tests.importers.sources import ISSUANCE, ROW, book, california, row, run, table


def test_the_sample_gives_what_it_promises(tmp_path: Path) -> None:
    expected = write(tmp_path, seed=7, overdrawn=2)
    report = run(plan(tmp_path))[0].report
    assert (report["projects"], report["lots"]) == (expected.projects, expected.lots)
    assert (report["issued"], report["retired"]) == (expected.issued, expected.retired)
    refused = report["refused"]
    assert isinstance(refused, list)
    assert [entry["lot"] for entry in refused] == list(expected.refused)
    assert {entry["reason"] for entry in refused} == {"quantity_exceeds_holding"}
    assert report["summary_sheet_differs"] == []


def test_the_same_seed_writes_the_same_sample(tmp_path: Path) -> None:
    assert write(tmp_path / "a", seed=3) == write(tmp_path / "b", seed=3)
    assert plan(tmp_path / "a").commands == plan(tmp_path / "b").commands


def test_dirt_is_read(tmp_path: Path) -> None:
    folder = california(
        tmp_path / "in",
        row(quantity="1,454,054", buffer="- -", operator="Tree\nFarm,  LLC", lost="n/a"),
        row(
            id="CAFR5001-B ", quantity="１０００", buffer="–", operator="TREE FARM LLC ", third="–"
        ),
        row(id="CAFR5001-(zero)", quantity="n/a", buffer="n/a", issued="n/a"),
        row(id="CAFR5001-(zero)", quantity="n/a", buffer="n/a", issued="n/a"),
        row(id="CAFR5002-(reforest defer)", quantity="reforest defer", start="n/a"),
        row(id="CALS5003-A1", type="Livestock", quantity=5.0, buffer="n/a", issued="1/24/2013"),
        (None, *[None] * 5, 1455059),
        ("Total", *[None] * 5, 1455059),
        ("Note: the quantities are tonnes",),
    )
    loaded, registry = run(plan(folder))
    report = loaded.report
    assert (report["projects"], report["lots"], report["accounts"]) == (3, 3, 1)
    assert (report["issued"], report["refused"]) == (1454054 + 1000 + 5, [])
    passed = report["passed_over"]
    assert isinstance(passed, list)
    assert sum(entry["rows"] for entry in passed) == 3 + 3
    assert registry.state.lots["CALS5003-A1"].rank[0] == "2013-01-24"


def test_a_surrender_goes_through_the_entity_and_is_counted_once(tmp_path: Path) -> None:
    lines = [
        ("CA1000 ", "Power, Inc. ", 2012, 300, "CAFR5001-A"),
        ("CA1000 ", "Power, Inc. ", 2012, 300, "CAFR5001-A"),
        ("CA1001", "Light, Inc.", 2012, 0, "CAFR5001-A"),
        ("CA1001", "Light, Inc.", 2012, 7, "CAFR5OO1-A"),
        (None, "Total", None, 607, None),
        ("A note about it all",),
    ]
    folder = california(tmp_path / "in", row(first=700, voluntary=10, lost=50), lines=lines)
    loaded, registry = run(plan(folder))
    report = loaded.report
    assert report["retired"] == 700 + 10 + 50
    assert report["moved"] == 600
    assert report["surrendered"] == {"entities": 1, "lines": 2, "quantity": 600}
    assert [line["lot"] for line in report["unmatched"]] == ["CAFR5OO1-A"]  # type: ignore[attr-defined]  # plain JSON
    users = [user for *_, user in registry.state.uses.of("CAFR5001-A", 1, 1001)]
    assert users == ["CA1000 Power, Inc.", "CA1000 Power, Inc.", "unknown", "unknown"]
    assert registry.state.quantity("RET:BUF") == 50


def test_a_batch_retired_above_its_issuance_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = california(
        tmp_path / "in",
        row(voluntary=500, quebec=401),
        row(id="CAFR5001-B", voluntary=900),
        row(id="CAFR5001-C", lost=101),
    )
    loaded, registry = run(plan(folder))
    report = loaded.report
    assert report["retired"] == 900
    refused = report["refused"]
    assert isinstance(refused, list)
    assert [(entry["lot"], entry["reason"]) for entry in refused] == [
        ("CAFR5001-A", "quantity_exceeds_holding"),
        ("CAFR5001-C", "quantity_exceeds_holding"),
    ]
    assert report["differences"] == {"retired": {"source": 1902, "ledger": 900}}
    assert registry.state.held("RET:INV", "CAFR5001-A") is None


def test_an_annual_report_inside_a_period_report_is_not_counted_twice(tmp_path: Path) -> None:
    lines = [("CA1000", "Power, Inc.", 2012, 300, "CAFR5001-A")]
    folder = california(tmp_path / "in", row(first=300), lines=lines)
    title = [
        ["2013 Compliance Offsets Detail"],
        ["Entity ID", "Legal Name", "Quantity", "ARB Project ID #"],
    ]
    book(
        folder / "annual.xlsx", Offset_Detail=[*title, ["CA1000", "Power, Inc.", 100, "CAFR5001-A"]]
    )
    report = run(plan(folder))[0].report
    assert report["retired"] == 300
    assert "lies inside the 2013-2014 report" in str(report["passed_over"])


def test_lines_above_their_column_are_told(tmp_path: Path) -> None:
    lines = [("CA1000", "Power, Inc.", 2012, 300, "CAFR5001-A")]
    report = run(plan(california(tmp_path / "in", row(first=200), lines=lines)))[0].report
    assert report["retired"] == 300
    assert report["surrendered_above_column"] == [
        {"lot": "CAFR5001-A", "column": "Retired 1st Compliance Period (CA)", "quantity": 100}
    ]


def test_an_operator_who_may_be_a_person_is_withheld(tmp_path: Path) -> None:
    planned = plan(california(tmp_path / "in", row(operator="Jane Q. Sample")))
    assert "Sample" not in str([command.body for command in planned.commands])
    (issue,) = [c.body for c in planned.commands if isinstance(c.body, IssueCredits)]
    assert issue.account == "ARB-CAFR5001"


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ({"quantity": 12.5}, "not_whole", "ARB Offset Credits Issued"),
        ({"quantity": "12.5"}, "not_whole", "ARB Offset Credits Issued"),
        ({"quantity": "1000.0"}, "not_whole", "ARB Offset Credits Issued"),
        ({"quantity": "many"}, "not_a_number", "ARB Offset Credits Issued"),
        ({"quantity": "1,00"}, "not_a_number", "ARB Offset Credits Issued"),
        ({"quantity": -1}, "negative", "ARB Offset Credits Issued"),
        ({"quantity": 2**53}, "too_large", "ARB Offset Credits Issued"),
        ({"quantity": True}, "not_a_number", "ARB Offset Credits Issued"),
        ({"quebec": "-3"}, "negative", "Retired for Compliance in Quebec"),
        ({"quantity": "n/a", "voluntary": 4}, "retired_unissued", "Retired Voluntarily"),
        ({"issued": "2013-02-30"}, "not_a_day", "Issuance Date"),
        ({"issued": "n/a"}, "cell_empty", "Issuance Date"),
        ({"id": "CAFR5001A"}, "id_not_understood", "CARB Issuance ID"),
        ({"id": "?"}, "id_not_understood", "CARB Issuance ID"),
        ({"stage": "XX"}, "stage_not_understood", "Early Action/ Compliance"),
        ({"name": None}, "cell_empty", "Offset Project Name"),
    ],
)
def test_a_wrong_cell_is_named(
    tmp_path: Path, cells: dict[str, object], code: str, column: str
) -> None:
    folder = california(tmp_path / "in", row(id="CAFR5001-B"), row(**cells))
    with pytest.raises(SourceFault) as fault:
        plan(folder)
    where = fault.value.where
    assert (fault.value.code, where.file, where.sheet, where.row, where.column) == (
        code, "edition.xlsx", "Issuance", 4, column,
    )  # fmt: skip
    assert f"row 4, column '{column}'" in str(fault.value)


def test_a_batch_that_stands_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match=r"row 4.*stands in row 3 too \[duplicate_key\]"):
        plan(california(tmp_path / "in", ROW, ROW))


@pytest.mark.parametrize("lacking", [0, 6, 11, 13])
def test_a_missing_column_is_named(tmp_path: Path, lacking: int) -> None:
    rows = [[cell for place, cell in enumerate(r) if place != lacking] for r in (ISSUANCE, ROW)]
    table(tmp_path / "issuance.csv", rows)
    with pytest.raises(SourceFault) as fault:
        plan(tmp_path)
    where = fault.value.where
    assert (where.file, where.row, where.column) == ("issuance.csv", 1, ISSUANCE[lacking])


def test_a_surrender_report_without_its_id_column_is_not_ignored(tmp_path: Path) -> None:
    folder = california(tmp_path / "in", ROW)
    rows: list[Sequence[object]] = [["Entity ID", "Legal Name", "Quantity"], ["CA1000", "P", 1]]
    book(folder / "x.xlsx", **{"2018_Offset_Detail": rows})
    with pytest.raises(SourceFault, match="header_missing"):
        plan(folder)


def test_folders_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match="not_found"):
        plan(tmp_path / "nowhere")
    with pytest.raises(SourceFault, match="no_issuances"):
        plan(tmp_path)
    folder = california(tmp_path / "in", ROW)
    good = (folder / "edition.xlsx").read_bytes()
    (folder / "edition.xlsx").write_bytes(good[: len(good) // 2])
    with pytest.raises(SourceFault, match=r"edition\.xlsx.*not_a_workbook"):
        plan(folder)
    (folder / "edition.xlsx").write_text("no zip")
    with pytest.raises(SourceFault, match=r"edition\.xlsx.*not_a_workbook"):
        plan(folder)
    (folder / "edition.xlsx").write_bytes(good)
    (folder / "other.xlsx").write_bytes(good)
    with pytest.raises(SourceFault, match="several_editions"):
        plan(folder)


def test_a_formula_without_its_value_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match=r"row 3, column 'G'.*formula_not_calculated"):
        plan(california(tmp_path / "in", row(quantity="=SUM(A1:A2)")))


def test_nothing_is_asked_of_the_registry_before_all_is_understood(tmp_path: Path) -> None:
    lines = [("CA1000", "Power, Inc.", 2012, "x", "CAFR5001-A")]
    with pytest.raises(SourceFault, match=r"cp1\.xlsx.*row 3, column 'Quantity'.*not_a_number"):
        plan(california(tmp_path / "in", ROW, lines=lines))
