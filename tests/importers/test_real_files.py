"""The shared editions give the figures that their README names, twice the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.importers import acr, eutl, gold_standard, j_credit_projects, verra
from services.importers import california_arb as california
from services.importers.plan import Plan
from tests.importers.sources import run, shared

BY_TYPE = {
    "compliance": {"ODS": 17875046, "Livestock": 6441381, "Forest": 176554886, "MMC": 6075424},
    "early_action": {"ODS": 6336710, "Livestock": 1695029, "Forest": 13276494, "MMC": 2879684},
}


def test_california_gives_its_figures() -> None:
    loaded, registry = run(california.plan(shared("california-arb")))
    report = loaded.report
    assert {key: report[key] for key in ("projects", "lots", "issued", "retired", "refused")} == {
        "projects": 543, "lots": 1427, "issued": 231134654, "retired": 94408460, "refused": [],
    }  # fmt: skip
    assert report["issued_by_type"] == BY_TYPE
    assert report["surrendered"] == {
        "entities": 133,
        "lines": 437 + 178,
        "quantity": 12773097 + 7049477,
    }
    assert report["retired_by_column"]["Retired 1st Compliance Period (CA)"] == 12773097  # type: ignore[index]  # the report is plain JSON
    assert report["differences"] == {}
    assert report["summary_sheet_differs"] == []
    assert report["rows"] == {"issuances": 1451, "surrender_lines": 615}
    assert report["edition"] == "2021-11-24"
    assert sum(r.count for r in registry.state.issued.values()) == 231134654


def test_california_from_derived_tables_gives_the_same(tmp_path: Path) -> None:
    for file in shared("california-arb").glob("derived*"):
        (tmp_path / file.name).symlink_to(file)
    report = run(california.plan(tmp_path))[0].report
    assert (report["projects"], report["lots"]) == (543, 1427)
    assert (report["issued"], report["retired"], report["refused"]) == (231134654, 94408460, [])
    assert report["issued_by_type"] == BY_TYPE
    assert report["edition"] == "2021-11-24"


def test_the_eu_extract_moves_all_of_its_units() -> None:
    report = run(eutl.plan(shared("eutl-2005-2012/transactions_AT.csv.gz")))[0].report
    assert (report["rows_moved"], report["moved"], report["refused"]) == (5030, 121593723, [])
    assert report["rows"] == {"rows": 5030}
    assert report["differences"] == {}


def test_japanese_projects_are_registered_and_nothing_is_issued() -> None:
    name = "j-credit-registered-projects/registration_list_tsujogata.csv"
    loaded, registry = run(j_credit_projects.plan(shared(name)))
    report = loaded.report
    assert (report["projects"], report["rows"], report["issued"]) == (364, {"rows": 395}, 0)
    assert registry.state.issued == {}
    assert [odd["row"] for odd in report["not_understood"]] == [182]  # type: ignore[attr-defined]  # plain JSON
    assert [gone["project"] for gone in report["deregistered"]] == [  # type: ignore[attr-defined]  # plain JSON
        "JC-ER-000023", "JC-ER-000146",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "folder", "rows", "figures"),
    [
        (
            verra.plan,
            "verra",
            {"projects": 50, "transactions": 200},
            {"issued": 4029227},
        ),
        (
            gold_standard.plan,
            "gold-standard",
            {"projects": 50, "issuances": 100, "retirements": 100},
            {
                "issued": 5380873,
                "retired": 1968759,
                "cancelled_without_date": {"rows": 6, "quantity": 1155441},
            },
        ),
        (
            acr.plan,
            "american-carbon-registry",
            {"projects": 50, "issuances": 100, "retirements": 100, "cancellations": 50},
            {
                "issued": 7749713,
                "retired_by_purpose": {
                    "CONVERSION": 7573559, "REGISTRY_REMOVAL": 73150, "VOLUNTARY": 298881,
                },
            },
        ),
    ],
)  # fmt: skip
def test_an_export_gives_its_figures(
    plan: Callable[[Path], Plan], folder: str, rows: object, figures: dict[str, object]
) -> None:
    report = run(plan(shared(f"offsets-db-samples/{folder}")))[0].report
    assert {key: report[key] for key in figures} == figures
    assert report["rows"] == rows
    assert report["refused"] == []
    assert report["differences"] == {}
    assert report["not_understood"] == []


def test_no_person_enters_the_journal() -> None:
    planned = acr.plan(shared("offsets-db-samples/american-carbon-registry"))
    withheld = [
        str(command.body) for command in planned.commands if "withheld" in str(command.body)
    ]
    assert len(withheld) >= 3
