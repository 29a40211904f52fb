"""Steps in the pools room, which the naive registry does not know: what they post is looked at."""

from hypothesis.stateful import rule

from tests.laws.beside import seeds
from tests.laws.life import Life
from tests.laws.naive import Body

POOLS = (("P1", "A1"), ("P2", "A2"))
PURPOSES = ("OFFSET_OWN_ACTIVITY", "OFFSET_PRODUCT", "OFFSET_EVENT", "DONATION", "OTHER")


class PoolingLife(Life):
    """Lives in which credits are retired for pools, and their grams and yen told out."""

    @rule(seed=seeds)
    def pool(self, seed: int) -> None:
        """Open a pool, retire credits for it, and let people have some of its grams."""
        whim = self.trader(seed)
        pool, account = whim.choice(POOLS)
        tenant, named = account if whim.sense(0.3) else whim.account(), {"pool": pool}
        theirs, seller = named | {"tenant": tenant}, named | {"seller": account}
        grams, yen = whim.randint(1, 2_000), whim.randint(1, 900)
        joint = named | {"campaign": f"C{whim.randint(1, 3)}"}
        days = {"runs_from": "2020-01-01", "runs_to": "2099-12-31"}
        told = {"grams": grams, "recipient": "Ann"}
        goods = {"goods": "G1", "grams": 1_000, "name": "Sticker", "use": "sticker"}
        asked: tuple[tuple[str, Body], ...] = (
            ("pool.open", named | {"account": account, "name": f"Users of {pool}"}),
            ("credits.invalidate", {"lines": [self.pooled(seed, pool, account)]}),
            ("tenant.apply", theirs | {"plan": "Stickers."}),
            ("tenant.admit", theirs | {"paid_until": "2099-12-31"}),
            ("quota.buy", theirs | {"grams": grams}),
            ("goods.offer", theirs | goods),
            ("grams.allocate", {"lines": [told]} | (theirs if whim.sense(0.5) else named)),
            ("donations.pledge", {"lines": [{"recipient": "Ben", "yen": yen}]} | named),
            ("donations.settle", seller | {"price": 1_000, "yen": whim.randint(1, yen)}),
            ("seller.pay", seller | {"yen": whim.randint(1, yen)}),
            ("campaign.open", joint | days | {"name": "Parks"}),
            ("campaign.join", joint | theirs),
            ("grams.allocate", joint | theirs | {"lines": [told]}),
            ("donations.pledge", joint | {"lines": [{"recipient": "Cleo", "yen": yen}]}),
            ("campaign.close", joint),
        )
        for kind, body in asked:
            if whim.sense(0.85):
                self.both(f"{kind}.v1", body, whim.operator())

    def pooled(self, seed: int, pool: str, account: str) -> Body:
        """Return a use for a pool; the naive registry knows it as a use like any other."""
        whim = self.trader(seed)
        line = {"account": account, "beneficiary": f"Users of {pool}", "pool": pool}
        return line | {"purpose": whim.mostly(PURPOSES, "NONE")} | whim.credits(account)
