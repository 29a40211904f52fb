"""Every list as CSV: the same items, safe to open, a page at a time."""

import csv
from io import StringIO

import msgspec
import pytest

from libs.edge import sheet
from tests.edge.twin import Client

CSV = "text/csv"


class Item(msgspec.Struct):
    name: str
    count: int
    parts: tuple[str, ...] = ()
    open: bool = True
    note: str | None = None


@pytest.mark.parametrize(
    ("accept", "asked"),
    [
        ("text/csv", True),
        ("text/csv, application/json;q=0.5", True),
        ("application/json, text/csv;q=0.9", False),
        ("*/*", False),
        ("", False),
        ("text/csv;q=0", False),
        ("text/csv;q=high", False),
        ("TEXT/CSV; header=present", True),
    ],
)
def test_who_asks_for_csv_gets_it(accept: str, asked: bool) -> None:  # noqa: FBT001 - a table
    assert sheet.wanted(accept) is asked


def test_what_a_name_says_is_never_run() -> None:
    hostile = ('=cmd|"/C calc"!A0', "+1", "-2", "@SUM(A1)", "\tx", 'a "quoted", name\r\nand more')
    raw = sheet.write(Item, [Item(name, 1, ("a", "b")) for name in hostile])
    rows = list(csv.reader(StringIO(raw.decode(), newline="")))
    assert rows[0] == ["name", "count", "parts", "open", "note"]
    assert [row[0] for row in rows[1:]] == [
        *(f"'{name}" for name in hostile[:5]),
        hostile[5],
    ]
    assert rows[1][1:] == ["1", '["a","b"]', "true", ""]


async def test_a_list_is_the_same_in_both_forms(filled: Client) -> None:
    used = {"account": "A01", "beneficiary": "=1+1", "purpose": "offset", "quantity": 1}
    await filled.made("/v1/invalidations", {"lines": [used]})
    for path in ("/v1/projects", "/v1/lots", "/v1/accounts", "/v1/retirements"):
        told = (await filled.seen(path))["items"]
        answer = await filled.get(path, Accept=CSV)
        assert answer.headers["content-type"] == sheet.MEDIA
        rows = list(csv.DictReader(StringIO(answer.text, newline="")))
        assert len(rows) == len(told) > 0
        for row, item in zip(rows, told, strict=True):
            plain = {name: value for name, value in item.items() if isinstance(value, str)}
            assert {name: row[name].removeprefix("'") for name in plain} == plain


async def test_the_two_forms_have_tags_of_their_own(filled: Client) -> None:
    plain, table = await filled.get("/v1/lots"), await filled.get("/v1/lots", Accept=CSV)
    assert plain.headers["etag"] != table.headers["etag"]
    assert "Accept" in plain.headers["vary"]
    again = await filled.get("/v1/lots", Accept=CSV, If_None_Match=table.headers["etag"])
    assert again.status_code == 304
    other = await filled.get("/v1/lots", Accept=CSV, If_None_Match=plain.headers["etag"])
    assert other.status_code == 200


async def test_pages_of_a_table_go_on_by_the_link(filled: Client) -> None:
    first = await filled.get("/v1/accounts?limit=1", Accept=CSV)
    following = first.headers["link"].partition(">")[0].removeprefix("<")
    second = await filled.get(following, Accept=CSV)
    assert first.text.splitlines()[0] == second.text.splitlines()[0]
    assert first.text.splitlines()[1] != second.text.splitlines()[1]


async def test_what_is_no_list_stays_json(filled: Client) -> None:
    answer = await filled.get("/v1/rules", Accept=CSV)
    assert answer.headers["content-type"].startswith("application/json")
