"""Certifications over HTTP: step by step, and the public lists."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.issuance.api.certifications import CERTIFICATION, EXAMPLE_DETAIL, WRITES
from tests.edge.twin import Client, opened

STEPS = {write.command: write for write in WRITES}
WAY = tuple(command for command in STEPS if command.startswith("certification."))
PROJECT = {"project": "JC-FM-000123", "scheme": "JC", "kind": "FM", "name": "Forest"}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as client:
        project = {**PROJECT, "methodologies": ["FO-001"]}
        await client.made("/v1/projects", project)
        yield client


async def step(client: Client, command: str, **other: Any) -> Any:
    """Send the example of a command, as its document shows it."""
    write = STEPS[command]
    body = {**msgspec.to_builtins(write.example), **other}
    named = {place: body.pop(place) for place in write.places}
    return await client.made(write.template.format(**named), body)


async def test_the_examples_lead_to_the_committee(room: Client) -> None:
    for command in WAY:
        await step(room, command)
    found = await room.seen(f"/v1/certifications/{CERTIFICATION}")
    said = msgspec.json.decode(msgspec.json.encode(EXAMPLE_DETAIL))
    assert found == said | {"at": found["at"], "position": found["position"]}


async def test_certifications_are_listed_by_project_phase_and_device(room: Client) -> None:
    await step(room, "certification.open.v1")
    later = {"period_from": "2025-04-01", "period_to": "2025-04-30", "devices": ["STAND-18"]}
    await step(room, "certification.open.v1", certification="JC-FM-000123-C02", **later)
    await step(room, "certification.report.v1", electricity_kwh=2_015_000, heat_mj=7)
    every = "/v1/certifications"

    async def ids(query: str) -> list[str]:
        return [one["certification"] for one in (await room.seen(every + query))["items"]]

    both = ["JC-FM-000123-C01", "JC-FM-000123-C02"]
    assert await ids("") == both
    assert await ids("?project=JC-FM-000123") == both
    assert await ids("?project=NONE") == []
    assert await ids("?phase=REPORTED") == both[:1]
    assert await ids("?device=STAND-18") == both
    assert await ids("?device=STAND-17") == both[:1]
    first = await room.seen(f"{every}?limit=1")
    assert await ids(f"?limit=1&cursor={first['next_cursor']}") == both[1:]
    sheet = (await room.get(every, Accept="text/csv")).text.splitlines()
    assert sheet[0].startswith("certification,project,phase,period_from")
    assert ",2015000,2015.000,7,0.007," in sheet[1]
    assert (await room.get(f"{every}/NONE")).json()["code"] == "certification_not_found"
    fresh = await room.seen(f"{every}/JC-FM-000123-C02")
    assert fresh["devices"] == ["STAND-18"]
    assert "measured" not in fresh


async def test_the_state_gets_what_was_certified_and_the_lot_says_what_that_was(
    room: Client,
) -> None:
    for command in WAY:
        more = {"electricity_kwh": 2_015_000} if command == "certification.report.v1" else {}
        await step(room, command, **more)
    (fact,) = (await step(room, "credits.issue.government.v1"))["events"]
    lot = await room.seen(f"/v1/lots/{fact['lot']}")
    assert (lot["issued"], lot["accounts"]) == (2660, [{"account": "GOV:HOLD", "quantity": 2660}])
    assert (lot["certification"], lot["electricity_kwh"]) == (CERTIFICATION, 2_015_000)
    assert (lot["energy_saving"], lot["heat_mj"], lot["prefecture"]) == (False, 0, 21)
    found = await room.seen(f"/v1/certifications/{CERTIFICATION}")
    assert (found["phase"], found["lot"]) == ("ISSUED", fact["lot"])
    await room.made(f"/v1/issuances/{fact['lot']}/withdrawal", {"reason": "Wrong column."})
    assert (await room.seen("/v1/certifications?phase=RETURNED"))["items"][0]["lot"] == fact["lot"]


async def test_two_operators_give_credits_of_the_state_to_a_holder(room: Client) -> None:
    for command in (*WAY, "credits.issue.government.v1"):
        await step(room, command)
    await room.made("/v1/accounts", {"account": "A01", "name": "A"})
    asked = {"account": "A01", "quantity": 60, "reason": "Contract 7"}
    position = (await room.made("/v1/government/releases", asked))["position"]
    (before,) = (await room.seen("/v1/lots"))["items"]
    await room.made("/v1/approvals", {"position": position}, Tonne_Actor="operator:2")
    lot = await room.seen(f"/v1/lots/{before['lot']}")
    assert lot["accounts"] == [
        {"account": "GOV:HOLD", "quantity": 2600},
        {"account": "HOLD:A01", "quantity": 60},
    ]
    (held,) = (await room.seen("/v1/accounts/A01/holdings"))["items"]
    assert (held["first"], held["last"]) == (1, 60)


async def test_an_issuance_that_is_not_as_approved_is_refused(room: Client) -> None:
    for command in WAY:
        await step(room, command)
    await room.made("/v1/accounts", {"account": "A01", "name": "A"})
    days = {"vintage_from": "2024-04-01", "vintage_to": "2025-03-31"}
    body: dict[str, Any] = {"account": "A01", "lot": "JC-FM-000123-01", **days}
    body |= {
        "project": "JC-FM-000123",
        "quantity": 2659,
        "certified_on": "2026-03-31",
        "certification": CERTIFICATION,
    }
    wrong = await room.post("/v1/issuances", body)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "certification_differs")
    await room.made("/v1/issuances", body | {"quantity": 2660})
    assert (await room.seen("/v1/lots"))["items"][0]["certification"] == CERTIFICATION


async def test_a_use_tells_of_the_electricity_behind_it_once(room: Client) -> None:
    for command in WAY:
        more = {"electricity_kwh": 2_660_000} if command == "certification.report.v1" else {}
        await step(room, command, **more)
    await room.made("/v1/accounts", {"account": "A01", "name": "A"})
    days = {"vintage_from": "2024-04-01", "vintage_to": "2025-03-31", "certified_on": "2026-03-31"}
    body: dict[str, Any] = {"account": "A01", "lot": "L", "certification": CERTIFICATION, **days}
    await room.made("/v1/issuances", {**body, "project": "JC-FM-000123", "quantity": 2660})
    line: dict[str, Any] = {"account": "A01", "beneficiary": "B", "purpose": "offset", "lot": "L"}
    line |= {"serials": [{"first": 1, "last": 5}, {"first": 9, "last": 9}]}
    wrong = await room.post("/v1/invalidations", {"lines": [{**line, "energy_kwh": 6001}]})
    assert wrong.json()["facts"] == {"certified_kwh": 6000, "claimed_kwh": 6001, "line": 0}
    await room.made("/v1/invalidations", {"lines": [{**line, "energy_kwh": 6000}]})
    used = (await room.seen("/v1/retirements"))["items"]
    assert [one.get("energy_kwh") for one in used] == [6000, None]
