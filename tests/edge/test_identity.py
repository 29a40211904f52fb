"""Who may do what: every operation, by every role, and with keys that are none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from libs.edge.identity import BODIES, Role
from libs.edge.permissions import PERMISSIONS
from services import server
from tests.edge.audience import ROWS
from tests.edge.callers import MINE, THEIRS, House
from tests.edge.probe import Probe
from tests.edge.probes import CLAIM, probes
from tests.edge.twin import fill, move, opened


def routes(house: House) -> Iterator[tuple[str, str]]:
    """Yield every route that the server has: what it is called, and its dependencies."""
    app = server.api(house.client.desk)
    for context in iter_route_contexts(app.routes):
        yield str(context.operation_id), str(context.path)


def test_the_table_is_the_one_that_the_gate_asks() -> None:
    everyone = {None, *Role}
    assert {
        name: {"anyone"} if audience == everyone else {str(role or "public") for role in audience}
        for name, audience in PERMISSIONS.items()
    } == ROWS


async def test_every_route_is_in_the_table_and_behind_the_gate(house: House) -> None:
    served = dict(routes(house))
    assert set(served) == set(ROWS)
    document = (await house.seen("operator", "/openapi.json"))["paths"]
    named = {op["operationId"]: op for ops in document.values() for op in ops.values()}
    hidden = {"readMetrics", *(name for name, roles in ROWS.items() if roles == {"anyone"})}
    assert set(named) == set(ROWS) - hidden
    for name, operation in named.items():
        assert set(operation["x-roles"]) == ROWS[name] - {"public"}, name
        keyless: list[dict[str, list[str]]] = [{}] if "public" in ROWS[name] else []
        assert operation["security"] == [{"key": []}, *keyless]
        assert {"401", "403", "429"} <= set(operation["responses"])
    assert set(probes(house.orders)) == set(ROWS)


async def test_a_route_that_is_in_no_table_is_nobodys(house: House) -> None:
    app = server.api(house.client.desk)

    @app.get("/v1/new")
    async def new() -> str:
        raise AssertionError

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        for name in ("operator", "auditor", "holder"):
            key = {"Authorization": f"Bearer {house.secrets[name]}"}
            assert (await http.get("/v1/new", headers=key)).status_code == 403


@pytest.mark.parametrize("role", list(Role))
async def test_every_operation_by_a_role(house: House, role: Role) -> None:
    head = house.twin.head
    for name, probe in probes(house.orders).items():
        response = await house.probe(role.value, probe)
        if ROWS[name] & {role.value, "anyone", "public"}:
            told = response.status_code
            if role in BODIES and told == 403:
                # It speaks for no body of this house: let in, and refused by the rules.
                assert response.json()["code"] == "actor_not_allowed", name
            else:
                assert told == probe.status, (name, response.text)
        else:
            assert (response.status_code, response.json()["code"]) == (403, "not_allowed"), name
    assert house.twin.head == head


async def test_what_is_public_shows_nobodys_account(house: House) -> None:
    """A stranger sees of a lot what a reader sees: the kinds of account, never whose."""
    for address in ("/v1/lots/JC-1-01", "/v1/serials/JC-1-01:1", "/v1/lots", "/v1/projects"):
        shown = await house.probe(None, Probe(address))
        assert shown.status_code == 200, shown.text
        assert shown.content == (await house.probe("reader", Probe(address))).content
    named = await house.probe(None, Probe("/v1/lots?account=A01"))
    assert (named.status_code, named.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("name", [None, "unknown", "malformed", "revoked", "expired"])
async def test_every_operation_without_a_good_key(
    house: House, name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.edge.bearer.FAILURES_MAX", 1000)
    head = house.twin.head
    for operation, probe in probes(house.orders).items():
        response = await house.probe(name, probe)
        if ROWS[operation] == {"anyone"} or (name is None and "public" in ROWS[operation]):
            assert response.status_code == probe.status
            continue
        code = "key_missing" if name is None else "key_not_valid"
        assert (response.status_code, response.json()["code"]) == (401, code), operation
        assert response.headers["www-authenticate"].startswith("Bearer")
    assert house.twin.head == head


async def test_a_holder_reaches_nothing_of_another(house: House) -> None:
    """Whatever B02 asks of A01 is refused, in the words it gets for what is not there at all."""
    head = house.twin.head
    asked = probes(house.orders)
    for name in (
        *("getAccount", "listHoldings", "getStatement", "listReservations"),
        *("requestTransfer", "reserveCredits", "releaseReservation", "invalidateCredits"),
        *("addTrusted", "removeTrusted", "setLimit"),
        *("listFreezes", "listTrusted", "listLimits", "listReversals"),
        "cancelCredits",
    ):
        probe = asked[name]
        theirs = await house.probe("other", probe)
        assert (theirs.status_code, theirs.json()["code"]) == (403, "not_allowed"), name
        for known, unknown in (("A01", "Z99"), (house.orders["A01"], "o-999")):
            nothing = await house.probe("other", probe.about(known, unknown))
            assert (nothing.status_code, nothing.content) == (403, theirs.content), name
    assert house.twin.head == head


async def test_one_line_of_another_is_one_too_many(house: House) -> None:
    head = house.twin.head
    lines = [*move(1, "B02", "A01")["lines"], *move(1)["lines"]]
    mixed = await house.send("other", "POST", "/v1/transfers", {"lines": lines})
    assert mixed.status_code == 403
    used = {"lines": [{**CLAIM, "account": "B02"}, {**CLAIM, "account": "A01"}]}
    assert (await house.send("other", "POST", "/v1/invalidations", used)).status_code == 403
    filters = "/v1/retirements?account=B02&account=A01"
    assert (await house.send("other", "GET", filters)).status_code == 403
    assert house.twin.head == head


async def test_anothers_command_is_not_there(house: House) -> None:
    assert (await house.seen("holder", f"/v1/commands/{MINE}"))["command"]["id"] == MINE
    assert (await house.seen("auditor", f"/v1/commands/{MINE}"))["command"]["actor"] == "holder:a"
    theirs = await house.send("holder", "GET", f"/v1/commands/{THEIRS}")
    nobodys = await house.send("holder", "GET", f"/v1/commands/{UUID(int=0xC)}")
    assert (theirs.status_code, theirs.json()["code"]) == (404, "command_not_found")
    assert theirs.content == nobodys.content


async def test_lists_are_cut_to_what_is_the_holders(house: House) -> None:
    for path in ("/v1/accounts", "/v1/reservations", "/v1/retirements"):
        for name, account in (("holder", "A01"), ("other", "B02")):
            items = (await house.seen(name, path))["items"]
            assert {item["account"] for item in items} == {account}, path
        everybodys = (await house.seen("auditor", path))["items"]
        assert {item["account"] for item in everybodys} == {"A01", "B02"}


async def test_a_lot_shows_holdings_to_those_they_concern(house: House) -> None:
    def seen(lot: dict[str, Any]) -> tuple[object, set[str], set[str]]:
        return (
            lot["account"],
            {part["account"] for part in lot["accounts"]},
            {part["holder"] for part in lot["segments"]},
        )

    orders = house.orders
    mine, theirs = (
        {"HOLD:A01", *(f"LOCK:A01:{orders[one]}" for one in ("A01", "A01/a", "out"))},
        {"HOLD:B02", *(f"LOCK:B02:{orders[one]}" for one in ("B02", "in"))},
    )
    path = "/v1/lots/JC-1-01"
    everything = await house.seen("auditor", path)
    assert seen(everything) == ("A01", mine | theirs | {"RET:INV"}, {"", "A01", "B02"})
    own = await house.seen("holder", path)
    assert seen(own) == ("A01", mine | {"HOLD", "LOCK", "RET:INV"}, {"", "A01"})
    other = await house.seen("other", path)
    assert seen(other) == ("", theirs | {"HOLD", "LOCK", "RET:INV"}, {"", "B02"})
    public = await house.seen("reader", path)
    assert seen(public) == ("", {"HOLD", "LOCK", "RET:INV"}, {""})
    for lot in (own, other, public):
        assert sum(part["quantity"] for part in lot["accounts"]) == 1000
        assert lot["held"] == everything["held"]
    for name, account in (("auditor", "A01"), ("holder", "A01"), ("other", ""), ("reader", "")):
        assert (await house.seen(name, "/v1/lots"))["items"][0]["account"] == account


async def test_a_serial_tells_everybody_its_fate_and_the_parties_the_rest(house: House) -> None:
    path = "/v1/serials/JC-1-01:11"  # issued to A01, given to B02, used there
    whole = await house.seen("auditor", path)
    kinds = [step["type"] for step in whole["steps"]]
    assert kinds[-1] == "credits.invalidated.v1"
    public = await house.seen("reader", path)
    assert [step["type"] for step in public["steps"]] == kinds
    assert public["status"] == whole["status"] == "retired"
    assert public["steps"][-1]["said"] == {"beneficiary": "B02 claims", "purpose": "offset"}
    told = str(public)
    assert not any(word in told.replace("B02 claims", "") for word in ("A01", "B02", "holder:"))
    assert all(set(step["command"]) == {"type"} for step in public["steps"])
    mine = await house.seen("holder", path)
    issued, given, used = mine["steps"]
    assert (issued["target"], issued["said"]["account"]) == ("HOLD:A01", "A01")
    assert given["command"]["id"] == MINE
    assert (given["source"], given["target"]) == ("HOLD:A01", "HOLD:B02")
    assert (used["source"], used["said"]) == ("HOLD", public["steps"][-1]["said"])
    held = await house.seen("reader", "/v1/serials/JC-1-01:900")
    assert (held["account"], held["status"], "holder" in held) == ("HOLD", "held", False)


async def test_with_keys_any_name_of_the_server_is_served_and_nothing_is_shared(
    house: House,
) -> None:
    found = await house.send("reader", "GET", "/v1/lots", Host="registry.example.org")
    assert found.status_code == 200
    assert found.headers["vary"] == "Accept, Authorization"
    assert found.headers["cache-control"].startswith("private")


@pytest.mark.parametrize("room", ["issuance", "transfer", "invalidation"])
async def test_a_room_alone_serves_what_is_its_own(house: House, room: str) -> None:
    document = server.api(house.client.desk, [room]).openapi()
    tags = {tag for ops in document["paths"].values() for op in ops.values() for tag in op["tags"]}
    assert tags == {room, "ledger", "notices", "tree"}
    alone = server.api(house.client.desk, [], tables=False)
    served = {str(context.operation_id) for context in iter_route_contexts(alone.routes)}
    assert {"readMetrics", "readReadiness"} <= served <= set(ROWS)
    assert "getCommand" not in served


async def test_without_keys_everything_is_as_it_was(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        await fill(client)
        told = await client.made("/v1/transfers", move(1), Tonne_Actor="operator:2")
        assert told["command"]["actor"] == "operator:2"
        assert (await client.get("/v1/journal?follow=false")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        (lot,) = (await client.seen("/v1/lots"))["items"]
        assert lot["account"] == "A01"
        document = await client.seen("/openapi.json")
        assert document["paths"]["/v1/lots"]["get"]["security"] == [{"key": []}, {}]
        assert (await client.get("/v1/lots")).headers["vary"] == "Accept"
