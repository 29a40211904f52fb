"""Whose act it is: a key's actor, never another, and never more than the rules let it do."""

from libs.edge.identity import Caller, Role
from tests.edge.callers import House
from tests.edge.twin import move


async def test_the_actor_is_the_keys(house: House) -> None:
    body = {"account": "A01", "quantity": 1}
    told = (await house.send("holder", "POST", "/v1/reservations", body)).json()
    assert told["command"]["actor"] == "holder:a"
    same = await house.send("holder", "POST", "/v1/reservations", body, Tonne_Actor="holder:a")
    assert same.status_code == 201
    head = house.twin.head
    for actor in ("holder:b", "operator:1"):
        other = await house.send("holder", "POST", "/v1/reservations", body, Tonne_Actor=actor)
        assert (other.status_code, other.json()["code"]) == (403, "actor_differs")
    assert house.twin.head == head


async def test_a_key_gives_no_more_than_the_rules_do(house: House) -> None:
    """The rules have the last word: a key whose actor does not represent the account moves none."""
    house.key("stranger", Caller("holder:z", Role.HOLDER, frozenset({"A01"})))
    refused = await house.send("stranger", "POST", "/v1/transfers", move(1))
    assert (refused.status_code, refused.json()["code"]) == (403, "actor_not_allowed")
    assert refused.json()["verdict"] == "rejected"
