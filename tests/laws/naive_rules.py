"""What the naive registry knows of a whole rule set: plain data, legal days, two operators.

The rule sets are read as the JSON that an operator adopts; nothing that decides by them is shared.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
from typing_extensions import override

from libs.ledger.rules import RuleSet
from services.rules import shipped
from tests.laws.naive import OPERATORS, Body, Naive, Serial, no

Wrong: TypeAlias = Callable[[str], str]
"""Why a lot cannot be taken, or nothing where it can."""

ALWAYS_TWO = {
    *("rules.adopt.v1", "body.accredit.v1", "body.suspend.v1", "transfer.reverse.v1"),
    *("movements.suspend.v1", "movements.resume.v1", "ledger.compensate.v1"),
    *("government.release.v1", "notice.supersede.v1", "notice.withdraw.v1"),
}
CAREFUL = {
    "controls": {
        "JC": {
            "acceptance": False,
            "second_approver": True,
            "daily_limit": 12,
            "delay": 1,
            "reversal_days": 2,
            "trusted": True,
        },
        "KC": {"acceptance": True, "second_approver": False, "delay": 0, "reversal_days": 1},
        "JP": {"acceptance": False, "second_approver": False, "delay": 2, "daily_limit": 6},
    },
    "reversal_days": {"JC": 1, "KC": 2},
    "suspended_too": ["issuance.withdraw.v1"],
    "trusted_days": 1,
    "valid_only": True,
}


def careful() -> Body:
    """Return J-Credit's rules with every control that a scheme can ask for, and a user's duty."""
    rules: Body = msgspec.to_builtins(shipped("j-credit"))
    rules["name"] = "careful"
    rules["transfer"] = CAREFUL
    rules["schemes"]["KC"]["annul_duty"] = "user"
    rules["schemes"]["JCL"]["transferable"] = False
    rules["invalidation"]["elsewhere"]["unnamed"] = "refuse"
    return rules


RULES: dict[str, Body] = {
    "j-credit": msgspec.to_builtins(shipped("j-credit")),
    "eu-like": msgspec.to_builtins(shipped("eu-like")),
    "careful": careful(),
    "": {"schemes": {}, "two_person": []},
}


def rule_set(name: str) -> RuleSet:
    """Return what a ledger adopts under this name."""
    return msgspec.convert(RULES[name], RuleSet)


class NaiveRules(Naive):
    """A naive registry under one of the rule sets, by name: a copy of its books copies no rules."""

    def __init__(self) -> None:
        super().__init__()
        self.trade_rules = ""
        self.trade_proposals: dict[int, tuple[str, Body, str]] = {}
        self.trade_suspended: set[str] = set()

    @property
    def rules(self) -> Body:
        return RULES[self.trade_rules]

    def section(self, name: str) -> Body:
        """Return a section of the rules, empty where they say nothing."""
        found: Body = self.rules.get(name) or {}
        return found

    @override
    def decide(self, kind: str, body: Body, actor: str, at: str, position: int) -> list[str]:
        if kind == "act.approve.v1":
            return self.approved(body["position"], actor, at, position)
        if kind not in ALWAYS_TWO and kind not in self.rules["two_person"]:
            return super().decide(kind, body, actor, at, position)
        before = deepcopy(vars(self))
        told = super().decide(kind, body, actor, at, position)
        vars(self).update(before)
        if "yes" in told:
            self.trade_proposals[position] = (kind, body, actor)
        return told

    def approved(self, proposed: int, actor: str, at: str, position: int) -> list[str]:
        """Carry a proposal out for another operator, as it can be now."""
        if actor not in OPERATORS:
            return ["actor_not_allowed"]
        if proposed not in self.trade_proposals:
            return ["act_not_found"]
        kind, body, proposer = self.trade_proposals[proposed]
        if proposer == actor:
            return ["approver_must_differ"]
        told = super().decide(kind, body, proposer, at, position)
        if "yes" in told:
            del self.trade_proposals[proposed]
        return told

    def clock(self) -> datetime:
        """Return what the clocks show where the scheme is."""
        ahead = timedelta(minutes=self.section("calendar").get("offset_minutes", 0))
        return datetime.fromisoformat(self.at) + ahead

    @override
    def today(self) -> str:
        return self.clock().date().isoformat()

    def works(self, day: datetime) -> bool:
        calendar = self.section("calendar")
        off = calendar.get("holidays", ())
        weekdays = calendar.get("weekdays", range(1, 8))
        return day.isoweekday() in weekdays and day.date().isoformat() not in off

    def after(self, days: int) -> str:
        """Return the instant so many working days on, at the same hour; what is late waits."""
        calendar = self.section("calendar")
        now = self.clock()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        opens = timedelta(minutes=calendar.get("opens", 0))
        closes = timedelta(minutes=calendar.get("closes", 1440))
        spent = now - midnight
        if not self.works(midnight) or spent >= closes:
            midnight, spent = self.next_day(midnight), opens
        for _ in range(days):
            midnight = self.next_day(midnight)
        there = midnight + max(spent, opens)
        ahead = timedelta(minutes=calendar.get("offset_minutes", 0))
        return (there - ahead).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def next_day(self, day: datetime) -> datetime:
        day += timedelta(days=1)
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def expiry(self, body: Body) -> None:
        """Refuse an expiry that is no day, or over."""
        due = body.get("expires_at", "9")
        no(due.startswith("2025-02-29"), "day_not_in_calendar")
        no(due <= self.at, "expiry_past")

    def moving(self, *schemes: str) -> None:
        """Refuse while any of the schemes is suspended, or all are."""
        no(not self.trade_suspended.isdisjoint(("", *schemes)), "movements_suspended")

    def speaks(self, account: str) -> None:
        """Refuse who is neither an operator nor a representative who does more than look."""
        role = self.reps.get(account, {}).get(self.actor)
        if self.actor not in OPERATORS:
            no(role is None, "actor_not_allowed")
            no(role == "read_only", "role_not_allowed")

    def concerned(self, account: str, what: str) -> None:
        """Let through who may do this for an account, an agent too; else as `speaks`."""
        if "yes" not in self.attempt(lambda _: self.may(account, what), [{}]):
            self.speaks(account)

    def ruled(self, lot: str) -> Body:
        """Return what the rules say of a lot's scheme."""
        found: Body = self.rules["schemes"][self.scheme(lot)]
        return found

    @override
    def pick(self, code: str, body: Body, schemes: dict[str, str], why: str) -> list[Serial]:
        """Read the base's way of saying which schemes fit; any does where it names no reason."""
        return self.take(code, body, lambda lot: why if self.scheme(lot) not in schemes else "")

    def take(self, code: str, body: Body, wrong: Wrong) -> list[Serial]:
        """Choose what a command names, or the oldest certification first; of no suspended lot."""
        lot, quantity, ranges = (body.get(name) for name in ("lot", "quantity", "serials"))
        self.moving()
        if lot is None:
            no(quantity is None or ranges is not None, "selection_ambiguous")
            return self.oldest(code, int(quantity or 0), wrong)
        no(lot not in self.lots, "lot_not_found")
        no((quantity is None) == (ranges is None), "selection_ambiguous")
        wanted = self.named(body) if ranges else []
        self.moving(self.scheme(lot))
        no(bool(wrong(lot)), wrong(lot))
        mine = [one for one in self.held(code) if one[0] == lot]
        if quantity is None:
            self.all_of(wanted, mine, code)
            return wanted
        no(len(mine) < quantity, "quantity_exceeds_holding")
        return mine[:quantity]

    def oldest(self, code: str, quantity: int, wrong: Wrong) -> list[Serial]:
        mine = self.held(code)
        held = {self.scheme(lot) for lot in self.lots_of(mine)}
        open_to = {lot for lot in self.lots_of(mine) if not wrong(lot)}
        open_to = {lot for lot in open_to if self.scheme(lot) not in self.trade_suspended}
        free = [one for one in mine if one[0] in open_to]
        if len(free) < quantity:
            self.moving(*held)
            no(wrong=True, reason="quantity_exceeds_holding")
        return free[:quantity]

    def lots_of(self, serials: list[Serial]) -> list[str]:
        """Return the lots of serials, each once, in the order of picking."""
        return list(dict.fromkeys(lot for lot, _ in serials))

    def schemes_of(self, serials: list[Serial]) -> set[str]:
        return {self.scheme(lot) for lot in self.lots_of(serials)}

    @override
    def project_register(self, body: Body) -> None:
        self.may()
        no(body["scheme"] not in self.rules["schemes"], "scheme_not_found")
        no(body["project"] in self.projects, "project_exists")
        self.projects[body["project"]] = body

    def movements_suspend(self, body: Body) -> None:
        self.may()
        scheme = body.get("scheme", "")
        no(bool(scheme) and scheme not in self.rules["schemes"], "scheme_not_found")
        no(scheme in self.trade_suspended, "movements_already_suspended")
        self.trade_suspended.add(scheme)

    def movements_resume(self, body: Body) -> None:
        self.may()
        no(body.get("scheme", "") not in self.trade_suspended, "movements_not_suspended")
        self.trade_suspended.discard(body.get("scheme", ""))
