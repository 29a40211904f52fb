"""The Japanese list: full width, breaks in headers, several rows a project, and odd cells told."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.importers.j_credit_projects import plan
from services.importers.sheets import SourceFault
from services.issuance.commands import RegisterProject
from tests.importers.sources import run, table

HEADER = (
    *("プロジェクト\r\n番号", "登録申請日", "登録\r\n認証委員会", "プロジェクト実施者"),
    *("クレジット取得予定者", "プロジェクト概要", "プロジェクト実施場所", "プロジェクト実施地域"),
    *("適用方法論", "認証対象期間終了日", "認証見込み量\r\n（2030年度まで）\r\n（t-CO2）", "分類"),
)
NORMAL, PROGRAM = "【J-クレジット】一覧(通常型)", "【Ｊ－クレジット】一覧（プログラム型）"


def line(
    number: str = "7",
    operator: str = "見本株式会社",
    method: str = "EN-S-001\r\nVer. 1.0",
    until: str = "2021/3/31 0:00",
    expected: str = "100",
    kind: str = NORMAL,
) -> Sequence[object]:
    return (
        number,
        "2013/10/8",
        "1",
        operator,
        "-",
        "更新",
        "県",
        "東北",
        method,
        until,
        expected,
        kind,
    )


def bodies(path: Path, *rows: Sequence[object]) -> tuple[list[RegisterProject], dict[str, object]]:
    planned = plan(table(path / "list.csv", [HEADER, *rows], mark="\ufeff"))
    report = run(planned)[0].report
    found = [c.body for c in planned.commands if isinstance(c.body, RegisterProject)]
    return found, report


def test_several_rows_are_one_project(tmp_path: Path) -> None:
    (project,), report = bodies(tmp_path, line(), line(method="EN-R-001\r\nVer. 1.3および1.7"))
    assert project.project == "JC-ER-000007"
    assert project.methodologies == ("EN-S-001/1.0", "EN-R-001/1.3", "EN-R-001/1.7")
    assert report["expected"] == {"ER": 200}
    assert report["issued"] == 0


def test_type_and_class_are_part_of_the_key(tmp_path: Path) -> None:
    rows = [line(), line(kind=PROGRAM), line("８", method="ＦＯ－００１（Ver.4.0）")]
    projects, report = bodies(tmp_path, *rows)
    assert [p.project for p in projects] == ["JC-ER-000007", "JC-ER-P000007", "JC-FM-000008"]
    assert report["not_understood"] == []


def test_deregistration_is_read_out_of_the_name(tmp_path: Path) -> None:
    name = "見本有限会社\r\n（２０１６.09.13\r\nプロジェクト登録取消)"
    (project, _), report = bodies(tmp_path, line(operator=name), line("8", "見本（登録取消）会社"))
    assert project.implementer == "見本有限会社"
    assert report["deregistered"] == [{"project": "JC-ER-000007", "row": 2, "on": "2016-09-13"}]
    assert [odd["row"] for odd in report["not_understood"]] == [3]  # type: ignore[attr-defined]  # plain JSON


def test_every_odd_cell_is_told_by_row(tmp_path: Path) -> None:
    rows = [
        line("1", method="独自の方法"),
        line("2", until="甲：2021/3/31\r\n乙：2022/3/31"),
        line("3", expected="12.5"),
        line("4", kind="別表"),
        line("五"),
        line("6", operator="見本 太郎"),
    ]
    projects, report = bodies(tmp_path, *rows)
    odd = [(entry["row"], entry["column"]) for entry in report["not_understood"]]  # type: ignore[attr-defined]  # plain JSON
    assert odd == [
        (2, "適用方法論"),
        (3, "認証対象期間終了日"),
        (4, "認証見込み量 （2030年度まで） （t-CO2）"),
        (5, "分類"),
        (6, "プロジェクト 番号"),
    ]
    assert len(projects) == 4
    assert projects[3].implementer == "withheld"
    assert report["expected"] == {"ER": 300}


def test_another_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match="header_missing"):
        plan(table(tmp_path / "list.csv", [HEADER[:-1], line()[:-1]]))
    with pytest.raises(SourceFault, match="no_rows"):
        plan(table(tmp_path / "list.csv", [HEADER]))
