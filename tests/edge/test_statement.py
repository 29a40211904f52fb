"""A statement's ends are read strictly, as the audit reads a moment."""

import csv
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest

from tests.edge.twin import Client, issuance, move

PATH = "/v1/accounts/A01/statement"


async def test_a_statement_reads_its_ends_as_the_audit_does(filled: Client) -> None:
    path = "/v1/accounts/A01/statement"
    whole = await filled.seen(path)
    at = whole["items"][0]["at"]
    assert at[:16] == "2026-04-01T00:00"
    there = at.replace("T00:", "T09:").replace("Z", "%2B09:00")
    for ends in (f"from={there}&to={there}", f"from={at}&to={at}", "from=2026-04-01&to=2026-04-01"):
        assert len((await filled.seen(f"{path}?{ends}"))["items"]) == 1, ends
    finer = at.replace("Z", "9Z")
    for ends in (f"from={finer}", "to=2026-03-31", "from=2026-04-02", "to=1969-01-01"):
        assert (await filled.seen(f"{path}?{ends}"))["items"] == [], ends
    for nonsense in ("2026-W14", "2026-04-01T12:00:00", "9999-12-31T23:59:59-23:59", "tomorrow"):
        for name in ("from", "to"):
            response = await filled.get(f"{path}?{name}={nonsense}")
            assert response.json()["code"] == "parameter_invalid", nonsense


async def test_a_statement_that_ends_before_it_begins_is_refused(filled: Client) -> None:
    path = "/v1/accounts/A01/statement"
    for ends in ("from=2026-11-24&to=2026-01-01", "from=9&to=3"):
        response = await filled.get(f"{path}?{ends}")
        assert (response.status_code, response.json()["code"]) == (422, "parameter_invalid"), ends


@pytest.fixture
async def moved(filled: Client) -> Client:
    """A01 gave, was given, set aside, used up and was issued more: some at one instant."""
    await filled.made("/v1/issuances", issuance("JC-1", "JC-1-02", 50))
    for quantity in (300, 20, 7):
        await filled.made("/v1/transfers", move(quantity))
    await filled.made("/v1/transfers", move(25, "B02", "A01"))
    await filled.made("/v1/reservations", {"account": "A01", "quantity": 100})
    line = {"account": "A01", "beneficiary": "=HYPERLINK(1)", "purpose": "offset", "quantity": 11}
    await filled.made("/v1/invalidations", {"lines": [line, {**line, "quantity": 630}]})
    return filled


async def walk(client: Client, asked: str) -> list[dict[str, Any]]:
    """Follow the cursors of a statement from page to page."""
    pages = [await client.seen(f"{PATH}?limit=2&{asked}")]
    while "next_cursor" in pages[-1]:
        cursor = pages[-1]["next_cursor"]
        pages.append(await client.seen(f"{PATH}?limit=2&{asked}&cursor={cursor}"))
    return pages


async def test_opening_and_lines_make_the_closing_balance_between_any_two_ends(
    moved: Client,
) -> None:
    whole = await moved.seen(PATH)
    ends = range(whole["to_position"] + 2)
    for first in ends:
        for last in (last for last in ends if last >= first):
            told = await moved.seen(f"{PATH}?from={first}&to={last}")
            changed = sum(line["change"] for line in told["items"])
            assert told["opening"] + changed == told["closing"], (first, last)
            assert told["opening"] == told["brought"]
            certified = await moved.seen(f"/v1/accounts/A01/balance?at={last}")
            assert certified["quantity"] == told["closing"]
            assert sum(lot["quantity"] for lot in certified["items"]) == told["closing"]
    assert whole["closing"] == 1000 + 50 - 327 + 25 - 641


async def test_a_statement_is_read_page_by_page(moved: Client) -> None:
    whole = await moved.seen(PATH)
    for asked in ("", f"from=5&to={whole['to_position']}"):
        pages = await walk(moved, asked)
        assert len(pages) > 2
        assert {page["opening"] for page in pages} == {pages[0]["opening"]}
        assert {page["closing"] for page in pages} == {whole["closing"]}
        carried = pages[0]["opening"]
        for page in pages:
            assert page["brought"] == carried
            carried += sum(line["change"] for line in page["items"])
            assert page["items"][-1]["balance"] == carried
        assert carried == whole["closing"]


async def test_an_instant_between_two_entries_is_the_end_of_the_first(moved: Client) -> None:
    lines = (await moved.seen(PATH))["items"]
    for line, following in pairwise(lines):
        if line["at"] == following["at"]:
            continue
        between = line["at"].replace("Z", "5Z")
        told = await moved.seen(f"{PATH}?to={between}")
        assert (told["closing"], told["items"][-1]["position"]) == (
            line["balance"],
            line["position"],
        )
        rest = await moved.seen(f"{PATH}?from={between}")
        assert (rest["opening"], rest["items"][0]["position"]) == (
            line["balance"],
            following["position"],
        )
        certified = await moved.seen(f"/v1/accounts/A01/balance?at={between}")
        assert certified["quantity"] == line["balance"]


async def test_a_balance_is_certified_as_it_was_lot_by_lot(moved: Client) -> None:
    first = await moved.seen("/v1/accounts/A01/balance?limit=1")
    assert [lot["lot"] for lot in first["items"]] == ["JC-1-01"]
    second = await moved.seen(f"/v1/accounts/A01/balance?limit=1&cursor={first['next_cursor']}")
    assert [lot["lot"] for lot in second["items"]] == ["JC-1-02"]
    assert "next_cursor" not in second
    early = await moved.seen("/v1/accounts/A01/balance?at=2026-03-31")
    assert (early["quantity"], early["items"], early["position"]) == (0, [], -1)
    assert (await moved.get("/v1/accounts/Z99/balance")).json()["code"] == "account_not_found"
    wrong = await moved.get("/v1/accounts/A01/balance?at=soon")
    assert wrong.json()["code"] == "parameter_invalid"


async def test_a_sheet_has_the_balances_and_runs_no_formula(moved: Client) -> None:
    async def rows(path: str) -> list[dict[str, str]]:
        response = await moved.get(path, Accept="text/csv")
        return list(csv.DictReader(StringIO(response.text)))

    told = await moved.seen(f"{PATH}?from=5")
    sheet = await rows(f"{PATH}?from=5")
    assert (sheet[0]["type"], sheet[0]["balance"]) == ("balance.brought", str(told["opening"]))
    assert (sheet[-1]["type"], sheet[-1]["balance"]) == ("balance.closing", str(told["closing"]))
    assert [row["change"] for row in sheet[1:-1]] == [str(one["change"]) for one in told["items"]]
    assert (await rows(f"{PATH}?limit=1"))[-1]["type"] == "balance.carried"
    assert [row["type"] for row in await rows(f"{PATH}?from=2026-04-02")] == [
        "balance.brought",
        "balance.closing",
    ]
    used = await rows("/v1/retirements")
    assert {row["beneficiary"] for row in used} == {"'=HYPERLINK(1)"}
