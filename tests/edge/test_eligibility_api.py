"""Eligibility over HTTP and at the command line: which credit for what, and why not."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from services import rules
from services.cli import app
from tests.edge.twin import RULES, Client, issuance, opened

TABLE = rules.invalidation("official")
RULED = replace(RULES, purposes=tuple(TABLE.purposes), invalidation=TABLE)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path, RULED) as client:
        project = {"project": "JC-1", "scheme": "JC", "kind": "ER", "name": "n"}
        await client.made("/v1/projects", {**project, "methodologies": ["EN-R-002"]})
        await client.made("/v1/accounts", {"account": "A01", "name": "A"})
        await client.made("/v1/issuances", issuance("JC-1", "JC-1-01", 100))
        yield client


async def test_a_lot_is_asked_about(room: Client) -> None:
    told = await room.seen("/v1/eligibility?lot=JC-1-01")
    assert told["day"] == "2026-04-01"
    stances = {item["purpose"]: item["stance"] for item in told["items"]}
    assert set(stances) == set(TABLE.purposes)
    assert (stances["RE100"], stances["ENERGY_SAVING_JOINT"]) == ("warn", "refuse")
    asked = "/v1/eligibility?lot=JC-1-01&purpose=RE100&scope=SCOPE_1"
    (now,) = (await room.seen(asked))["items"]
    (then,) = (await room.seen(f"{asked}&day=2021-07-31"))["items"]
    assert (now["stance"], then["stance"], now["kinds"]) == ("refuse", "allow", ["RENEWABLE_POWER"])
    assert "since 2021-08" in now["reasons"][0]


async def test_an_account_is_told_which_of_its_credits_count_for_what(room: Client) -> None:
    project = {"project": "JC-2", "scheme": "JC", "kind": "ER", "name": "n"}
    await room.made("/v1/projects", {**project, "methodologies": ["EN-S-001"]})
    await room.made("/v1/issuances", issuance("JC-2", "JC-2-01", 7))
    await room.made("/v1/reservations", {"account": "A01", "lot": "JC-2-01", "quantity": 2})
    path = "/v1/eligibility/holdings?account=A01"
    power, saving = (await room.seen(f"{path}&purpose=RE100&scope=SCOPE_2"))["items"]
    assert (power["lot"], power["quantity"], power["stance"]) == ("JC-1-01", 100, "allow")
    assert (saving["lot"], saving["quantity"], saving["stance"]) == ("JC-2-01", 5, "refuse")
    assert saving["kinds"] == ["ENERGY_SAVING"]
    (abroad, _) = (await room.seen(f"{path}&purpose=SBT&scope=SCOPE_2&country=US"))["items"]
    assert "procured abroad" in abroad["reasons"][0]
    first = await room.seen(f"{path}&purpose=SBT&limit=1")
    (rest,) = (await room.seen(f"{path}&purpose=SBT&cursor={first['next_cursor']}"))["items"]
    assert rest["lot"] == "JC-2-01"
    unknown = await room.get(f"{path}&purpose=NONE")
    assert unknown.json()["code"] == "purpose_unknown"
    for wrong in ("", "&purpose=SBT&country=usa"):
        assert (await room.get(f"{path}{wrong}")).json()["code"] == "parameter_invalid"


async def test_the_whole_table_is_shown(room: Client) -> None:
    items = (await room.seen("/v1/eligibility/matrix?day=2026-04-01"))["items"]
    assert len(items) == len(TABLE.kinds) * len(TABLE.purposes)
    (cell,) = [
        item for item in items if (item["kinds"], item["purpose"]) == (["RENEWABLE_HEAT"], "RE100")
    ]
    assert (cell["stance"], cell["group"]) == ("refuse", "オフセット等")


async def test_a_dry_run_warns_and_a_refusal_says_why(room: Client) -> None:
    line = {"account": "A01", "beneficiary": "x", "purpose": "RE100", "quantity": 1}
    asked = {"lines": [{**line, "lot": "JC-1-01"}]}
    told = await room.post("/v1/invalidations?dry_run=true", asked)
    assert "name the scope" in told.json()["events"][0]["warnings"][0]
    asked["lines"][0]["scope"] = "SCOPE_1"
    refused = await room.post("/v1/invalidations", asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_eligible")
    assert "Scope 2 only" in refused.json()["facts"]["because"]
    asked["lines"][0] |= {"scope": "SCOPE_2", "fiscal_year": 2025}
    await room.made("/v1/invalidations", asked)
    (kept,) = (await room.seen("/v1/retirements"))["items"]
    assert (kept["scope"], kept["fiscal_year"]) == ("SCOPE_2", 2025)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?lot=NONE", 404, "lot_not_found"),
        ("?lot=JC-1-01&purpose=FUN", 422, "purpose_unknown"),
        ("?lot=JC-1-01&day=2026-02-30", 422, "parameter_invalid"),
        ("?lot=JC-1-01&day=20260201", 422, "parameter_invalid"),
        ("?lot=JC-1-01&scope=SCOPE_9", 422, "parameter_invalid"),
    ],
)
async def test_what_cannot_be_asked(room: Client, query: str, status: int, code: str) -> None:
    response = await room.get(f"/v1/eligibility{query}")
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_ledger_without_a_table_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        response = await client.get("/v1/eligibility/matrix")
        assert (response.status_code, response.json()["code"]) == (404, "eligibility_not_ruled")


def test_the_command_line_answers_by_either_table() -> None:
    def asked(*words: str) -> str:
        told = CliRunner().invoke(app, ["eligibility", *words])
        assert told.exit_code == 0, told.output
        return told.output

    power = ("--methodology", "EN-R-002", "--purpose", "ENERGY_SAVING_JOINT", "--json")
    (one,) = json.loads(asked(*power))["items"]
    (other,) = json.loads(asked(*power, "--by", "official"))["items"]
    assert (one["stance"], other["stance"]) == ("allow", "refuse")
    assert "温対法" in asked("--methodology", "EN-S-001", "--day", "2026-04-01")
    for wrong in (("--purpose", "FUN"), ("--day", "2026-13-01")):
        assert CliRunner().invoke(app, ["eligibility", *wrong]).exit_code == 2
