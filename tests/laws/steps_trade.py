"""Steps of the transfer room: orders, trust, limits, reversals, accounts and their people."""

from hypothesis.stateful import invariant, rule

from libs.ledger.instants import parse, text
from tests.laws.beside import HOUR_MS, seeds
from tests.laws.naive import Body
from tests.laws.steps_use import UseSteps
from tests.laws.trader import CHECKS, PEOPLE, Trader


class TradeSteps(UseSteps):
    """Whole lives of orders, applications, accounts and duties, and what crosses them."""

    @rule(seed=seeds)
    def trade_approve_an_act(self, seed: int) -> None:
        whim = self.trader(seed)
        position = whim.one(sorted(self.naive.trade_proposals), 0)
        self.both("act.approve.v1", {"position": position}, whim.operator())

    @rule(seed=seeds)
    def trade_time(self, seed: int) -> None:
        """Let hours or days pass, or the time until something is due; not always with a tick."""
        whim = self.trader(seed)
        moments = whim.moments()
        if moments and whim.sense(0.5):
            self.ledger.now_ms = parse(whim.choice(moments)) + whim.choice((-1, 0, 0, 0))
        else:
            self.ledger.now_ms += whim.choice((1, 1, 3, 9, 24, 24, 48)) * HOUR_MS
        if whim.sense(0.6):
            self.tick(whim)

    def tick(self, whim: Trader) -> None:
        self.both("tick.pass.v1", {"due_at": text(self.ledger.now_ms)}, whim.operator())

    @rule(seed=seeds)
    def trade_transfer(self, seed: int) -> None:
        whim = self.trader(seed)
        self.transfer(whim, *whim.ends())

    def transfer(self, whim: Trader, source: str, target: str) -> None:
        def line() -> Body:
            ends = {"source": source, "target": target}
            return ends | whim.credits(source) | whim.perhaps(0.1, stated_on=whim.day())

        body: Body = {"lines": [line() for _ in range(whim.choice((1, 1, 2)))]}
        actor = whim.who(source, "transfer")
        self.both("transfer.request.v1", body | whim.perhaps(0.3, atomic=False), actor)

    @rule(seed=seeds)
    def trade_place(self, seed: int) -> None:
        whim = self.trader(seed)
        source, target = whim.ends()
        lines = [whim.credits(source) for _ in range(whim.choice((1, 1, 2)))]
        body: Body = {"source": source, "target": target, "lines": lines}
        waits = whim.choice(([], ["approval"], ["acceptance"], ["acceptance", "approval"]))
        body |= whim.perhaps(0.6, waits_for=waits) | whim.due()
        self.both("order.place.v1", body, whim.who(source, "transfer"))

    @rule(seed=seeds)
    def trade_answer(self, seed: int) -> None:
        """Let an order go on in the way that it waits for, or end."""
        whim = self.trader(seed)
        if not self.naive.trade_orders and whim.sense():
            self.trade_place(seed)
            return
        name = whim.one(sorted(self.naive.trade_orders), "o-0")
        order = self.naive.trade_orders.get(name, {"source": "A1", "target": "A2", "waits": {""}})
        asked = whim.choice(sorted(order["waits"]))
        taken = whim.choice(("accept", "accept", "accept", "decline"))
        kind = {"approval": "approve", "acceptance": taken, "delay": "wait"}.get(asked, "cancel")
        if not whim.sense(0.85):
            kind = whim.choice(("approve", "accept", "decline", "cancel"))
        if kind == "wait":
            self.ledger.now_ms += 24 * HOUR_MS
            self.tick(whim)
            return
        account = order["target" if kind in ("accept", "decline") else "source"]
        what = {"approve": "approve", "cancel": "transfer"}.get(kind, "look")
        placer = order.get("by", "") if kind == "approve" else ""
        actor = whim.who(account, what, but=placer)
        actor = actor if whim.sense() else placer or actor
        self.both(f"order.{kind}.v1", {"order": name}, actor)

    @rule(seed=seeds)
    def trade_reverse(self, seed: int) -> None:
        """Take back what an order gave; while there is none, bring one on its way."""
        whim = self.trader(seed)
        if not self.naive.trade_settled and whim.sense(0.95):
            self.trade_answer(seed)
            return
        name = whim.one(sorted(self.naive.trade_settled), "o-0")
        done = self.naive.trade_settled.get(name, {"source": "A1", "target": "A2", "asked": True})
        if whim.sense(0.5):
            self.by_two("transfer.reverse.v1", {"order": name, "reason": "r"}, whim)
        elif done["asked"] == whim.sense(0.9):
            self.both("reversal.consent.v1", {"order": name}, whim.who(done["target"], "transfer"))
        else:
            asked = {"order": name, "reason": "r"}
            self.both("reversal.request.v1", asked, whim.who(done["source"], "transfer"))

    @rule(seed=seeds)
    def trade_suspend(self, seed: int) -> None:
        whim = self.trader(seed)
        stopped = sorted(self.naive.trade_suspended)
        if stopped and whim.sense():
            scheme = whim.choice(stopped)
            self.by_two("movements.resume.v1", {"scheme": scheme} if scheme else {}, whim)
            return
        if whim.sense(0.6):
            self.trade_answer(seed)
            return
        body = whim.perhaps(0.8, scheme=whim.scheme_of())
        kind = "suspend" if whim.sense() else "resume"
        reason = {"reason": "r"} if kind == "suspend" else {}
        self.by_two(f"movements.{kind}.v1", body | reason, whim)

    @rule(seed=seeds)
    def trade_trust(self, seed: int) -> None:
        whim = self.trader(seed)
        known = sorted(self.naive.trade_trusted)
        account, trusted = whim.ends()
        kind, what = ("remove", "look") if known and whim.sense(0.4) else ("add", "approve")
        if kind == "remove" and whim.sense():
            account, trusted = whim.choice(known)
        body = {"account": account, "trusted": trusted}
        self.both(f"trusted.{kind}.v1", body, whim.who(account, what))

    @rule(seed=seeds)
    def trade_limit(self, seed: int) -> None:
        """Set a limit, or come up against one that is there."""
        whim = self.trader(seed)
        limited = sorted(account for account, _ in self.naive.trade_limits)
        if limited and whim.sense(0.7):
            source = whim.choice(limited)
            self.transfer(whim, source, whim.other(source))
            return
        account = whim.holder()
        body: Body = {"account": account, "scheme": whim.scheme_of()}
        body |= whim.perhaps(0.85, quantity=whim.choice((2, 4, 8, 16)))
        self.both("limit.set.v1", body, whim.who(account, "look"))

    @rule(seed=seeds)
    def trade_account(self, seed: int) -> None:
        """Bring an application for an account one step on."""
        whim = self.trader(seed)
        if "accounts" not in self.naive.rules and whim.sense():
            self.trade_place(seed)
            return
        known = self.naive.trade_openings
        pending = [name for name, one in sorted(known.items()) if "_" in one["status"]]
        applied = [name for name, one in sorted(known.items()) if one["status"] == "applied"]
        if pending and whim.sense(0.5):
            name = whim.choice(pending)
            outcome = whim.choice(("opened", "opened", "returned", "rejected"))
            body = {"account": name, "outcome": outcome, "reason": "r"}
            self.by_two("account.decide.v1", body, whim)
        elif (applied or pending) and whim.sense(0.7):
            name = whim.choice([*applied, *pending])
            items = whim.sample(CHECKS, whim.choice((1, 2, 3, 3, 3)))
            items += [] if whim.sense() else ["NONE"]
            checks = [{"item": item} for item in items]
            self.both("account.review.v1", {"account": name, "checks": checks}, whim.operator())
        else:
            self.trade_apply(whim)

    def trade_apply(self, whim: Trader) -> None:
        actors = whim.choice((["eve"], ["ann", "eve"], ["dan"], ["eve", "eve"]))
        people = [{"actor": one, "role": whim.choice(("both", "initiator"))} for one in actors]
        body: Body = {
            "account": whim.choice(("B1", "B2", "B3")),
            "holder": whim.holder_entity(),
            "kind": whim.mostly(("holding", "holding", "government"), "none"),
            "representatives": people,
        }
        body |= whim.perhaps(0.7, department=whim.choice(("North", "South")))
        self.both("account.apply.v1", body, whim.mostly((actors[0], "operator:1"), "bea"))

    @rule(seed=seeds)
    def trade_standing(self, seed: int) -> None:
        """Freeze, thaw, rename, begin to close or end an account."""
        whim = self.trader(seed)
        frozen = [one for one, status in self.naive.accounts.items() if status == "frozen"]
        account = whim.choice(frozen) if frozen and whim.sense(0.7) else whim.anybody()
        kind = "unfreeze" if account in frozen else whim.choice(("freeze", "close"))
        body: Body = {"account": account} | ({"reason": "r"} if kind == "freeze" else {})
        what = whim.random() if kind != "unfreeze" else 1
        if what < 0.1:
            body = {"account": account, "name": "New"}
            self.by_two("account.rename.v1", body, whim)
        elif what < 0.15:
            actor = whim.who(account, "approve")
            self.both("closing.begin.v1", {"account": account}, actor)
        elif what < 0.2:
            ends = [one["target"] for one in self.naive.trade_orders.values()]
            account = whim.one(ends, account)
            body = {"account": account, "successor": whim.anybody(), "reason": "r"}
            self.by_two("account.merge.v1", body, whim)
        elif what < 0.25:
            body = {"account": account, "administrator": "eve", "reason": "r"}
            self.by_two("insolvency.record.v1", body, whim)
        elif what < 0.3:
            self.by_two("account.open.v1", {"account": "B4", "name": "n"}, whim)
        else:
            self.by_two(f"account.{kind}.v1", body, whim)

    @rule(seed=seeds)
    def trade_people(self, seed: int) -> None:
        """Change who acts for an account: a representative, an agent."""
        whim = self.trader(seed)
        account = whim.anybody()
        led = sorted(self.naive.reps.get(account, {}))
        old = whim.one(led, "eve")
        new = {"actor": whim.choice(PEOPLE), "role": whim.choice(("both", "approver", "both"))}
        new |= whim.perhaps(0.2, role="read_only") | whim.perhaps(0.2, role="initiator")
        said: dict[str, Body] = {
            "representative.appoint": {"representative": new},
            "representative.replace": {"representative": old, "successor": new},
            "representative.dismiss": {"representative": old},
        }
        kind = whim.choice(tuple(said))
        self.by_two(f"{kind}.v1", {"account": account} | said[kind], whim)

    @rule(seed=seeds)
    def trade_agent(self, seed: int) -> None:
        """Give an agent a mandate: another account's people, or named ones of a legal entity."""
        whim = self.trader(seed)
        account, agent = whim.ends()
        given = sorted(self.naive.mandates.get(account, {}))
        if given and whim.sense(0.3):
            body: Body = {"account": account, "mandate": whim.one(given, "m-0")}
            self.both("mandate.revoke.v1", body, whim.who(account, "approve"))
            return
        scope = whim.choice((["transfer"], ["invalidate"], ["invalidate", "transfer"]))
        until = whim.mostly((self.naive.today(), "2040-01-01"), "2020-01-01")
        entity = {"entity": whim.holder_entity(), "actors": whim.choice((["eve"], ["eve", "dan"]))}
        named = {"agent": agent} if whim.sense(0.6) else entity
        named = named if whim.sense() else {"agent": agent} | entity
        body = {"account": account, "scope": scope, "until": until} | named
        self.both("mandate.grant.v1", body, whim.who(account, "approve"))

    @rule(seed=seeds)
    def trade_set_aside(self, seed: int) -> None:
        """Reserve or freeze part of a holding, or set it free again."""
        whim = self.trader(seed)
        account = whim.holder()
        kept, frozen = sorted(self.naive.orders), sorted(self.naive.freezes)
        if kept and whim.sense(0.3):
            order = whim.choice(kept)
            actor = whim.who(self.naive.orders[order][0], "transfer")
            self.both("reservation.release.v1", {"order": order}, actor)
        elif frozen and whim.sense(0.4):
            self.by_two("serials.unfreeze.v1", {"freeze": whim.choice(frozen)}, whim)
        elif whim.sense(0.5):
            body: Body = {"account": account} | whim.credits(account) | whim.due(0.6)
            self.both("credits.reserve.v1", body, whim.who(account, "transfer"))
        else:
            lot, first = whim.choice(self.naive.held(f"HOLD:{account}") or [("NONE-01", 1)])
            last = first + whim.choice((0, 0, 1, 2))
            body = {"account": account, "lot": lot, "first": first, "last": last, "basis": "b"}
            self.by_two("serials.freeze.v1", body | whim.due(), whim)

    @invariant()
    def same_lives(self) -> None:
        """Compare everything that these rooms leave behind beside the balances."""
        kept, naive = self.ledger.state.registers, self.naive
        never = "9"

        def when(instant: int | None) -> str:
            return never if instant is None else text(instant)

        assert {
            name: (one.source, one.target, one.placed_by, set(one.waits_for), when(one.expires_ms))
            for name, one in kept.orders.items()
        } == {
            name: (one["source"], one["target"], one["by"], one["waits"], one["expires"])
            for name, one in naive.trade_orders.items()
        }
        settles = {name: one["settles"] or never for name, one in naive.trade_orders.items()}
        assert {name: when(one.settles_ms) for name, one in kept.orders.items()} == settles
        assert {name: when(one.effective_ms) for name, one in kept.trusted.items()} == {
            "/".join(pair): since for pair, since in naive.trade_trusted.items()
        }
        assert kept.limits == {"/".join(pair): most for pair, most in naive.trade_limits.items()}
        assert {name: (one.day, one.quantity) for name, one in kept.moved.items()} == {
            "/".join(pair): left for pair, left in naive.trade_left.items()
        }
        assert {name: when(one.until_ms) for name, one in kept.settled.items()} == {
            name: one["until"] for name, one in naive.trade_settled.items()
        }
        assert set(kept.applications) == set(naive.trade_applications)
        assert {name: (one.debtor, one.lot, one.quantity) for name, one in kept.duties.items()} == (
            naive.trade_duties
        )
        assert self.claimed == naive.trade_claimed["kwh"]
        assert set(kept.suspended) == naive.trade_suspended
        assert set(kept.proposals) == set(naive.trade_proposals)
        assert {name: (one.status, one.ticked) for name, one in kept.openings.items()} == {
            name: (one["status"], one["ticked"]) for name, one in naive.trade_openings.items()
        }
