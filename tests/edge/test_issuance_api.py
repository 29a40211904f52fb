"""The issuance room over HTTP: its roads and its refusals."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.twin import Client, fill, issuance, move, opened

FOREST = {"project": "JC-FM-1", "scheme": "JC", "kind": "FM", "name": "Forest"}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as client:
        await fill(client)
        await client.made("/v1/projects", {**FOREST, "methodologies": ["FO-001"]})
        await client.made("/v1/issuances", issuance("JC-FM-1", "JC-FM/1-01", 2660))
        yield client


async def test_a_project_is_found_again(room: Client) -> None:
    body: dict[str, Any] = {**FOREST, "project": "JC/7", "methodologies": ["a", "b"]}
    body |= {"country": "JPN", "implementer": "Example Ltd.", "region": "Gifu"}
    response = await room.post("/v1/projects", body)
    assert response.headers["location"] == "/v1/projects/JC/7"
    found = await room.seen("/v1/projects/JC/7")
    assert body.items() <= found.items()
    assert found["position"] == response.json()["position"]


async def test_a_forest_lot_gives_its_share_to_the_buffer(room: Client) -> None:
    lot = await room.seen("/v1/lots/JC-FM%2F1-01")
    assert (lot["issued"], lot["held"], lot["buffered"], lot["retired"]) == (2660, 2581, 79, 0)
    assert [(part["first"], part["last"], part["account"]) for part in lot["segments"]] == [
        (1, 2581, "HOLD:A01"),
        (2582, 2660, "BUF:FOREST"),
    ]
    assert lot["segments"][0]["holder"] == "A01"


async def test_the_buffer_is_released_and_cancelled(room: Client) -> None:
    lot = {"lot": "JC-FM/1-01"}
    release = {"account": "B02", "buffer": "FOREST", "quantity": 9, **lot}
    assert (await room.made("/v1/buffer/releases", release))["events"][0]["account"] == "B02"
    cancel = {"buffer": "FOREST", "reason": "storm", "quantity": 10, **lot}
    await room.made("/v1/buffer/cancellations", cancel)
    found = {
        part["account"]: part["quantity"]
        for part in (await room.seen("/v1/lots/JC-FM/1-01"))["accounts"]
    }
    assert found == {"HOLD:A01": 2581, "HOLD:B02": 9, "BUF:FOREST": 60, "RET:BUF": 10}
    more = await room.post("/v1/buffer/cancellations", {**cancel, "quantity": 61})
    assert (more.status_code, more.json()["code"]) == (409, "quantity_exceeds_holding")


async def test_an_issuance_is_withdrawn_while_nothing_moved(room: Client) -> None:
    reason = {"reason": "wrong column"}
    await room.made("/v1/issuances/JC-FM%2F1-01/withdrawal", reason)
    lot = await room.seen("/v1/lots/JC-FM/1-01")
    assert (lot["withdrawn"], lot["withdrawn_quantity"], lot["held"]) == (True, 2660, 0)
    await room.made("/v1/transfers", move(1))
    moved = await room.post("/v1/issuances/JC-1-01/withdrawal", reason)
    assert (moved.status_code, moved.json()["code"]) == (409, "lot_has_moved")


async def test_a_takeover_adds_serials_to_a_lot(room: Client) -> None:
    body = {**issuance("JC-1", "JC-1-01", 500), "first": 2001}
    await room.made("/v1/issuances", body)
    lot = await room.seen("/v1/lots/JC-1-01")
    assert lot["issued"] == 1500
    assert [(part["first"], part["last"]) for part in lot["segments"]] == [(1, 1000), (2001, 2500)]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/projects", {**FOREST, "methodologies": []}, 409, "project_exists"),
        ("/v1/projects", {**FOREST, "scheme": "X", "methodologies": []}, 422, "scheme_not_found"),
        ("/v1/issuances", issuance("none", "L", 1), 404, "project_not_found"),
        ("/v1/issuances", issuance("JC-1", "JC-1-01", 1), 409, "lot_exists"),
        (
            "/v1/issuances",
            {**issuance("JC-1", "L", 1), "certified_on": "2026-02-30"},
            422,
            "day_not_in_calendar",
        ),
        (
            "/v1/issuances",
            {**issuance("JC-1", "JC-1-01", 1), "first": 7},
            409,
            "serials_already_issued",
        ),
        ("/v1/issuances", {**issuance("JC-1", "L", 1), "account": "X"}, 404, "account_not_found"),
        ("/v1/issuances/none/withdrawal", {"reason": "x"}, 404, "lot_not_found"),
        ("/v1/buffer/releases", {"account": "A01", "buffer": "X"}, 422, "selection_ambiguous"),
    ],
)
async def test_what_is_refused(
    room: Client, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    response = await room.post(path, body)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_lots_are_listed_by_project(room: Client) -> None:
    assert [lot["lot"] for lot in (await room.seen("/v1/lots"))["items"]] == [
        "JC-1-01",
        "JC-FM/1-01",
    ]
    found = (await room.seen("/v1/lots?project=JC-1"))["items"]
    assert [lot["lot"] for lot in found] == ["JC-1-01"]
