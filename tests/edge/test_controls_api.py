"""The controls of movements over HTTP: what a screen sees of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.edge.twin import Client, fill, move, opened


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
