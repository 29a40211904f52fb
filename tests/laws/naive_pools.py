"""The naive pools room: which credits stand behind a pool, and who was told how many grams of it.

Every credit that was retired for a pool is known by name, every certificate is kept, and every yen
that was given is an entry of a list: the sums are made anew whenever anybody asks.
"""

from typing import Any

from typing_extensions import override

from tests.laws.naive import TOP, Body, Serial, no
from tests.laws.naive_rules import NaiveRules

GRAMS = 1_000_000
WHOLE = ("donations.pledge.v1", "grams.allocate.v1")
"""Commands whose lines are no commands of their own: all of them, or none."""


class NaivePools(NaiveRules):
    """What was retired for which pool, who may tell it out, and what was told."""

    def __init__(self) -> None:
        super().__init__()
        self.trade_places: dict[str, str] = {}
        self.pools: dict[str, Body] = {}
        self.pool_of: dict[Serial, str] = {}
        self.pool_tenants: dict[tuple[str, str], str] = {}
        self.pool_goods: dict[tuple[str, str, str], int] = {}
        self.pool_quotas: list[tuple[str, str, int]] = []
        self.pool_told: list[tuple[str, str, int]] = []
        """Pool, tenant or nobody, grams: a certificate, or all that one settlement gave."""
        self.pool_yen: dict[str, list[str]] = {}
        """Who gave each yen, in the order in which they were given."""
        self.pool_settled: list[tuple[str, str, int]] = []
        self.pool_paid: list[tuple[str, str, int]] = []

    @override
    def decide(self, kind: str, body: Body, actor: str, at: str, position: int) -> list[str]:
        body = {"lines": [body]} if kind in WHOLE else body
        return super().decide(kind, body, actor, at, position)

    # What there is

    def grams(self, pool: str) -> int:
        """Return the grams of the credits that were ever retired for a pool."""
        return GRAMS * sum(of == pool for of in self.pool_of.values())

    def told(self, pool: str, tenant: str | None = None) -> int:
        """Return the grams that were told out of a pool; with `tenant`, out of its quota alone."""
        return sum(n for of, by, n in self.pool_told if of == pool and tenant in (None, by))

    def left(self, pool: str, tenant: str = "") -> int:
        """Return what a tenant, or without one the pool, can still tell out."""
        sold = [n for of, by, n in self.pool_quotas if of == pool and tenant in ("", by)]
        if tenant:
            return sum(sold) - self.told(pool, tenant)
        return self.grams(pool) - sum(sold) - self.told(pool, "")

    def settled(self, pool: str) -> int:
        """Return how many yen of a pool became grams."""
        return sum(yen for of, _, yen in self.pool_settled if of == pool)

    def payable(self, pool: str, seller: str) -> int:
        """Return what a seller is still to get."""
        owed = sum(yen for of, to, yen in self.pool_settled if (of, to) == (pool, seller))
        return owed - sum(yen for of, to, yen in self.pool_paid if (of, to) == (pool, seller))

    # Who may

    def pool_led(self, body: Body) -> None:
        """Refuse who does not act for the pool."""
        no(body["pool"] not in self.pools, "pool_not_found")
        self.may(self.pools[body["pool"]]["account"], "invalidate")

    def pool_offers(self, body: Body) -> None:
        """Refuse who does not act for the tenant, and a tenant that is not admitted today."""
        self.may(body["tenant"], "invalidate")
        no(body["pool"] not in self.pools, "pool_not_found")
        known = self.pool_tenants.get((body["pool"], body["tenant"]))
        no(known is None, "tenant_not_found")
        no((known or "") < self.today(), "fee_not_paid")
        self.stands(body["tenant"])

    def pool_tells(self, body: Body) -> None:
        if "tenant" in body:
            self.pool_offers(body)
        else:
            self.pool_led(body)

    # The nine commands

    def pool_open(self, body: Body) -> None:
        self.may(body["account"], "approve")
        self.stands(body["account"])
        no(body["pool"] in self.pools, "pool_exists")
        no(not self.section("pools"), "pools_not_ruled")
        self.pools[body["pool"]] = body
        self.pool_yen[body["pool"]] = []

    def tenant_apply(self, body: Body) -> None:
        self.may(body["tenant"], "approve")
        self.stands(body["tenant"])
        no(body["pool"] not in self.pools, "pool_not_found")
        no((body["pool"], body["tenant"]) in self.pool_tenants, "tenant_exists")
        self.pool_tenants[body["pool"], body["tenant"]] = ""

    def tenant_admit(self, body: Body) -> None:
        self.pool_led(body)
        self.days(body, "paid_until")
        no((body["pool"], body["tenant"]) not in self.pool_tenants, "tenant_not_found")
        self.pool_tenants[body["pool"], body["tenant"]] = body["paid_until"]

    def quota_buy(self, body: Body) -> None:
        self.pool_offers(body)
        no(self.left(body["pool"]) < body["grams"], "quota_exceeded")
        self.pool_quotas.append((body["pool"], body["tenant"], body["grams"]))

    def goods_offer(self, body: Body) -> None:
        self.pool_offers(body)
        named = (body["pool"], body["tenant"], body["goods"])
        no(named in self.pool_goods, "goods_exists")
        self.pool_goods[named] = body["grams"]

    def grams_allocate(self, body: Body) -> None:
        self.pool_tells(body)
        tenant = body.get("tenant", "")
        told = [self.certificate(body["pool"], tenant, line) for line in body["lines"]]
        no(self.left(body["pool"], tenant) < sum(told), "quota_exceeded")
        self.pool_told += [(body["pool"], tenant, grams) for grams in told]

    def certificate(self, pool: str, tenant: str, line: Body) -> int:
        """Return the grams of a certificate: as many as it says, or as its goods have."""
        if "goods" not in line:
            no("grams" not in line or "count" in line, "grams_ambiguous")
            return int(line["grams"])
        no("grams" in line or not tenant, "grams_ambiguous")
        no((pool, tenant, line["goods"]) not in self.pool_goods, "goods_not_found")
        return self.pool_goods[pool, tenant, line["goods"]] * int(line.get("count", 1))

    def donations_pledge(self, body: Body) -> None:
        self.pool_tells(body)
        given = [(line.get("recipient", ""), line["yen"]) for line in body["lines"]]
        kept = self.pool_yen[body["pool"]]
        no(len(kept) + sum(yen for _, yen in given) > TOP, "grams_too_many")
        for donor, yen in given:
            kept += [donor] * yen

    def donations_settle(self, body: Body) -> None:
        self.pool_led(body)
        grams = body["yen"] * GRAMS // body["price"]
        no(not grams, "nothing_to_certify")
        self.stands(body["seller"])
        pool, yen = body["pool"], body["yen"]
        no(len(self.pool_yen[pool]) - self.settled(pool) < yen, "donations_exceeded")
        no(self.left(pool) < grams, "quota_exceeded")
        self.pool_settled.append((pool, body["seller"], yen))
        self.pool_told.append((pool, "", grams))

    def seller_pay(self, body: Body) -> None:
        self.pool_led(body)
        owed = self.payable(body["pool"], body["seller"])
        no(owed < body["yen"], "payable_exceeded")
        self.pool_paid.append((body["pool"], body["seller"], body["yen"]))

    # Credits that are used up for a pool

    def pool_named(self, line: Body) -> None:
        """Refuse a use for a pool of another account, in another name, for what no pool is for."""
        if "pool" not in line:
            return
        no(line["pool"] not in self.pools, "pool_not_found")
        known: Body = self.pools[line["pool"]]
        no(known["account"] != line["account"], "pool_of_another_account")
        no(known["name"] != line["beneficiary"], "pool_names_another")
        fine = self.section("pools").get("purposes", ())
        no(line["purpose"] not in fine, "purpose_not_of_pools")

    def pool_elsewhere(self, line: Body, lot: str) -> str:
        """Say that a lot was not made where a pool's credits must be from."""
        origins: Any = self.pools.get(line.get("pool", ""), {}).get("origin")
        made = self.trade_places.get(self.lots[lot]["project"], "")
        here = origins is None or any(f"{made}/".startswith(f"{one}/") for one in origins)
        return "" if here else "not_of_origin"

    def pool_filled(self, line: Body, picked: list[Serial]) -> None:
        """Note that credits were retired for a pool, where they were for one."""
        if "pool" in line:
            grams = self.grams(line["pool"]) + GRAMS * len(picked)
            no(grams > TOP, "grams_too_many")
            self.pool_of |= dict.fromkeys(picked, str(line["pool"]))
