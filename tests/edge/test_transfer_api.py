"""The transfer room over HTTP: its roads and its refusals."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.twin import Client, fill, issuance, move, opened


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as client:
        await fill(client)
        yield client


async def test_credits_change_hands(room: Client) -> None:
    told = await room.made("/v1/transfers", move(400))
    (posting,) = told["events"][0]["postings"]
    assert (posting["first"], posting["last"]) == (1, 400)
    assert (await room.seen("/v1/accounts/A01"))["quantity"] == 600
    found = await room.seen("/v1/accounts/B02")
    segment = {"code": "HOLD:B02", "first": 1, "last": 400, "lot": "JC-1-01", "quantity": 400}
    assert found["holdings"] == {"items": [segment]}
    assert found["balances"] == [{"code": "HOLD:B02", "quantity": 400}]


async def test_segments_that_touch_are_one_again(room: Client) -> None:
    await room.made("/v1/transfers", move(400))
    await room.made("/v1/transfers", move(400, "B02", "A01"))
    items = (await room.seen("/v1/accounts/A01/holdings"))["items"]
    assert [(item["first"], item["last"]) for item in items] == [(1, 1000)]


async def test_lines_are_judged_alone_where_asked(room: Client) -> None:
    lines = [*move(1)["lines"], *move(9999)["lines"]]
    refused = await room.post("/v1/transfers", {"lines": lines})
    assert refused.json()["facts"]["line"] == 1
    told = await room.made("/v1/transfers", {"lines": lines, "atomic": False})
    assert [line["verdict"] for line in told["lines"]] == ["accepted", "rejected"]
    assert (await room.seen("/v1/accounts/B02"))["quantity"] == 1


async def test_an_account_is_frozen_unfrozen_and_closed(room: Client) -> None:
    await room.made("/v1/accounts/B02/freeze", {"reason": "check"})
    found = await room.seen("/v1/accounts/B02")
    assert (found["status"], found["reason"]) == ("frozen", "check")
    refused = await room.post("/v1/transfers", move(1))
    assert (refused.status_code, refused.json()["code"]) == (409, "account_frozen")
    await room.made("/v1/accounts/B02/unfreeze")
    assert "reason" not in await room.seen("/v1/accounts/B02")
    again = await room.post("/v1/accounts/B02/unfreeze", {})
    assert again.json()["code"] == "account_not_frozen"
    await room.made("/v1/accounts/B02/close")
    assert (await room.seen("/v1/accounts?status=closed"))["items"][0]["account"] == "B02"
    full = await room.post("/v1/accounts/A01/close")
    assert (full.status_code, full.json()["code"]) == (409, "account_not_empty")


async def test_a_reservation_is_set_aside_and_released(room: Client) -> None:
    told = await room.made("/v1/reservations", {"account": "A01", "quantity": 10})
    order = told["events"][0]["order"]
    found = await room.seen("/v1/accounts/A01")
    assert {part["code"]: part["quantity"] for part in found["balances"]} == {
        "HOLD:A01": 990,
        f"LOCK:A01:{order}": 10,
    }
    assert found["quantity"] == 1000
    assert (await room.seen("/v1/lots/JC-1-01"))["held"] == 1000
    await room.made(f"/v1/reservations/{order}/release")
    assert (await room.seen("/v1/reservations"))["items"][0]["status"] == "released"
    gone = await room.post(f"/v1/reservations/{order}/release")
    assert (gone.status_code, gone.json()["code"]) == (404, "reservation_not_found")


async def test_a_statement_opens_and_closes_with_what_was_there(room: Client) -> None:
    first = (await room.made("/v1/transfers", move(100)))["position"]
    await room.made("/v1/reservations", {"account": "B02", "quantity": 10})
    second = (await room.made("/v1/transfers", move(30, "B02", "A01")))["position"]
    whole = (await room.seen("/v1/accounts/B02?from=2026-04-01&to=2026-04-01"))["statement"]
    assert (whole["opening"], whole["closing"]) == (0, 70)
    assert [(line["change"], line["balance"]) for line in whole["items"]] == [(100, 100), (-30, 70)]
    later = await room.seen(f"/v1/accounts/B02/statement?from={first + 1}&to={second}")
    assert (later["opening"], later["closing"], len(later["items"])) == (100, 70, 1)
    before = await room.seen("/v1/accounts/B02/statement?to=2026-03-31")
    assert (before["opening"], before["closing"], before["items"]) == (0, 0, [])
    after = await room.seen("/v1/accounts/B02/statement?from=2026-04-02")
    assert (after["opening"], after["closing"], after["items"]) == (70, 70, [])
    instant = whole["items"][1]["at"]
    exact = await room.seen(f"/v1/accounts/B02/statement?from={instant}&to={instant}")
    assert [line["position"] for line in exact["items"]] == [second]


@pytest.mark.parametrize(
    "end", ["yesterday", "2026-02-30", "-1", "9" * 30, "0001-01-01T00:00+14:00"]
)
async def test_an_end_that_is_none_is_refused(room: Client, end: str) -> None:
    response = await room.http.get("/v1/accounts/A01", params={"to": end})
    assert response.json()["errors"][0]["parameter"] == "to"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/accounts", {"account": "A01", "name": "x"}, 409, "account_exists"),
        ("/v1/transfers", move(1, "A01", "A01"), 422, "accounts_must_differ"),
        ("/v1/transfers", move(1, "A01", "X"), 404, "account_not_found"),
        ("/v1/transfers", {"lines": []}, 422, "body_invalid"),
        ("/v1/accounts/X/freeze", {"reason": "x"}, 404, "account_not_found"),
        (
            "/v1/reservations",
            {"account": "A01", "quantity": 1, "expires_at": "2020-01-01T00:00:00.000Z"},
            422,
            "expiry_past",
        ),
    ],
)
async def test_what_is_refused(
    room: Client, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    response = await room.post(path, body)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_representative_acts_for_its_own_account_only(room: Client) -> None:
    body = {"account": "C03", "name": "C", "representatives": ["holder:c"]}
    await room.made("/v1/accounts", body)
    await room.made("/v1/transfers", move(5, "A01", "C03"))
    await room.made("/v1/transfers", move(1, "C03", "A01"), Tonne_Actor="holder:c")
    refused = await room.post("/v1/transfers", move(1), Tonne_Actor="holder:c")
    assert (refused.status_code, refused.json()["code"]) == (403, "actor_not_allowed")


async def test_a_sum_beyond_what_readers_of_json_read_is_a_string(room: Client) -> None:
    largest = 2**53 - 1
    await room.made("/v1/accounts", {"account": "C03", "name": "C"})
    for lot, total in (("JC-1-X1", largest), ("JC-1-X2", str(2 * largest))):
        await room.made("/v1/issuances", {**issuance("JC-1", lot, largest), "account": "C03"})
        found = await room.seen("/v1/accounts/C03?to=2026-04-01")
        assert found["quantity"] == found["balances"][0]["quantity"] == total
        assert found["statement"]["opening"] == 0
        assert found["statement"]["closing"] == found["statement"]["items"][-1]["balance"] == total
    await room.made("/v1/transfers", move(3, "C03", "A01"))
    found = (await room.seen("/v1/accounts/C03/statement"))["items"][-1]
    assert (found["change"], found["balance"]) == (-3, str(2 * largest - 3))
    schemas = (await room.seen("/openapi.json"))["components"]["schemas"]
    said = schemas["AccountDetail"]["properties"]["quantity"]
    assert [kind["type"] for kind in said["anyOf"]] == ["integer", "string"]
    assert "2^53-1" in said["description"]


async def test_an_order_waits_and_is_settled(room: Client) -> None:
    asked = {"source": "A01", "target": "B02", "lines": [{"quantity": 10}, {"quantity": 5}]}
    told = await room.made("/v1/orders", {**asked, "waits_for": ["approval", "acceptance"]})
    order = told["events"][0]["order"]
    (waiting,) = (await room.seen("/v1/orders?account=B02&status=waiting"))["items"]
    assert (waiting["order"], waiting["quantity"]) == (order, 15)
    assert (waiting["approval"], waiting["acceptance"]) == ("awaited", "awaited")
    assert (await room.seen("/v1/accounts/A01"))["quantity"] == 1000
    refused = await room.post(f"/v1/orders/{order}/approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "approver_must_differ")
    await room.made(f"/v1/orders/{order}/approve", Tonne_Actor="operator:2")
    await room.made(f"/v1/orders/{order}/accept")
    (settled,) = (await room.seen("/v1/orders"))["items"]
    assert (settled["status"], settled["approval"], settled["acceptance"]) == (
        *("settled", "given", "given"),
    )
    assert (await room.seen("/v1/accounts/B02"))["quantity"] == 15


async def test_orders_end_unsettled(room: Client) -> None:
    asked = {"source": "A01", "target": "B02", "lines": [{"quantity": 10}]}
    at_once = await room.made("/v1/orders", asked)
    assert [event["type"] for event in at_once["events"]] == [
        *("order.placed.v1", "transfer.settled.v1"),
    ]
    soon = {"expires_at": "2026-04-01T01:00:00.000Z", "waits_for": ["acceptance"]}
    orders = []
    for _ in range(3):
        told = await room.made("/v1/orders", {**asked, **soon})
        orders.append(told["events"][0]["order"])
    await room.made(f"/v1/orders/{orders[0]}/decline")
    await room.made(f"/v1/orders/{orders[1]}/cancel")
    room.twin.ms += 3_600_000
    await room.made("/v1/ticks", {"due_at": soon["expires_at"]})
    items = (await room.seen("/v1/orders?account=A01"))["items"]
    assert {item["order"]: item["status"] for item in items if item["order"] in orders} == {
        orders[0]: "declined",
        orders[1]: "cancelled",
        orders[2]: "expired",
    }
    assert (await room.seen("/v1/accounts/B02"))["quantity"] == 10
