"""Agents: let in for whoever has given them a mandate, as long as it is good."""

from libs.edge.identity import Caller, Role
from tests.edge.callers import House
from tests.edge.probes import CLAIM
from tests.edge.twin import move


async def test_an_agent_is_let_in_by_its_mandate(house: House) -> None:
    """Its key names no client; the journal does, and the rules say what for."""
    house.key("agent", Caller("broker:1", Role.HOLDER))
    given = {"scope": ["transfer"], "until": "2026-12-31"}
    theirs = {"agent": "B02"}
    entity = {"country": "GB", "name": "Example Ltd.", "name_kana": "れい"}
    entity["registered_as"] = "SC1"
    stranger = {"actors": ["broker:1"], "entity": entity}
    use = {"lines": [{**CLAIM, "account": "A01"}]}
    for name, agent in (("other", theirs), ("agent", stranger)):
        denied = await house.send(name, "POST", "/v1/transfers", move(1))
        assert (denied.status_code, denied.json()["code"]) == (403, "not_allowed")
        told = await house.send("holder", "POST", "/v1/accounts/A01/mandates", {**given, **agent})
        assert told.status_code == 201, told.text
        moved = await house.send(name, "POST", "/v1/transfers", move(1))
        assert moved.status_code == 201, moved.text
        beyond = await house.send(name, "POST", "/v1/invalidations", use)
        assert (beyond.status_code, beyond.json()["code"]) == (403, "mandate_not_valid")
        for path in ("/v1/accounts/A01", "/v1/reservations?account=A01"):
            unseen = await house.send(name, "GET", path)
            assert (unseen.status_code, unseen.json()["code"]) == (403, "not_allowed")
        mandate = told.json()["events"][0]["mandate"]
        revoked = f"/v1/accounts/A01/mandates/{mandate}/revocation"
        ended = await house.send("holder", "POST", revoked)
        assert ended.status_code == 201, ended.text
        again = await house.send(name, "POST", "/v1/transfers", move(1))
        assert (again.status_code, again.json()["code"]) == (403, "not_allowed")
