"""Steps of the invalidation room: uses, applications, annulments, duties and cover."""

from hypothesis.stateful import rule

from tests.laws.beside import seeds
from tests.laws.naive import Body
from tests.laws.trader import Traders


class UseSteps(Traders):
    """Whole lives of credits: held, applied for, used up, annulled and replaced."""

    @rule(seed=seeds)
    def trade_use(self, seed: int) -> None:
        whim = self.trader(seed)
        account = whim.holder()
        some = whim.credits(account)
        line = {"account": account} | whim.aim() | some | whim.energy(some)
        body: Body = {"lines": [line]}
        body |= whim.perhaps(0.2, atomic=False)
        kind = whim.choice(("invalidate", "invalidate", "cancel"))
        self.both(f"credits.{kind}.v1", body, whim.who(account, "invalidate"))

    @rule(seed=seeds)
    def trade_file(self, seed: int) -> None:
        whim = self.trader(seed)
        account = whim.holder()
        some = [whim.credits(account) for _ in range(whim.choice((1, 1, 2)))]
        lines = [
            {"account": account} | whim.aim() | one | whim.energy(one) | whim.due() for one in some
        ]
        body = {"lines": lines} | whim.perhaps(0.4, atomic=False)
        self.both("application.file.v1", body, whim.who(account, "invalidate"))

    @rule(seed=seeds)
    def trade_confirm(self, seed: int) -> None:
        whim = self.trader(seed)
        if not self.naive.trade_applications and whim.sense():
            self.trade_file(seed)
            return
        name = whim.one(sorted(self.naive.trade_applications), "a-0-0")
        account = self.naive.trade_applications.get(name, {"account": "A1"})["account"]
        kind = "confirm" if whim.sense(0.75) else "cancel"
        actor = whim.who(account, "invalidate")
        self.both(f"application.{kind}.v1", {"application": name}, actor)

    @rule(seed=seeds)
    def trade_annul(self, seed: int) -> None:
        """Annul what was used up, or whatever: most of it serial by serial."""
        whim = self.trader(seed)
        if whim.sense(0.4):
            self.trade_use(seed)
            return
        used = sorted(one for one, code in self.naive.owner.items() if code.startswith("RET"))
        every = used if used and whim.sense(0.7) else sorted(self.naive.owner)
        lot, first = whim.choice(every)
        part = {"first": first, "last": first + whim.choice((0, 0, 1))}
        body: Body = {"lot": whim.one([lot], "NONE-01"), "reason": "r"}
        self.by_two("credits.annul.v1", body | whim.perhaps(0.95, serials=[part]), whim)

    @rule(seed=seeds)
    def trade_discharge(self, seed: int) -> None:
        whim = self.trader(seed)
        if not self.naive.trade_duties and whim.sense():
            self.trade_annul(seed)
            return
        account = whim.holder()
        duty = whim.one(sorted(self.naive.trade_duties), "d-0-0")
        _, _, left = self.naive.trade_duties.get(duty, ("", "", 3))
        body = {"account": account, "duty": duty} | whim.credits(account, most=left + 1)
        self.both("duty.discharge.v1", body, whim.who(account, "invalidate"))

    @rule(seed=seeds)
    def trade_cover(self, seed: int) -> None:
        whim = self.trader(seed)
        account = whim.holder()
        own = [lot["project"] for lot in self.naive.lots.values() if lot["account"] == account]
        project = whim.one(own, whim.choice(("NONE", *sorted(self.naive.projects))))
        body = {"account": account, "project": project, "reason": "r"} | whim.credits(account)
        self.both("reversal.cover.v1", body, whim.who(account, "invalidate"))
