"""What everybody may read: under the names of CAD Trust, without a login, of nobody's account."""

import csv
import json
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from libs.ledger.rules.calendar import Calendar
from services import rules
from tests.edge.callers import House
from tests.edge.twin import RULES, Client, issuance, opened

TABLE = rules.invalidation()
TOKYO = Calendar(1440, (), 9 * 60, 0, (1, 2, 3, 4, 5, 6, 7))
RULED = replace(
    RULES, purposes=tuple(TABLE.purposes), invalidation=TABLE, calendar=TOKYO, two_person=()
)
LISTS = ("projects", "certifications", "issuances", "retirements", "buffer")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path, RULED) as client:
        await client.made("/v1/accounts", {"account": "SECRET-1", "name": "Broker Ltd."})
        project = {"project": "JC-FM-1", "scheme": "JC", "kind": "FM", "name": "=Forest"}
        await client.made("/v1/projects", {**project, "methodologies": ["FO-001"]})
        issued = {**issuance("JC-FM-1", "JC-FM-1-01", 2660), "account": "SECRET-1"}
        await client.made("/v1/issuances", issued)
        line = {"account": "SECRET-1", "purpose": "PREF_PLAN", "beneficiary": "Foods Ltd."}
        line |= {"detail": "For Ms. A, 1-1 Home", "agent": "Broker Ltd."}
        line |= {"corporate_number": "1234567890123", "scope": "SCOPE_2"}
        lines = [{**line, "quantity": 137}, {**line, "quantity": 3, "also": ["KEIDANREN_CN"]}]
        client.twin.ms += 20 * 60 * 60 * 1000
        await client.made("/v1/invalidations", {"lines": lines})
        yield client


async def seen(client: Client, name: str) -> list[dict[str, Any]]:
    found = await client.seen(f"/v1/public/{name}")
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_a_retirement_is_told_under_the_names_of_cad_trust(room: Client) -> None:
    first, second = await seen(room, "retirements")
    assert first == {
        "unitSerialId": "JC-FM-1-01/1-137",
        "unitStartBlock": "1",
        "unitEndBlock": "137",
        "unitCount": 137,
        "unitVintageYear": 2025,
        "unitStatus": "Retired",
        "unitStatusReason": "PREF_PLAN",
        # 20:00 UTC is the next day in Tokyo
        "unitStatusDate": "2026-04-02",
        "unitRetirementDetail": "自治体計画書制度",
        "unitRetirementBeneficiary": "Foods Ltd.",
        "unitRetirementBeneficiaryId": "1234567890123",
        "unitLink": "http://127.0.0.1/v1/serials/JC-FM-1-01:1",
        "issuanceId": "JC-FM-1-01",
        "projectId": "JC-FM-1",
    } | {"unitMetric": "tCO2e"}
    assert second["unitStatusReason"] == "PREF_PLAN, KEIDANREN_CN"
    assert await seen(room, "retirements?lot=X") == []
    assert len(await seen(room, "retirements?beneficiary=Foods+Ltd.")) == 2


async def test_projects_and_issuances_are_told(room: Client) -> None:
    (project,) = await seen(room, "projects")
    assert (project["projectId"], project["projectName"]) == ("JC-FM-1", "=Forest")
    assert (project["projectType"], project["methodologyCode"]) == (["FM"], ["FO-001"])
    assert (project["projectStatus"], project["projectUnitMetric"]) == ("Registered", "tCO2e")
    (issued,) = await seen(room, "issuances?project=JC-FM-1")
    assert (issued["issuanceId"], issued["unitCount"]) == ("JC-FM-1-01", 2660)
    assert (issued["issuanceDate"], issued["unitStatus"]) == ("2026-01-31", "Issued")
    assert await seen(room, "issuances?project=X") == []


async def test_what_the_committee_approved_is_told_with_its_energy(room: Client) -> None:
    days = {"period_from": "2024-04-01", "period_to": "2025-03-31"}
    for name in ("C1", "C2"):
        more = {"project": "JC-FM-1", "devices": [], "certification": name}
        await room.made("/v1/certifications", days | more)
        days = {"period_from": "2025-04-01", "period_to": "2025-12-31"}
    report: dict[str, Any] = {"electricity_kwh": 2_015_000, "heat_mj": 7, "energy_saving": False}
    report |= {"measured": {"kind": "reduction", "baseline_kg": 90_999, "project_kg": 0}}
    report |= {"methodologies": [{"code": "FO-001", "version": "3.0"}]}
    decided = {"decided_on": "2026-03-31", "minutes": "For Ms. A", "outcome": "approved"}
    steps = {
        "report": report,
        "verification": {"verifier": "VV", "verified_on": "2026-02-20"},
        "submission": {},
        "decision": decided,
    }
    for name, step in steps.items():
        assert await seen(room, "certifications") == []
        await room.made(f"/v1/certifications/C1/{name}", step)
    (told,) = await seen(room, "certifications?project=JC-FM-1")
    assert told == {
        "certificationId": "C1",
        "certificationDate": "2026-03-31",
        "projectId": "JC-FM-1",
        "verificationBody": "VV",
        "verificationReportDate": "2026-02-20",
        "verificationStartDate": "2024-04-01",
        "verificationEndDate": "2025-03-31",
        "unitCount": 90,
        "unitMetric": "tCO2e",
        "certifiedElectricityMwh": "2015.000",
        "certifiedHeatGj": "0.007",
    }
    await room.made("/v1/government/issuances", {"certification": "C1", "lot": "JC-FM-1-02"})
    (told,) = await seen(room, "certifications")
    assert told["issuanceId"] == "JC-FM-1-02"
    assert told["unitLink"] == "http://127.0.0.1/v1/lots/JC-FM-1-02"
    assert await seen(room, "certifications?project=X") == []


async def test_the_bulletin_tells_the_balance_of_the_buffer(room: Client) -> None:
    await room.made(
        "/v1/buffer/cancellations", {"buffer": "FOREST", "reason": "Storm.", "quantity": 9}
    )
    await room.made(
        "/v1/buffer/releases", {"buffer": "FOREST", "account": "SECRET-1", "quantity": 20}
    )
    lines = await seen(room, "buffer")
    assert [(line["unitStatus"], line["unitCount"], line["balance"]) for line in lines] == [
        ("Buffer", 79, 79),
        ("Cancelled", 9, 70),
        ("Issued", 20, 50),
    ]
    page = await room.seen("/v1/public/buffer?limit=1&buffer=FOREST")
    rest = await room.seen(f"/v1/public/buffer?buffer=FOREST&cursor={page['next_cursor']}")
    assert [line["balance"] for line in rest["items"]] == [70, 50]
    assert await seen(room, "buffer?buffer=OTHER") == []


@pytest.mark.parametrize("name", LISTS)
async def test_nothing_public_shows_an_account_or_what_somebody_wrote(
    room: Client, name: str
) -> None:
    told = json.dumps(await seen(room, name), ensure_ascii=False)
    for hidden in ("SECRET-1", "Broker", "Ms. A"):
        assert hidden not in told


@pytest.mark.parametrize("name", LISTS)
async def test_whoever_comes_without_a_key_reads_a_sheet(house: House, name: str) -> None:
    response = await house.send(None, "GET", f"/v1/public/{name}", Accept="text/csv")
    assert response.status_code == 200
    (names, *rows) = csv.reader(StringIO(response.text))
    assert "unitLink" in names or "projectLink" in names
    assert bool(rows) is (name not in {"buffer", "certifications"})


async def test_no_cell_of_a_public_sheet_is_a_formula(room: Client) -> None:
    response = await room.get("/v1/public/projects", Accept="text/csv")
    (row,) = csv.DictReader(StringIO(response.text))
    assert row["projectName"] == "'=Forest"
