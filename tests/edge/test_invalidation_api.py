"""The invalidation room over HTTP: its roads, its refusals, and the whole life of one credit."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.twin import Client, fill, issuance, move, opened


def claim(quantity: int, account: str = "A01", **more: Any) -> dict[str, Any]:
    """Return the body that uses a quantity up."""
    line = {"account": account, "beneficiary": "Foods Ltd.", "purpose": "offset"}
    return {"lines": [{**line, "quantity": quantity, **more}]}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as client:
        await fill(client)
        yield client


async def test_what_was_used_is_listed_with_its_claim(room: Client) -> None:
    more = {"detail": "fair", "period_from": "2025-04-01", "period_to": "2026-03-31"}
    told = await room.made("/v1/invalidations", claim(137, **more))
    (item,) = (await room.seen("/v1/retirements?account=A01"))["items"]
    assert (item["position"], item["verb"], item["quantity"]) == (
        told["position"],
        "invalidate",
        137,
    )
    assert (item["lot"], item["first"], item["last"]) == ("JC-1-01", 1, 137)
    assert more.items() <= item.items()
    assert (await room.seen("/v1/lots/JC-1-01"))["retired"] == 137
    assert (await room.seen("/v1/retirements?account=B02"))["items"] == []


async def test_domestic_credits_are_cancelled(room: Client) -> None:
    project = {"project": "KC-1", "scheme": "KC", "kind": "KC", "name": "x", "methodologies": []}
    await room.made("/v1/projects", project)
    await room.made("/v1/issuances", issuance("KC-1", "KC-1-01", 10))
    await room.made("/v1/cancellations", claim(3, lot="KC-1-01"))
    assert (await room.seen("/v1/retirements"))["items"][0]["verb"] == "cancel"
    other = await room.post("/v1/invalidations", claim(3, lot="KC-1-01"))
    assert (other.status_code, other.json()["code"]) == (409, "retire_verb_differs")


async def test_annulled_credits_are_withdrawn_or_marked(room: Client) -> None:
    await room.made("/v1/invalidations", claim(100))
    body = {"lot": "JC-1-01", "reason": "never took place"}
    told = await room.made("/v1/annulments", {**body, "serials": [{"first": 91, "last": 110}]})
    items = (await room.seen("/v1/annulments?lot=JC-1-01"))["items"]
    assert [(item["first"], item["last"], item["state"]) for item in items] == [
        (101, 110, "withdrawn"),
        (91, 100, "used"),
    ]
    (duty,) = (await room.seen("/v1/duties"))["items"]
    assert (duty["debtor"], duty["quantity"]) == ("Foods Ltd.", 10)
    assert duty["position"] == told["position"]
    assert (await room.seen("/v1/annulments?lot=X"))["items"] == []
    nothing = await room.post("/v1/annulments", {**body, "serials": [{"first": 91, "last": 110}]})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_annul")


async def test_the_whole_life_of_one_credit(room: Client) -> None:
    await room.made("/v1/transfers", move(50))
    order = await room.made("/v1/reservations", {"account": "B02", "quantity": 5})
    await room.made(f"/v1/reservations/{order['events'][0]['order']}/release")
    await room.made("/v1/invalidations", claim(5, "B02"), Tonne_Actor="operator:2")
    await room.made(
        "/v1/annulments",
        {"lot": "JC-1-01", "reason": "x", "serials": [{"first": 2, "last": 2}]},
    )
    life = await room.seen("/v1/serials/JC-1-01:2")
    assert life == await room.seen("/v1/serials/JC-1-01/2")
    assert life == await room.seen("/v1/serials/JC-1-01%2F2")
    assert (life["account"], life["status"]) == ("RET:INV", "retired")
    assert [step["type"] for step in life["steps"]] == [
        "credits.issued.v1",
        "transfer.settled.v1",
        "credits.reserved.v1",
        "reservation.released.v1",
        "credits.invalidated.v1",
        "credits.annulled.v1",
    ]
    used = life["steps"][4]
    assert (used["source"], used["target"]) == ("HOLD:B02", "RET:INV")
    assert used["said"]["beneficiary"] == "Foods Ltd."
    assert used["command"]["actor"] == "operator:2"
    assert (await room.seen(f"/v1/commands/{used['command']['id']}"))["position"] == used[
        "position"
    ]
    assert "postings" not in used["said"]
    untouched = await room.seen("/v1/serials/JC-1-01:1000")
    assert (untouched["status"], untouched["holder"]) == ("held", "A01")
    assert (await room.get("/v1/serials/JC-1-01:1001")).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/invalidations", claim(1001), 409, "quantity_exceeds_holding"),
        ("/v1/invalidations", claim(1, purpose="fun"), 422, "purpose_unknown"),
        ("/v1/invalidations", claim(1, lot="X"), 404, "lot_not_found"),
        ("/v1/cancellations", claim(1, lot="JC-1-01"), 409, "retire_verb_differs"),
        (
            "/v1/invalidations",
            claim(1, period_from="2026-01-02", period_to="2026-01-01"),
            422,
            "period_reversed",
        ),
        ("/v1/annulments", {"lot": "X", "reason": "x"}, 404, "lot_not_found"),
    ],
)
async def test_what_is_refused(
    room: Client, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    response = await room.post(path, body)
    assert (response.status_code, response.json()["code"]) == (status, code)
