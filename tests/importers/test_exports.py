"""Verra, Gold Standard and ACR: serials keep their numbers, and none is used twice."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from services.importers import acr, gold_standard, verra
from services.importers.sheets import SourceFault
from tests.importers.sources import run, table

VERRA = "VCS-VCU-1507-VER-ET-14-1340-01012020-31122020-1"


def write(path: Path, columns: Mapping[str, Sequence[str]], *rows: Mapping[str, object]) -> Path:
    """Write a table of an export; cells are named as the importer names its columns."""
    lines = [[row.get(name, "") for name in columns] for row in rows]
    return table(path, [[titles[0] for titles in columns.values()], *lines])


def vcu(first: int, last: int, **cells: object) -> dict[str, object]:
    return {
        "issued": "2026-04-03", "serial": f"19385-{first}-{last}-{VERRA}", "id": 1340, "type": "A",
        "quantity": f"{last - first + 1:,}", "start": "2020-01-01", "end": "2020-12-31",
        "name": "A project", "country": "Ethiopia", "method": "VM0015; VM0001", **cells,
    }  # fmt: skip


def test_verra_blocks_keep_their_numbers(tmp_path: Path) -> None:
    used = {"retired": "2026-04-10", "beneficiary": "Sample Shipping Ltd.", "reason": "Other"}
    rows = [vcu(941467007, 941468006), vcu(500, 509, **used), vcu(505, 506), vcu(500, 509, **used)]
    file = write(tmp_path / "transactions.csv", verra.TRANSACTIONS, *rows)
    loaded, registry = run(verra.plan(file))
    report = loaded.report
    lot = f"19385-{VERRA}"
    assert (report["lots"], report["issued"], report["retired"]) == (1, 1010, 10)
    assert list(registry.state.issued[lot]) == [(500, 510), (941467007, 941468007)]
    assert [*registry.state.uses.of(lot, 1, 10**9)] == [(500, 510, "Sample Shipping Ltd.")]
    assert isinstance(report["refused"], list)
    (refused,) = report["refused"]
    assert (refused["lot"], refused["reason"], refused["commands"]) == (
        lot, "serials_already_issued", 3,
    )  # fmt: skip


def test_serials_that_do_not_fit_are_told_not_guessed(tmp_path: Path) -> None:
    rows = [vcu(1, 10, quantity=9), vcu(11, 20, id=7), vcu(21, 30, serial="S"), vcu(31, 40)]
    report = run(verra.plan(write(tmp_path / "transactions.csv", verra.TRANSACTIONS, *rows)))[
        0
    ].report
    assert report["issued"] == 10
    assert [odd["quantity"] for odd in report["not_understood"]] == [9, 10, 10]  # type: ignore[attr-defined]  # plain JSON


def test_names_that_may_be_persons_are_withheld(tmp_path: Path) -> None:
    row = vcu(1, 10, retired="2026-04-10", beneficiary="Jane Sample")
    planned = verra.plan(write(tmp_path / "transactions.csv", verra.TRANSACTIONS, row))
    assert "Jane" not in str(planned.commands)
    assert run(planned)[0].report["beneficiaries_withheld"] == 1


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"quantity": "12.5"}, "not_whole"),
        ({"quantity": "ten"}, "not_a_number"),
        ({"quantity": ""}, "cell_empty"),
        ({"start": "2020-13-01"}, "not_a_day"),
    ],
)
def test_a_wrong_cell_of_an_export_is_named(
    tmp_path: Path, cells: dict[str, object], code: str
) -> None:
    rows = [vcu(1, 10), vcu(11, 20, **cells)]
    with pytest.raises(SourceFault, match=rf"transactions\.csv, row 3, column .*\[{code}\]"):
        verra.plan(write(tmp_path / "transactions.csv", verra.TRANSACTIONS, *rows))


def gs(serial: str, quantity: int, **cells: object) -> dict[str, object]:
    return {
        "serial": serial, "status": "Issued", "quantity": quantity, "id": 11603, "name": "Stoves",
        "developer": "Stove Company", "country": "Kenya", "type": "Energy Efficiency - Domestic",
        "issued": "2026-04-13T12:35:58.842275", "start": "2024-01-01", "end": "2024-12-08", **cells,
    }  # fmt: skip


def test_gold_standard_opens_only_what_was_not_issued(tmp_path: Path) -> None:
    block = "GS1-1-KE-GS11603-16-2025-30256"
    pair = "RW-5-1463953-2-2-0-7014 - RW-5-1463962-2-2-0-7014"
    issued = [gs(f"{block}-110-209", 100), gs(pair, 10, id=4823)]
    retired = [
        gs(f"{block}-100-129", 30, status="Retired", retired="2026-02-06", entity="Power Inc."),
        gs(f"{block}-1-9", 9, status="Canceled"),
    ]
    write(tmp_path / "issuances.csv", gold_standard.BLOCKS, *issued)
    write(tmp_path / "retirements.csv", gold_standard.RETIREMENTS, *retired)
    loaded, registry = run(gold_standard.plan(tmp_path))
    report = loaded.report
    assert (report["issued"], report["opened"], report["retired"]) == (110, 10 + 9, 39)
    assert report["cancelled_without_date"] == {"rows": 1, "quantity": 9}
    assert list(registry.state.issued["RW-5-2-2-0-7014"]) == [(1463953, 1463963)]
    assert report["refused"] == []


def credit(**cells: object) -> dict[str, object]:
    return {
        "id": "ACR741", "name": "Forest", "type": "Forest Carbon", "country": "US",
        "issued": "9/19/2025 9:37:03 PM", "vintage": 2025, "start": "4/1/2024", "end": "3/31/2025",
        "holder": "Tree Company", "developer": "Tree Company", "effective": "1/22/2026 7:12:08 PM",
        **cells,
    }  # fmt: skip


def test_acr_issuances_take_the_serials_that_their_uses_name(tmp_path: Path) -> None:
    issuance = credit(total=130, direct=100, buffer=30, buffered=0)
    other = credit(id="ACR9", total=50, direct=50, buffer=0, buffered=0)
    kind = "Convert to ARB offset credits"
    serial = "ACR-US-741-2025-301"
    uses = [
        credit(serial=f"{serial}4-1 to 60", quantity=60, kind=kind),
        credit(serial=f"{serial}5-1 to 30", quantity=30, kind=kind, holder="ACR"),
        credit(
            serial="ACR-US-8-2020-7-11 to 20", quantity=10, kind="Removal of credits", id="ACR8"
        ),
    ]
    retired = credit(serial=f"{serial}4-61 to 70", quantity=10, holder="Power Inc.", behalf="AWS")
    write(tmp_path / "issuances.csv", acr.ISSUANCES, issuance, other)
    write(tmp_path / "cancellations.csv", acr.TABLES["cancellations"], *uses)
    write(tmp_path / "retirements.csv", acr.TABLES["retirements"], retired)
    loaded, registry = run(acr.plan(tmp_path))
    report = loaded.report
    assert (report["issued"], report["opened"], report["moved"]) == (180, 10, 10)
    assert report["retired_by_purpose"] == {
        "CONVERSION": 90, "REGISTRY_REMOVAL": 10, "VOLUNTARY": 10,
    }  # fmt: skip
    assert report["buffer"] == {"contributed": 30, "cancelled": 30}
    assert report["refused"] == []
    assert sorted(registry.state.lots) == [
        "ACR-US-741-2025-3014", "ACR-US-741-2025-3015", "ACR-US-8-2020-7",
        "ACR-US-9-2025-D20250919",
    ]  # fmt: skip


def test_an_issuance_that_does_not_add_up_is_named(tmp_path: Path) -> None:
    rows = [credit(total=131, direct=100, buffer=30, buffered=0)]
    write(tmp_path / "issuances.csv", acr.ISSUANCES, *rows)
    with pytest.raises(SourceFault, match=r"row 2, column 'Total Credits Issued'.*sum_differs"):
        acr.plan(tmp_path)


def test_an_export_without_its_main_table_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "projects.csv", verra.PROJECTS)
    with pytest.raises(SourceFault, match="no file is the table of transactions"):
        verra.plan(tmp_path)
    write(tmp_path / "transactions.csv", verra.TRANSACTIONS, vcu(1, 10))
    (tmp_path / "transactions copy.csv").write_bytes((tmp_path / "transactions.csv").read_bytes())
    with pytest.raises(SourceFault, match="several_tables"):
        verra.plan(tmp_path)
