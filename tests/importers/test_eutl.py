"""The EU log's shapes: atomic transactions, smallest openings, and types other registries have."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.importers.eutl import plan
from services.importers.sheets import SourceFault
from tests.importers.sources import run, table

HEADER = (
    *("id", "transactionID", "date", "transactionTypeMain_id", "transactionTypeSupplementary_id"),
    *("transferringAccount_id", "acquiringAccount_id", "unitType_id", "project_id", "amount"),
)


def line(
    number: int,
    transaction: str,
    kind: str,
    ends: tuple[object, object],
    amount: object,
    hour: int = 1,
) -> Sequence[object]:
    main, supplementary = kind.split("-")
    day = f"2006-01-20 {hour:02d}:00:00.5"
    return (number, transaction, day, main, supplementary, *ends, "EUA2005", "", amount)


def extract(path: Path, *rows: Sequence[object], header: Sequence[object] = HEADER) -> Path:
    return table(path / "transactions.csv.gz", [header, *rows])


def test_openings_are_the_smallest_that_suffice(tmp_path: Path) -> None:
    file = extract(
        tmp_path,
        line(3, "XX3", "10-2", ("2.0", "9.0"), 70, hour=3),
        line(1, "XX1", "10-0", ("1.0", "2.0"), 100, hour=1),
        line(2, "XX2", "10-0", ("2.0", "1.0"), 50, hour=2),
        line(4, "XX4", "10-0", ("1.0", "3.0"), 50, hour=4),
    )
    loaded, registry = run(plan(file))
    report = loaded.report
    assert (report["moved"], report["retired"], report["opened"]) == (270, 70, 120)
    held = {account: registry.state.quantity(f"HOLD:EUTL-{account}") for account in (1, 2, 3, 9)}
    assert held == {1: 0, 2: 0, 3: 50, 9: 0}
    assert registry.state.quantity("HOLD:EUTL-OPENING") == 0


def test_a_transaction_is_one_command_over_its_rows(tmp_path: Path) -> None:
    rows = [line(n, "XX1", "10-0", ("1.0", "2.0"), 5) for n in (1, 2, 3)]
    planned = plan(extract(tmp_path, *rows))
    assert [c.subject for c in planned.commands if c.about == "transaction"] == ["XX1"]
    assert run(planned)[0].report["rows_moved"] == 3


def test_other_registries_types_are_known(tmp_path: Path) -> None:
    file = extract(
        tmp_path,
        line(1, "XX1", "10-52", ("", "1.0"), 1000, hour=1),
        line(2, "XX2", "10-53", ("1.0", "2.0"), 600, hour=2),
        line(3, "XX3", "10-41", ("2.0", "3.0"), 100, hour=3),
        line(4, "XX4", "10-55", ("3.0", "2.0"), 10, hour=4),
        line(5, "XX5", "4-3", ("2.0", "4.0"), 20, hour=5),
        line(6, "XX6", "5-1", ("2.0", "4.0"), 30, hour=6),
        line(7, "XX7", "10-0", ("2.0", "2.0"), 40, hour=7),
        line(8, "XX8", "10-0", ("2.0", "1.0"), 0, hour=8),
    )
    report = run(plan(file))[0].report
    assert (report["issued"], report["opened"], report["refused"]) == (1000, 10, [])
    assert report["moved"] == 1000 + 600 + 100 + 10 + 20 + 30
    assert report["retired_by_purpose"] == {
        "CANCELLATION_AND_REPLACEMENT": 100, "VOLUNTARY_CANCELLATION": 20, "COMPLIANCE": 30,
    }  # fmt: skip
    assert report["within_one_account"] == {"rows": 1, "units": 40}
    passed = report["passed_over"]
    assert isinstance(passed, list)
    assert [entry["rows"] for entry in passed] == [1, 1]


def test_two_extracts_stand_in_one_ledger(tmp_path: Path) -> None:
    first = extract(tmp_path, line(1, "XX1", "10-0", ("1.0", "2.0"), 5))
    loaded, registry = run(plan(first))
    second = extract(tmp_path, line(9, "YY1", "10-0", ("1.0", "2.0"), 5))
    more, _ = run(plan(second), registry)
    assert (loaded.report["refused"], more.report["refused"]) == ([], [])


@pytest.mark.parametrize(
    ("rows", "code", "where"),
    [
        ([line(1, "X1", "10-0", ("1", "2"), 12.5)], "not_whole", (2, "amount")),
        ([line(1, "X1", "10-0", ("1", "2"), "5.0")], "not_whole", (2, "amount")),
        ([line(1, "X1", "10-0", ("1", "2"), -5)], "negative", (2, "amount")),
        ([line(1, "X1", "10-0", ("1", "2"), "")], "cell_empty", (2, "amount")),
        ([line(1, "X1", "10-0", ("1.5", "2"), 5)], "not_whole", (2, "transferringAccount_id")),
        ([line(1, "X1", "10-99", ("1", "2"), 5)], "type_unknown", (2, "transactionTypeMain_id")),
        (
            [line(1, "X1", "10-0", ("1", "2"), 5), line(1, "X2", "10-0", ("1", "2"), 5)],
            "duplicate_key",
            (3, "id"),
        ),
        (
            [line(1, "X1", "10-0", ("1", "2"), 5), line(2, "X1", "10-2", ("1", "2"), 5)],
            "transaction_mixed",
            (3, "transactionID"),
        ),
        ([line(1, "X1", "10-0", ("1", "2"), 5)[:-1]], "row_length", (2, "")),
        ([], "no_rows", (0, "")),
    ],
)
def test_a_wrong_extract_is_named(
    tmp_path: Path, rows: list[Sequence[object]], code: str, where: tuple[int, str]
) -> None:
    with pytest.raises(SourceFault) as fault:
        plan(extract(tmp_path, *rows))
    assert (fault.value.code, fault.value.where.file) == (code, "transactions.csv.gz")
    assert (fault.value.where.row, fault.value.where.column) == where


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = extract(tmp_path, line(1, "X1", "10-0", ("1", "2"), 5))
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(SourceFault, match="gzip_damaged"):
        plan(file)
    file.write_bytes("id,transactionID\nü".encode("latin-1"))
    with pytest.raises(SourceFault, match=r"row 2.*not_utf8"):
        plan(file)
    file.write_bytes(b"id,transactionID\n\0")
    with pytest.raises(SourceFault, match=r"row 2.*not_text"):
        plan(file)
    file.write_bytes(b'id,transactionID\n1,"a"b\n')
    with pytest.raises(SourceFault, match=r"row 2.*csv_damaged"):
        plan(file)
    with pytest.raises(SourceFault, match=r"row 1, column 'amount'.*header_missing"):
        plan(extract(tmp_path, header=HEADER[:-1]))
    with pytest.raises(SourceFault, match="unreadable"):
        plan(tmp_path)
