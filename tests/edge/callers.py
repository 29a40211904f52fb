"""A registry of two holders and every kind of caller."""

from typing import Any
from uuid import UUID

import httpx

from libs.edge import keys
from libs.edge.identity import Caller, Role
from tests.edge.probe import Probe
from tests.edge.probes import CLAIM
from tests.edge.twin import START_MS, Client, Twin, move

MINE, THEIRS = str(UUID(int=0xA)), str(UUID(int=0xB))


class House:
    """A registry of two holders, whose every caller has a key."""

    def __init__(self, twin: Twin) -> None:
        self.client = Client(twin, "required")
        self.client.first_id(10_000)
        self.twin = twin
        self.secrets: dict[str, str] = {}
        self.orders: dict[str, str] = {}

    def key(self, name: str, caller: Caller, life_ms: int | None = None) -> str:
        """Make a key; return its prefix."""
        secret, key = keys.create(self.twin.views, caller, START_MS, life_ms)
        self.secrets[name] = secret
        return key.prefix

    async def send(
        self, name: str | None, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """Send a request with somebody's key."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        if name is not None:
            named["Authorization"] = f"Bearer {self.secrets[name]}"
        if method == "POST":
            named.setdefault("Idempotency-Key", self.client.identity())
        return await self.client.http.request(method, path, json=body, headers=named)

    async def probe(self, name: str | None, probe: Probe) -> httpx.Response:
        return await self.send(name, probe.method, probe.path, probe.body)

    async def seen(self, name: str, path: str) -> Any:
        """Send a read that must find something; return it."""
        response = await self.send(name, "GET", path)
        assert response.status_code == 200, response.text
        return response.json()


def give_keys(house: House) -> None:
    house.key("operator", Caller("operator:1", Role.OPERATOR))
    house.key("holder", Caller("holder:a", Role.HOLDER, frozenset({"A01"})))
    house.key("other", Caller("holder:b", Role.HOLDER, frozenset({"B02"})))
    house.key("verifier", Caller("verifier:1", Role.VERIFIER))
    house.key("auditor", Caller("auditor:1", Role.AUDITOR))
    house.key("reader", Caller("reader:1", Role.READER))
    for role in (Role.SCHEME_OWNER, Role.COMMITTEE):
        house.key(role.value, Caller(f"{role.value}:1", role))
    house.key("monitor", Caller("monitor:1", Role.MONITOR))
    house.key("expired", Caller("operator:1", Role.OPERATOR), life_ms=1)
    prefix = house.key("revoked", Caller("operator:1", Role.OPERATOR))
    assert keys.revoke(house.twin.views, prefix, START_MS)
    house.secrets["unknown"] = "tonne_aaaaaaaa_" + "A" * 43
    house.secrets["malformed"] = "secret"


async def deal(house: House) -> None:
    """Let both holders hold, reserve and use credits."""
    given = await house.send("holder", "POST", "/v1/transfers", move(300), Idempotency_Key=MINE)
    assert given.status_code == 201, given.text
    for name, account, identity in (("holder", "A01", None), ("other", "B02", THEIRS)):
        body = {"account": account, "quantity": 10}
        key = {"Idempotency_Key": identity} if identity else {}
        told = await house.send(name, "POST", "/v1/reservations", body, **key)
        house.orders[account] = told.json()["events"][0]["order"]
        used = {"lines": [{**CLAIM, "account": account, "beneficiary": f"{account} claims"}]}
        assert (await house.send(name, "POST", "/v1/invalidations", used)).status_code == 201
    house.key("second", Caller("operator:2", Role.OPERATOR))
    for way, source, target in (("out", "A01", "B02"), ("in", "B02", "A01")):
        asked = {"source": source, "target": target, "lines": [{"quantity": 1}]}
        wanted = ["approval"] if way == "out" else ["acceptance"]
        told = await house.send("second", "POST", "/v1/orders", {**asked, "waits_for": wanted})
        house.orders[way] = told.json()["events"][0]["order"]
    pool = {"pool": "P1", "account": "A01", "name": "Pool"}
    assert (await house.send("holder", "POST", "/v1/pools", pool)).status_code == 201
    held = {"lines": [{**CLAIM, "account": "A01"}]}
    told = await house.send("holder", "POST", "/v1/applications", held)
    house.orders["A01/a"] = told.json()["events"][0]["application"]
