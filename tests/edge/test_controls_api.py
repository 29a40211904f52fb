"""The controls of movements over HTTP: what a screen sees of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from libs.ledger.records import Account
from libs.ledger.rules.transfer import Controls, TransferRules
from tests.edge.twin import RULES, Client, fill, move, opened

PROFILE = Controls(acceptance=False, second_approver=False, reversal_days=2)
MINE = {"reason": "Mine."}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as client:
        await fill(client)
        yield client


async def second(room: Client) -> None:
    """Let the second operator carry out what was proposed just now."""
    proposed = {"position": room.twin.head.position - 1}
    await room.made("/v1/approvals", proposed, Tonne_Actor="operator:2")


async def test_movements_are_suspended_and_resumed(room: Client) -> None:
    await room.made("/v1/suspensions", {"scheme": "JC", "reason": "x"})
    assert (await room.seen("/v1/suspensions"))["items"] == []
    await second(room)
    (found,) = (await room.seen("/v1/suspensions?status=in_force"))["items"]
    assert (found["scheme"], found["reason"]) == ("JC", "x")
    refused = await room.post("/v1/transfers", move(1))
    assert (refused.status_code, refused.json()["code"]) == (409, "movements_suspended")
    await room.made("/v1/suspensions/resumption", {"scheme": "JC"})
    await second(room)
    await room.made("/v1/transfers", move(1))
    assert (await room.seen("/v1/suspensions"))["items"][0]["status"] == "resumed"


async def test_serials_are_frozen_until_the_freeze_is_lifted(room: Client) -> None:
    asked = {"account": "A01", "lot": "JC-1-01", "first": 11, "last": 20, "basis": "Court order."}
    freeze = (await room.made("/v1/freezes", asked))["events"][0]["freeze"]
    (found,) = (await room.seen("/v1/freezes?account=A01&status=in_force"))["items"]
    assert (found["first"], found["last"], found["basis"]) == (11, 20, "Court order.")
    balances = (await room.seen("/v1/accounts/A01"))["balances"]
    assert {"code": found["code"], "quantity": 10} in balances
    await room.made(f"/v1/freezes/{freeze}/release")
    assert (await room.seen("/v1/freezes"))["items"][0]["status"] == "lifted"
    again = await room.post(f"/v1/freezes/{freeze}/release")
    assert (again.status_code, again.json()["code"]) == (404, "freeze_not_found")


async def test_a_freeze_ends_with_the_tick_behind_its_day(room: Client) -> None:
    asked = {"account": "A01", "lot": "JC-1-01", "first": 11, "last": 20, "basis": "x"}
    await room.made("/v1/freezes", {**asked, "expires_at": "2026-04-02T00:00:00.000Z"})
    room.twin.ms += 86_400_000
    await room.made("/v1/ticks", {"due_at": "2026-04-02T00:00:00.000Z"})
    assert (await room.seen("/v1/freezes"))["items"][0]["status"] == "expired"
    assert (await room.seen("/v1/accounts/A01"))["balances"][0]["quantity"] == 1000


async def test_an_account_is_trusted_some_days_later_and_removed_at_once(room: Client) -> None:
    await room.made("/v1/accounts/A01/trusted", {"trusted": "B02"})
    (found,) = (await room.seen("/v1/trusted?account=A01&status=listed"))["items"]
    assert (found["trusted"], found["effective_at"][:10]) == ("B02", "2026-04-05")
    await room.made("/v1/accounts/A01/trusted/B02/removal")
    assert (await room.seen("/v1/trusted"))["items"][0]["status"] == "removed"
    again = await room.post("/v1/accounts/A01/trusted/B02/removal")
    assert (again.status_code, again.json()["code"]) == (404, "trusted_not_found")


async def test_a_holder_sees_its_limit_and_what_counted(room: Client) -> None:
    room.twin.state.registers.accounts["A01"] = Account("A01", "open", ("ann",))
    await room.made("/v1/accounts/A01/limits", {"scheme": "JC", "quantity": 50})
    assert (await room.seen("/v1/limits"))["items"][0]["moved"] == 0
    await room.made("/v1/transfers", move(30), Tonne_Actor="ann")
    await room.made("/v1/transfers", move(5), Tonne_Actor="ann")
    (found,) = (await room.seen("/v1/limits?account=A01"))["items"]
    assert (found["quantity"], found["day"], found["moved"]) == (50, "2026-04-01", 35)
    refused = await room.post("/v1/transfers", move(16), Tonne_Actor="ann")
    assert (refused.status_code, refused.json()["code"]) == (409, "daily_limit_exceeded")
    await room.made("/v1/accounts/A01/limits", {"scheme": "JC"})
    assert "quantity" not in (await room.seen("/v1/limits"))["items"][0]


async def test_a_settled_order_is_reversed(room: Client) -> None:
    rules = replace(RULES, transfer=TransferRules({"JC": PROFILE}))
    await room.made("/v1/rules", {"rules": to_builtins(rules)})
    await second(room)
    asked = {"source": "A01", "target": "B02", "lines": [{"quantity": 10}]}
    order = (await room.made("/v1/orders", asked))["events"][0]["order"]
    (found,) = (await room.seen("/v1/orders"))["items"]
    assert (found["status"], found["reversible_until"][:10]) == ("settled", "2026-04-03")
    await room.made(f"/v1/orders/{order}/reversal-request", MINE)
    (found,) = (await room.seen("/v1/orders"))["items"]
    assert found["reversal_requested_at"][:10] == "2026-04-01"
    assert found["reversal_reason"] == MINE["reason"]
    await room.made(f"/v1/orders/{order}/reversal", {"reason": "x"})
    await second(room)
    assert (await room.seen("/v1/orders"))["items"][0]["reversed_at"][:10] == "2026-04-01"
    (found,) = (await room.seen("/v1/reversed-orders?account=B02"))["items"]
    assert (found["order"], found["quantity"], found["reason"]) == (order, 10, "x")
    assert (await room.seen("/v1/accounts/A01"))["quantity"] == 1000


async def test_what_was_settled_at_once_is_given_back_by_its_receiver(room: Client) -> None:
    rules = replace(RULES, transfer=TransferRules({}, reversal_days={"JC": 2}))
    await room.made("/v1/rules", {"rules": to_builtins(rules)})
    await second(room)
    told = await room.made("/v1/transfers", move(30))
    order = told["events"][-1]["order"]
    (found,) = (await room.seen("/v1/orders?account=B02"))["items"]
    assert (found["order"], found["status"], found["quantity"]) == (order, "settled", 30)
    assert found["reversible_until"] == told["events"][-1]["reversible_until"]
    await room.made(f"/v1/orders/{order}/reversal-request", MINE)
    await room.made(f"/v1/orders/{order}/reversal-consent")
    (found,) = (await room.seen("/v1/orders"))["items"]
    assert found["reversed_at"][:10] == "2026-04-01"
    (found,) = (await room.seen("/v1/reversed-orders"))["items"]
    assert (found["order"], found["quantity"], found["reason"]) == (order, 30, "Mine.")
    assert (await room.seen("/v1/accounts/A01"))["quantity"] == 1000
