"""The words of the pools: `pool town A01`, `allocate town 1000 for Ann ; 2000`."""

from collections.abc import Callable

from msgspec.structs import replace

from libs.ledger.rules.pools import PoolRules
from services.rules import shipped
from tests.rooms.grammar import (
    OPTIONS,
    RULES,
    STANDARD,
    VERBS,
    Asked,
    Body,
    Line,
    Part,
    application,
)
from tests.rooms.grammar_issuance import ISSUANCE
from tests.rooms.grammar_offsets import offset
from tests.rooms.story import FACTS, Ledger

RULES["pooled"] = replace(
    STANDARD, name="pooled", issuance=ISSUANCE, pools=PoolRules(purposes=("OFFSET",))
)
RULES["pooled-told"] = replace(RULES["pooled"], notices=shipped("j-credit").notices)
OPTIONS |= {"at-price", "into", "origin", "tenant"}


def opened(line: Line) -> Asked:
    name, account = line.words
    body: Body = {"pool": name, "account": account, "name": f"Pool-{name}"}
    if "origin" in line.options:
        body["origin"] = line.options["origin"].split(",")
    return "pool.open.v1", body


def tenants(kind: str, **more: str) -> Callable[[Line], Asked]:
    """Read `tenant town T01`, `admit town T01 until 2026-12-31`."""

    def read(line: Line) -> Asked:
        body = {"pool": line.words[0], "tenant": line.words[1], **more}
        return kind, body | line.said(paid_until="until")

    return read


def quota(line: Line) -> Asked:
    name, tenant, grams = line.words
    return "quota.buy.v1", {"pool": name, "tenant": tenant, "grams": int(grams)}


def offer(line: Line) -> Asked:
    name, tenant, goods, grams = line.words
    body: Body = {"pool": name, "tenant": tenant, "goods": goods, "name": goods}
    return "goods.offer.v1", body | {"grams": int(grams), "use": "sticker"} | offset(line)


def allocation(part: Part) -> Body:
    """Read `1000`, `sticker*1001`, `sticker`, and what is wrong in between."""
    body: Body = part.said(recipient="for")
    for word in part.words:
        goods, star, count = word.partition("*")
        body |= {"grams": int(goods)} if goods.isdigit() else {"goods": goods}
        body |= {"count": int(count)} if star else {}
    return body


def told_out(line: Line) -> Asked:
    """Read the pool off the first clause; what is left of each is a certificate."""
    body: Body = (
        {"pool": line.parts[0].words.pop(0)}
        | line.said(tenant="tenant", campaign="under")
        | offset(line)
    )
    return "grams.allocate.v1", body | {"lines": [allocation(part) for part in line.parts]}


def pledge(line: Line) -> Asked:
    body: Body = {"pool": line.parts[0].words.pop(0)} | line.said(tenant="tenant", campaign="under")
    given = [{"yen": int(part.words[0])} | part.said(recipient="for") for part in line.parts]
    return "donations.pledge.v1", body | {"lines": given}


def settle(line: Line) -> Asked:
    name, yen = line.words
    body: Body = {"pool": name, "yen": int(yen), "price": int(line.options["at-price"])}
    return "donations.settle.v1", body | {"seller": line.options["to"]}


def pay(line: Line) -> Asked:
    name, yen = line.words
    return "seller.pay.v1", {"pool": name, "yen": int(yen), "seller": line.options["to"]}


def retire(part: Part) -> Body:
    """Read `retire 1 from A01 into town`: the pool is named as the user."""
    name = part.options["into"]
    return {**application(part), "beneficiary": f"Pool-{name}", "pool": name} | part.said(
        beneficiary="for"
    )


def left(ledger: Ledger, line: Line) -> None:
    """Read `left g town G:CAP:town 999000`."""
    unit, book, code, quantity = line.words
    found = ledger.state.balances.get((unit, book, code), 0)
    assert found == int(quantity), (line.rest, found)


POOLS: dict[str, Callable[[Line], Asked]] = {
    "pool": opened,
    "tenant": tenants("tenant.apply.v1", plan="Stickers on vegetables."),
    "admit": tenants("tenant.admit.v1"),
    "quota": quota,
    "offer": offer,
    "allocate": told_out,
    "pledge": pledge,
    "settle": settle,
    "pay": pay,
    "retire": lambda line: ("credits.invalidate.v1", line.lines(retire)),
    "cancel-into": lambda line: ("credits.cancel.v1", line.lines(retire)),
    "file-into": lambda line: ("application.file.v1", line.lines(retire)),
}
VERBS.update(POOLS)
FACTS["left"] = left
