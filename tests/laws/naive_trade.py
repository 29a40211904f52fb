"""The naive transfer room: orders that wait, trust, limits, reversals, openings of accounts."""

from collections import Counter

from typing_extensions import override

from tests.laws.naive import APPROVES, OPERATORS, Body, Serial, no
from tests.laws.naive_use import NaiveUse

PENDING = ("applied", "under_review")


class NaiveTrade(NaiveUse):
    """What waits to change hands and for what, and who may have an account."""

    def __init__(self) -> None:
        super().__init__()
        self.trade_orders: dict[str, Body] = {}
        self.trade_trusted: dict[tuple[str, str], str] = {}
        self.trade_limits: dict[tuple[str, str], int] = {}
        self.trade_left: dict[tuple[str, str], tuple[str, int]] = {}
        self.trade_settled: dict[str, Body] = {}
        self.trade_openings: dict[str, Body] = {}

    @override
    def decide(self, kind: str, body: Body, actor: str, at: str, position: int) -> list[str]:
        # An order is asked for whole: its lines are no commands of their own.
        body = {"lines": [body]} if kind == "order.place.v1" else body
        return super().decide(kind, body, actor, at, position)

    def controls(self, scheme: str) -> Body:
        """Return what a scheme asks of a transfer, empty where that is nothing."""
        found: Body = self.section("transfer").get("controls", {}).get(scheme, {})
        return found

    # Transfers and orders

    def bound(self, lot: str) -> str:
        if not self.ruled(lot)["transferable"]:
            return "scheme_not_transferable"
        over = self.section("transfer").get("valid_only") and self.over(lot)
        return "credits_expired" if over else ""

    def stuck(self, lot: str) -> str:
        """Say why a lot cannot change hands at once: operators are bound to no order."""
        ordered = self.controls(self.scheme(lot)) and self.actor not in OPERATORS
        return self.bound(lot) or ("order_required" if ordered else "")

    def count(self, account: str, picked: list[Serial]) -> None:
        """Count what leaves an account today; operators are bound by no limit."""
        if self.actor in OPERATORS:
            return
        for scheme, quantity in sorted(Counter(self.scheme(lot) for lot, _ in picked).items()):
            key = (account, scheme)
            asked = (self.trade_limits.get(key), self.controls(scheme).get("daily_limit"))
            limits = [most for most in asked if most is not None]
            day, moved = self.trade_left.get(key, ("", 0))
            moved = moved if day == self.today() else 0
            if limits:
                no(moved + quantity > min(limits), "daily_limit_exceeded")
                self.trade_left[key] = (self.today(), moved + quantity)

    @override
    def transfer_request(self, line: Body) -> None:
        self.may(line["source"])
        self.days(line, "stated_on")
        self.stands(line["source"], line["target"], leaving=line["source"])
        no(line["source"] == line["target"], "accounts_must_differ")
        picked = self.take(f"HOLD:{line['source']}", line, self.stuck)
        self.count(line["source"], picked)
        self.move(picked, f"HOLD:{line['target']}")
        days = self.section("transfer").get("reversal_days", {})
        given = {"source": line["source"], "target": line["target"]}
        self.may_return(f"o-{self.position}-{line['line']}", given, picked, days)

    def order_place(self, body: Body) -> None:
        source, target, name = body["source"], body["target"], f"o-{self.position}"
        self.may(source)
        self.expiry(body)
        self.stands(source, target, leaving=source)
        no(source == target, "accounts_must_differ")
        code = f"LOCK:{source}:{name}"
        for line in body["lines"]:
            self.move(self.take(f"HOLD:{source}", line, self.bound), code)
        self.count(source, self.held(code))
        asked = [self.controls(scheme) for scheme in self.schemes_of(self.held(code))]
        waits = set(body.get("waits_for", ()))
        waits |= {"approval"} if any(one.get("second_approver") for one in asked) else set()
        waits |= {"acceptance"} if any(one.get("acceptance") for one in asked) else set()
        trusts = self.trade_trusted.get((source, target), "9") <= self.at
        delays = [
            0 if trusts and one.get("trusted") else one["delay"] for one in asked if "delay" in one
        ]
        days = max(delays, default=0)
        self.trade_orders[name] = {
            "source": source,
            "target": target,
            "by": self.actor,
            "waits": waits | ({"delay"} if days else set()),
            "expires": body.get("expires_at", "9"),
            "settles": self.after(days) if days else "",
        }
        self.settle(name)

    def settle(self, name: str) -> None:
        """Give the receiver what an order holds, if it waits for nothing any more."""
        order = self.trade_orders[name]
        if order["waits"] - ({"delay"} if order["settles"] <= self.at else set()):
            return
        del self.trade_orders[name]
        given = self.held(f"LOCK:{order['source']}:{name}")
        self.move(given, f"HOLD:{order['target']}")
        days = {one: self.controls(one).get("reversal_days", 0) for one in self.schemes_of(given)}
        self.may_return(name, order, given, days)

    def may_return(self, name: str, ends: Body, given: list[Serial], days: Body) -> None:
        """Let what was given come back for as long as every scheme of it says."""
        shortest = min([days.get(scheme, 0) for scheme in self.schemes_of(given)], default=0)
        if shortest:
            kept = {"until": self.after(shortest), "serials": set(given), "asked": False}
            self.trade_settled[name] = ends | kept

    def step(self, body: Body, step: str) -> Body:
        """Return the order that this step has come for, if it may come."""
        no(body["order"] not in self.trade_orders, "order_not_found")
        order = self.trade_orders[body["order"]]
        if step == "approval":
            self.may(order["source"], "approve")
            no(order["by"] == self.actor, "approver_must_differ")
        else:
            self.speaks(order["target"])
        no(order["expires"] <= self.at, "expiry_past")
        self.stands(order["source"], order["target"], leaving=order["source"])
        no(step not in order["waits"], "order_not_waiting")
        self.moving(*self.schemes_of(self.held(f"LOCK:{order['source']}:{body['order']}")))
        order["waits"] = order["waits"] - {step}
        return order

    def order_approve(self, body: Body) -> None:
        self.step(body, "approval")
        self.settle(body["order"])

    def order_accept(self, body: Body) -> None:
        self.step(body, "acceptance")
        self.settle(body["order"])

    def order_decline(self, body: Body) -> None:
        self.step(body, "acceptance")
        self.give_back(body["order"])

    def order_cancel(self, body: Body) -> None:
        no(body["order"] not in self.trade_orders, "order_not_found")
        source = self.trade_orders[body["order"]]["source"]
        self.concerned(source, "transfer")
        self.stands(source, leaving=source)
        self.give_back(body["order"])

    def give_back(self, name: str) -> None:
        source = self.trade_orders.pop(name)["source"]
        self.move(self.held(f"LOCK:{source}:{name}"), f"HOLD:{source}")

    def transfer_reverse(self, body: Body) -> None:
        self.may()
        no(body["order"] not in self.trade_settled, "transfer_not_found")
        done = self.trade_settled[body["order"]]
        no(done["until"] <= self.at, "reversal_too_late")
        no(self.accounts[done["source"]] == "closed", "account_closed")
        self.come_back(body["order"])

    def come_back(self, name: str) -> None:
        self.unmoved(name)
        done = self.trade_settled.pop(name)
        self.move(list(done["serials"]), f"HOLD:{done['source']}")

    def unmoved(self, name: str) -> None:
        done = self.trade_settled[name]
        there = f"HOLD:{done['target']}"
        no(any(self.owner[one] != there for one in done["serials"]), "transfer_has_moved")

    def reversal_request(self, body: Body) -> None:
        no(body["order"] not in self.trade_settled, "transfer_not_found")
        done = self.trade_settled[body["order"]]
        self.may(done["source"])
        self.stands(done["source"], done["target"], leaving=done["target"])
        no(done["asked"], "reversal_requested")
        no(done["until"] <= self.at, "reversal_too_late")
        self.unmoved(body["order"])
        done["asked"] = True

    def reversal_consent(self, body: Body) -> None:
        no(body["order"] not in self.trade_settled, "transfer_not_found")
        done = self.trade_settled[body["order"]]
        self.may(done["target"])
        self.stands(done["target"], done["source"], leaving=done["target"])
        self.moving(*self.schemes_of(list(done["serials"])))
        no(not done["asked"], "reversal_not_requested")
        no(done["until"] <= self.at, "reversal_too_late")
        self.come_back(body["order"])

    @override
    def tick_pass(self, _: Body) -> None:
        super().tick_pass(_)
        for name, done in list(self.trade_settled.items()):
            if done["until"] <= self.at:
                del self.trade_settled[name]
        for name, order in list(self.trade_orders.items()):
            if self.ripe(name, order):
                self.settle(name)
            elif order["expires"] <= self.at:
                self.give_back(name)

    def ripe(self, name: str, order: Body) -> bool:
        """Say whether only the day was waited for, and it came before the expiry."""
        only = order["waits"] == {"delay"} and order["settles"] <= self.at
        ends = {self.accounts[order["target"]]}
        opened = self.accounts[order["source"]] in ("open", "closing") and ends == {"open"}
        held = self.schemes_of(self.held(f"LOCK:{order['source']}:{name}"))
        moves = self.trade_suspended.isdisjoint(("", *held))
        return only and order["settles"] <= order["expires"] and opened and moves

    # Trust and limits

    def trusted_add(self, body: Body) -> None:
        account, trusted = body["account"], body["trusted"]
        self.may(account, "approve")
        self.stands(account, trusted)
        no(account == trusted, "accounts_must_differ")
        no((account, trusted) in self.trade_trusted, "trusted_exists")
        days = self.section("transfer").get("trusted_days", 4)
        self.trade_trusted[account, trusted] = self.after(days)

    def trusted_remove(self, body: Body) -> None:
        self.speaks(body["account"])
        key = (body["account"], body["trusted"])
        no(key not in self.trade_trusted, "trusted_not_found")
        del self.trade_trusted[key]

    def limit_set(self, body: Body) -> None:
        self.speaks(body["account"])
        no(body["scheme"] not in self.rules["schemes"], "scheme_not_found")
        self.stands(body["account"])
        key = (body["account"], body["scheme"])
        own = self.trade_limits.pop(key, 2**60)
        higher = body.get("quantity", 2**60) > own
        no(higher and self.actor not in OPERATORS, "limit_not_lower")
        if "quantity" in body:
            self.trade_limits[key] = body["quantity"]

    # Accounts

    @override
    def account_open(self, body: Body) -> None:
        self.may()
        no(body["account"] in self.trade_openings, "account_exists")
        super().account_open(body)

    @override
    def account_close(self, body: Body) -> None:
        self.may()
        account = body["account"]
        self.stands(account, leaving=account)
        ends = [end for one in self.trade_orders.values() for end in (one["source"], one["target"])]
        no("accounts" in self.rules and account in ends, "orders_outstanding")
        super().account_close(body)

    def account_apply(self, body: Body) -> None:
        actors = [one["actor"] for one in body["representatives"]]
        no(self.actor not in (*OPERATORS, *actors), "actor_not_allowed")
        rules, account = self.section("accounts"), body["account"]
        no(body["kind"] not in rules.get("kinds", {}), "account_kind_not_found")
        self.legal(body["holder"])
        no(len(actors) > len(set(actors)), "representative_exists")
        business = self.business(body["holder"])
        before = self.trade_openings.get(account, {"status": "returned", "business": business})
        again = (before["status"], before["business"]) == ("returned", business)
        no(account in self.accounts or not again, "account_exists")
        if rules["kinds"][body["kind"]]["once"]:
            known = self.trade_openings.items()
            same = any(self.same(one, name, business, body) for name, one in known)
            no(same, "business_has_account")
        self.trade_openings[account] = {
            "status": "applied",
            "business": business,
            "kind": body["kind"],
            "department": body.get("department", ""),
            "roles": {one["actor"]: one["role"] for one in body["representatives"]},
            "ticked": set(),
        }

    def same(self, one: Body, account: str, business: str, body: Body) -> bool:
        """Say whether an account, or an application for one, leaves a business no room."""
        living = self.accounts.get(account, "closed") != "closed"
        since = self.section("accounts").get("departments_since", "9")
        apart = "department" in body and body["department"] != one["department"]
        return (
            (one["status"] in PENDING or living)
            and (one["business"], one["kind"]) == (business, body["kind"])
            and not (apart and self.today() >= since)
        )

    def legal(self, holder: Body) -> None:
        """Refuse who is no legal entity: in Japan its thirteen digits, elsewhere a register."""
        number = holder.get("corporate_number")
        if number is not None:
            twos = sum(int(digit) for digit in number[-2::-2][:6]) * 2
            ones = sum(int(digit) for digit in number[-1:0:-2])
            no((int(number[0]) + ones + twos) % 9 != 0, "corporate_number_wrong")
        else:
            known = holder["country"] != "JP" and "registered_as" in holder
            no(not known, "holder_not_legal_entity")

    def business(self, holder: Body) -> str:
        abroad = f"{holder['country']}/{holder.get('registered_as')}"
        return str(holder.get("corporate_number", abroad))

    def pending(self, account: str) -> Body:
        self.may()
        no(account not in self.trade_openings, "application_not_found")
        opening = self.trade_openings[account]
        no(opening["status"] not in PENDING, "account_not_under_review")
        return opening

    def account_review(self, body: Body) -> None:
        opening = self.pending(body["account"])
        items = {one["item"] for one in body["checks"]}
        no(not items <= set(self.section("accounts").get("checklist", ())), "check_not_found")
        opening["status"] = "under_review"
        opening["ticked"] = opening["ticked"] | items

    def account_decide(self, body: Body) -> None:
        opening = self.pending(body["account"])
        no(opening["status"] == "applied", "account_not_under_review")
        opens = body["outcome"] == "opened"
        missing = set(self.section("accounts")["checklist"]) - opening["ticked"]
        no(opens and bool(missing), "checklist_incomplete")
        opening["status"] = body["outcome"]
        if opens:
            self.accounts[body["account"]] = "open"
            self.reps[body["account"]] = dict(opening["roles"])

    def account_rename(self, body: Body) -> None:
        self.lives(body["account"])

    @override
    def account_merge(self, body: Body) -> None:
        self.may()
        account, successor = body["account"], body["successor"]
        self.stands(account, successor, leaving=account)
        no(account == successor, "accounts_must_differ")
        ends = [(one["source"], one["target"]) for one in self.trade_orders.values()]
        kept = [one for one, _ in (*self.orders.values(), *self.freezes.values())]
        no(account in (*kept, *(end for two in ends for end in two)), "orders_outstanding")
        held = self.held(f"HOLD:{account}")
        self.moving(*self.schemes_of(held))
        self.move(held, f"HOLD:{successor}")
        self.accounts[account] = "closed"

    def last_approver(self, account: str, actor: str) -> None:
        """Keep one who approves where any scheme asks for a second approver."""
        every = self.section("transfer").get("controls", {}).values()
        approving = [one for one, role in self.reps[account].items() if role in APPROVES]
        asked = any(one["second_approver"] for one in every)
        no(asked and approving == [actor], "last_approver")

    @override
    def representative_dismiss(self, body: Body) -> None:
        led, actor = self.lives(body["account"]), body["representative"]
        no(actor not in led, "representative_not_found")
        self.last_approver(body["account"], actor)
        del led[actor]

    @override
    def representative_replace(self, body: Body) -> None:
        led, old, new = self.lives(body["account"]), body["representative"], body["successor"]
        no(old not in led, "representative_not_found")
        no(new["actor"] != old and new["actor"] in led, "representative_exists")
        if new["role"] not in APPROVES:
            self.last_approver(body["account"], old)
        super().representative_replace(body)

    @override
    def mandate_grant(self, body: Body) -> None:
        if "agent" in body and not {"entity", "actors"} & set(body):
            super().mandate_grant(body)
            return
        self.may(body["account"], "approve")
        no(body["until"] < self.today(), "expiry_past")
        self.stands(body["account"])
        no("agent" in body or not {"entity", "actors"} <= set(body), "agent_ambiguous")
        self.legal(body["entity"])
        self.mandates.setdefault(body["account"], {})[f"m-{self.position}"] = body

    @override
    def acts(self, mandate: Body, what: str) -> bool:
        """Let the named people of an entity act: it has no account, and they have no roles."""
        return self.actor in mandate.get("actors", ()) or (
            "agent" in mandate and super().acts(mandate, what)
        )
