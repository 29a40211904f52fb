"""Steps of the pools room: credits retired for a pool, tenants, certificates, donations."""

from collections.abc import Callable

from hypothesis.stateful import invariant, rule
from msgspec import UNSET

from libs.ledger.records.pools import key
from tests.laws.beside import seeds
from tests.laws.naive import Body
from tests.laws.naive_pools import GRAMS
from tests.laws.trader import Trader, Traders

POOLS = (("P1", "A1", None), ("P2", "A2", ["31/Forest", "13"]), ("P3", "A1", ["1/Nowhere"]))
"""Name, account and origin of every pool that there will be."""

PURPOSES = ("OFFSET_OWN_ACTIVITY", "OFFSET_PRODUCT", "OFFSET_EVENT", "DONATION")
OTHERS = ("OTHER", "SBT", "NONE")
DAYS = ("2099-12-31", "2099-12-31", "2020-01-01", "2026-01-02", "2025-02-29")


class PoolSteps(Traders):
    """Whole lives of pools: opened, filled, sold as quotas, told out, given yen for."""

    @rule(seed=seeds)
    def pool_whole(self, seed: int) -> None:
        """Do most of what a pool is for, one thing after the other."""
        for number, step in enumerate(self.pool_steps()):
            whim = self.trader(seed + number)
            if whim.sense(0.85):
                step(whim, *POOLS[seed % 2][:2])

    @rule(seed=seeds)
    def pool_step(self, seed: int) -> None:
        """Do one thing, for a pool that may not be there."""
        whim = self.trader(seed)
        pool, account, _ = whim.choice(POOLS)
        step = whim.choice(self.pool_steps())
        step(whim, whim.mostly((pool,), "P9"), whim.mostly((account,), "A2", "A3"))

    def pool_steps(self) -> tuple[Callable[[Trader, str, str], None], ...]:
        return (
            self.pool_opening,
            self.pool_retiring,
            self.pool_applying,
            self.pool_admitting,
            self.pool_buying,
            self.pool_offering,
            self.pool_telling,
            self.pool_giving,
            self.pool_settling,
            self.pool_paying,
        )

    def pool_opening(self, whim: Trader, pool: str, account: str) -> None:
        body: Body = {"pool": pool, "account": account, "name": f"Users of {pool}"}
        origin = {name: where for name, _, where in POOLS}.get(pool)
        body |= {"origin": origin} if origin else {}
        self.both("pool.open.v1", body, whim.who(account, "approve"))

    def pool_retiring(self, whim: Trader, pool: str, account: str) -> None:
        """Use credits up for a pool, at once or by an application."""
        named = whim.mostly((f"Users of {pool}",), "Ann")
        line = {"account": account, "beneficiary": named, "pool": pool}
        line |= {"purpose": whim.mostly(PURPOSES, *OTHERS)} | whim.credits(account)
        kind = whim.choice(("credits.invalidate", "credits.invalidate", "application.file"))
        before = {*self.naive.trade_applications}
        actor = whim.who(account, "invalidate")
        self.both(f"{kind}.v1", {"lines": [line]}, actor)
        for name in sorted({*self.naive.trade_applications} - before):
            self.both("application.confirm.v1", {"application": name}, actor)

    def tenant(self, whim: Trader, pool: str, account: str) -> str:
        known = sorted(tenant for of, tenant in self.naive.pool_tenants if of == pool)
        return whim.one(known, whim.choice((account, whim.anybody())))

    def pool_applying(self, whim: Trader, pool: str, account: str) -> None:
        tenant = whim.choice((account, whim.anybody(), whim.anybody()))
        body = {"pool": pool, "tenant": tenant, "plan": "Stickers."}
        self.both("tenant.apply.v1", body, whim.who(tenant, "approve"))

    def pool_admitting(self, whim: Trader, pool: str, account: str) -> None:
        body = {"pool": pool, "tenant": self.tenant(whim, pool, account)}
        until = {"paid_until": whim.choice(DAYS) if whim.sense(0.4) else DAYS[0]}
        self.both("tenant.admit.v1", body | until, whim.who(account, "invalidate"))

    def some(self, whim: Trader, most: int) -> int:
        """Return some of what there is, all of it, or a little more."""
        return max(1, whim.choice((whim.randint(1, max(1, most)), most, most + 1, 1_000)))

    def pool_buying(self, whim: Trader, pool: str, account: str) -> None:
        tenant = self.tenant(whim, pool, account)
        left = self.naive.left(pool) // whim.choice((1, 2, 5))
        body = {"pool": pool, "tenant": tenant, "grams": self.some(whim, left)}
        self.both("quota.buy.v1", body, whim.who(tenant, "invalidate"))

    def pool_offering(self, whim: Trader, pool: str, account: str) -> None:
        tenant = self.tenant(whim, pool, account)
        goods = {"goods": whim.choice(("G1", "G2", "G3")), "name": "Sticker", "use": "sticker"}
        body = {"pool": pool, "tenant": tenant, "grams": whim.choice((1_000, 66_667))} | goods
        self.both("goods.offer.v1", body, whim.who(tenant, "invalidate"))

    def pool_telling(self, whim: Trader, pool: str, account: str) -> None:
        tenant = self.tenant(whim, pool, account) if whim.sense(0.6) else ""
        left = self.naive.left(pool, tenant)
        lines: list[Body] = []
        for _ in range(whim.choice((1, 1, 2, 3))):
            line: Body = {"grams": self.some(whim, left // whim.choice((1, 3)))}
            if tenant and whim.sense(0.4):
                line = {"goods": whim.mostly(("G1", "G2"), "G9")}
                line |= whim.perhaps(0.5, count=whim.randint(1, 20))
            if not whim.sense():
                line = line | whim.perhaps(0.6, goods="G1", grams=5, count=2)
            lines.append(line | whim.perhaps(0.5, recipient="Ann"))
        body = {"pool": pool, "lines": lines} | ({"tenant": tenant} if tenant else {})
        self.both("grams.allocate.v1", body, whim.who(tenant or account, "invalidate"))

    def pool_giving(self, whim: Trader, pool: str, account: str) -> None:
        lines = [{"yen": whim.randint(1, 400), "recipient": whim.choice(("Ann", "Ben"))}]
        lines += [{"yen": 1}] if whim.sense(0.3) else []
        body: Body = {"pool": pool, "lines": lines}
        tenant = self.tenant(whim, pool, account) if whim.sense(0.2) else ""
        body |= {"tenant": tenant} if tenant else {}
        self.both("donations.pledge.v1", body, whim.who(tenant or account, "invalidate"))

    def pool_settling(self, whim: Trader, pool: str, account: str) -> None:
        given = len(self.naive.pool_yen.get(pool, ())) - self.naive.settled(pool)
        price = whim.choice((1, 999, 15_000, 15_000, 3_000_000))
        body = {"pool": pool, "price": price, "yen": min(self.some(whim, given), 10_000)}
        seller = {"seller": whim.anybody()}
        self.both("donations.settle.v1", body | seller, whim.who(account, "invalidate"))

    def pool_paying(self, whim: Trader, pool: str, account: str) -> None:
        owed = [one[1] for one in self.naive.pool_settled if one[0] == pool]
        seller = whim.one(owed, whim.anybody())
        yen = self.some(whim, self.naive.payable(pool, seller))
        body = {"pool": pool, "seller": seller, "yen": yen}
        self.both("seller.pay.v1", body, whim.who(account, "invalidate"))

    @invariant()
    def same_pools(self) -> None:
        """Hold pools, tenants, goods, grams and yen against the naive ones; and I6, everywhere."""
        state, naive = self.ledger.state, self.naive
        kept = state.registers
        assert kept.pools.keys() == naive.pools.keys()
        tenants = {key(*named): until for named, until in naive.pool_tenants.items()}
        assert {name: one.paid_until for name, one in kept.tenants.items()} == tenants
        goods = {key(*named): grams for named, grams in naive.pool_goods.items()}
        assert {name: one.grams for name, one in kept.goods.items()} == goods
        for name, one in kept.pools.items():
            said = naive.pools[name]
            assert (one.account, one.name) == (said["account"], said["name"])
            assert (one.origin is UNSET) == ("origin" not in said)
            counted = (one.retired, one.allocated, one.pledged, one.settled)
            given = len(naive.pool_yen[name])
            assert counted == (naive.grams(name), naive.told(name), given, naive.settled(name))
            assert naive.told(name) <= GRAMS * sum(of == name for of in naive.pool_of.values())
            books = {f"G:CAP:{name}": naive.left(name), "G:SRC": -naive.grams(name)}
            for of, tenant in naive.pool_tenants:
                if of == name:
                    books[f"G:CAP:{name}/{tenant}"] = naive.left(name, tenant)
            for code, grams in books.items():
                assert state.balances.get(("g", name, code), 0) == grams
            paid = sum(yen for of, _, yen in naive.pool_paid if of == name)
            trusted = state.balances.get(("JPY", name, "C:TRUST"), 0)
            assert trusted == given - paid
            for seller in {to for of, to, _ in naive.pool_settled if of == name}:
                owed = -state.balances.get(("JPY", name, f"C:PAYABLE:{seller}"), 0)
                assert owed == naive.payable(name, seller)
