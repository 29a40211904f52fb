"""Pools over HTTP: the seven steps of a tenant, donations of yen, and who sees what."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest
from msgspec.structs import replace

from libs.ledger.rules.pools import MeetingRules, PoolRules
from services.pools.api import WRITES
from tests.edge.callers import House
from tests.edge.twin import RULES, Client, fill, issuance, opened

Body: TypeAlias = dict[str, Any]
FACTORS = MeetingRules(room=27, journey=400, screen=45, round_up=1000)
MET = replace(RULES, pools=PoolRules(purposes=("offset",), meetings=FACTORS))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    """Return a registry in which a town may retire 3 t for a pool, and a tenant may offer of it."""
    async with opened(tmp_path) as client:
        for account in ("A01", "B02", "T01"):
            await client.made("/v1/accounts", {"account": account, "name": account})
        project = {"project": "JC-1", "scheme": "JC", "kind": "ER", "name": "n"}
        await client.made("/v1/projects", project | {"methodologies": []})
        await client.made("/v1/issuances", issuance("JC-1", "JC-1-01", 3))
        yield client


def example(command: str) -> tuple[str, dict[str, Any]]:
    """Return the path and the body of a command's own example."""
    (write,) = (one for one in WRITES if one.command == command)
    body = msgspec.to_builtins(write.example)
    named = {name: body.pop(name) for name in write.places}
    return write.path.format(**named), body


async def retire(client: Client, quantity: int) -> None:
    line: Body = {"account": "A01", "beneficiary": "Town of Nichinan", "purpose": "offset"}
    line |= {"pool": "nichinan", "quantity": quantity}
    await client.made("/v1/invalidations", {"lines": [line]})


async def test_the_seven_steps_of_a_tenant(room: Client) -> None:
    path, body = example("pool.open.v1")
    await room.made(path, {key: value for key, value in body.items() if key != "origin"})
    await retire(room, 2)
    for command in ("tenant.apply.v1", "tenant.admit.v1", "quota.buy.v1", "goods.offer.v1"):
        await room.made(*example(command))
    path, body = example("grams.allocate.v1")
    told = await room.made(path, body)
    (pool,) = (await room.seen("/v1/pools"))["items"]
    assert (pool["retired"], pool["quotas"], pool["allocated"]) == (2_000_000, 999_000, 1_001_000)
    (tenant,) = (await room.seen("/v1/tenants?account=T01"))["items"]
    assert (tenant["quota"], tenant["paid_until"]) == (999_000, "2027-03-31")
    (offered,) = (await room.seen("/v1/goods?pool=nichinan"))["items"]
    assert (offered["goods"], offered["grams"]) == ("junsai-1kg", 1000)
    (certificate,) = (await room.seen("/v1/certificates"))["items"]
    assert certificate["number"] == f"main-{told['position']}-1.1"
    assert (certificate["grams"], certificate["count"]) == (1_001_000, 1001)
    more = await room.post(path, body)
    assert (more.status_code, more.json()["code"]) == (409, "quota_exceeded")
    assert more.json()["facts"] == {"left": 999_000, "wanted": 1_001_000}
    (used,) = (await room.seen("/v1/retirements"))["items"]
    assert used["pool"] == "nichinan"


async def test_yen_are_kept_become_grams_and_are_paid(room: Client) -> None:
    path, body = example("pool.open.v1")
    await room.made(path, {key: value for key, value in body.items() if key != "origin"})
    path, _ = example("donations.pledge.v1")
    given = [{"yen": 1, "recipient": "Example Inn", "note": "1 yen a night"}] * 15_000
    for first in (0, 10_000):
        await room.made(path, {"lines": given[first : first + 10_000]})
    await retire(room, 1)
    await room.made(*example("donations.settle.v1"))
    await room.made(*example("seller.pay.v1"))
    (pool,) = (await room.seen("/v1/pools"))["items"]
    assert (pool["pledged"], pool["settled"], pool["allocated"]) == (15_000, 15_000, 1_000_000)
    (settled,) = (await room.seen("/v1/settlements?account=B02"))["items"]
    assert (settled["yen"], settled["price"], settled["grams"]) == (15_000, 15_000, 1_000_000)
    page = await room.seen("/v1/donations?limit=3")
    assert [one["first"] for one in page["items"]] == [0, 1, 2]
    assert page["next_cursor"]


async def test_donors_see_what_their_yen_became(room: Client) -> None:
    path, body = example("pool.open.v1")
    await room.made(path, {key: value for key, value in body.items() if key != "origin"})
    path, _ = example("donations.pledge.v1")
    given = [{"yen": yen, "recipient": f"donor {yen}"} for yen in (1, 2, 8_000, 9_000)]
    await room.made(path, {"lines": given})
    shown = "/v1/donations/grams?pool=nichinan"
    waiting = (await room.seen(shown))["items"]
    assert [(one["yen"], one["settled"], one["grams"]) for one in waiting[:2]] == [
        (1, 0, 0),
        (2, 0, 0),
    ]
    await retire(room, 1)
    path, body = example("donations.settle.v1")
    for yen, price in ((2, 15_000), (10_000, 11_000)):
        await room.made(path, {**body, "yen": yen, "price": price})
    first = await room.seen(f"{shown}&limit=3")
    rest = await room.seen(f"{shown}&limit=3&cursor={first['next_cursor']}")
    assert [one["settled"] for one in first["items"]] == [1, 2, 8_000]
    assert [one["settled"] for one in rest["items"]] == [1_999]
    grams = sum(one["grams"] for one in (*first["items"], *rest["items"]))
    (pool,) = (await room.seen("/v1/pools"))["items"]
    settled = (await room.seen("/v1/settlements"))["items"]
    assert grams == pool["allocated"] == sum(one["grams"] for one in settled)
    assert (await room.seen("/v1/donations/grams?account=A01&pool=other"))["items"] == []


async def test_what_comes_together_under_a_campaign(room: Client) -> None:
    path, body = example("pool.open.v1")
    await room.made(path, {key: value for key, value in body.items() if key != "origin"})
    await retire(room, 2)
    for command in ("tenant.apply.v1", "tenant.admit.v1", "quota.buy.v1", "goods.offer.v1"):
        await room.made(*example(command))
    for command in ("campaign.open.v1", "campaign.join.v1"):
        await room.made(*example(command))
    named = {"campaign": "parks-2026"}
    for _ in range(2):
        sticker = {"lines": [{"goods": "junsai-1kg"}, {"grams": 5}], "tenant": "T01"}
        await room.made("/v1/pools/nichinan/allocations", sticker | named)
    refused = await room.post("/v1/pools/nichinan/allocations", {"lines": [{"grams": 1}]} | named)
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    await room.made("/v1/pools/nichinan/donations", {"lines": [{"yen": 70}]} | named)
    await room.made(*example("campaign.close.v1"))
    (campaign,) = (await room.seen("/v1/campaigns?pool=nichinan"))["items"]
    told = {name: campaign[name] for name in ("partners", "certificates", "grams", "yen")}
    assert told == {"partners": 1, "certificates": 4, "grams": 2010, "yen": 70}
    assert campaign["closed_at"]
    (partner,) = (await room.seen("/v1/campaigns/partners?campaign=parks-2026"))["items"]
    told = {name: partner[name] for name in ("tenant", "certificates", "grams", "yen")}
    assert told == {"tenant": "T01", "certificates": 4, "grams": 2010, "yen": 0}


async def test_a_dry_run_of_a_meeting_is_a_quote(tmp_path: Path) -> None:
    async with opened(tmp_path, MET) as room:
        await fill(room)
        path, body = example("pool.open.v1")
        await room.made(path, {key: value for key, value in body.items() if key != "origin"})
        await retire(room, 1)
        path, body = example("meeting.order.v1")
        quote = (await room.post(f"{path}?dry_run=true", body)).json()["events"]
        assert [event["type"] for event in quote] == ["meeting.ordered.v1", "grams.allocated.v1"]
        await room.made(path, body | {"grams": quote[0]["grams"]})
        (meeting,) = (await room.seen("/v1/meetings?pool=nichinan"))["items"]
        (certificate,) = (await room.seen("/v1/certificates"))["items"]
        assert (meeting["grams"], meeting["online"]) == (21_000, False)
        assert (certificate["number"], certificate["grams"]) == (meeting["certificate"], 21_000)


async def test_a_holder_sees_its_own_certificates_alone(house: House) -> None:
    line = {"account": "A01", "beneficiary": "Pool", "purpose": "offset", "quantity": 1}
    used = {"lines": [{**line, "pool": "P1"}]}
    assert (await house.send("holder", "POST", "/v1/invalidations", used)).status_code == 201
    told = {"lines": [{"grams": 5, "recipient": "Ann's bakery"}]}
    path = "/v1/pools/P1/allocations"
    refused = await house.send("other", "POST", path, told)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert (await house.send("holder", "POST", path, told)).status_code == 201
    for name, count in (("holder", 1), ("operator", 1), ("other", 0)):
        assert len((await house.seen(name, "/v1/certificates"))["items"]) == count
    shown = await house.send(None, "GET", "/v1/pools")
    assert shown.status_code == 200
    assert "A01" not in shown.text
