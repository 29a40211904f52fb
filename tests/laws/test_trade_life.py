"""Whole lives in the transfer and invalidation rooms, under shipped rules, beside a naive registry.

A seed chooses the rule set and the day that it begins. 500 machines of 50 steps each:
`HYPOTHESIS_PROFILE=lives .venv/bin/python -m pytest --timeout 3600 tests/laws/test_trade_life.py`;
the profile `nightly` makes ten times as many again.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import settings
from hypothesis.stateful import initialize
from typing_extensions import override

from libs.ledger.accounts import GRAMMAR
from libs.ledger.instants import parse
from libs.ledger.verdict import Accepted
from tests.laws.beside import seeds
from tests.laws.naive import Body
from tests.laws.naive_rules import rule_set
from tests.laws.naive_trade import NaiveTrade
from tests.laws.steps_trade import TradeSteps
from tests.laws.trader import PLACES

STEPS = 50
WALKS = settings().max_examples * 3 // 5
LOT, JOINED = 16, 5
"""The serials of a first lot, and those of another registry that join one that is certified."""
FOREST = PLACES[0]
DAYS = (
    *("2026-01-08T14:00:00.000Z", "2026-01-08T15:00:00.000Z", "2025-06-30T09:00:00.000Z"),
    *("2025-03-30T09:00:00.000Z", "2031-03-30T16:00:00.000Z"),
)
"""When a life begins: as an office closes, before a report's window does or opens, at the end."""


class Made(NamedTuple):
    """A project that stands before anything happens, and who got its first lot."""

    project: str
    account: str
    methodologies: tuple[str, ...] = ()
    kwh: int = 0
    implementer: str = ""
    placed: bool = False


J_CREDIT = (
    Made("JC-ER-000001", "A1", ("EN-R-002",), 40_311, "SunCo"),
    Made("JC-EE-000002", "A2", ("EN-S-001",), implementer="SunCo"),
    Made("JC-FM-000123", "A1", ("FO-001",), implementer="WoodCo", placed=True),
    Made("JCL-HT-000003", "A2", ("EN-R-003", "EN-R-008")),
    Made("KC-KC-000001", "A1"),
    Made("JP-KRM-000004", "A1"),
)
MADE = {
    "j-credit": J_CREDIT,
    "careful": J_CREDIT,
    "eu-like": (Made("EUA-EU-000001", "A1"), Made("EUA-EU-000002", "A2")),
}
LED = {
    "A1": {"ann": "initiator", "bea": "approver", "cem": "both", "dan": "read_only"},
    "A2": {"ann": "both", "dan": "both"},
    "A3": {"bea": "both"},
}


class Trade(TradeSteps):
    """Lives of the two rooms alone: credits are there, and no more are issued."""

    @override
    def model(self) -> NaiveTrade:
        return NaiveTrade()

    @initialize(seed=seeds)
    def open(self, seed: int) -> None:
        name = sorted(MADE)[seed % 3]
        self.ledger.now_ms = parse("2024-06-25T00:00:00.000Z")
        alone = msgspec.structs.replace(rule_set(name), two_person=(), certification=msgspec.UNSET)
        limits = {"bytes": 8_388_608, "lines": 10_000}
        body: Body = {"accounts": GRAMMAR, "ledger": "main", "limits": limits, "rules": alone}
        self.given("ledger.open.v1", body | {"operators": ["operator:1", "operator:2"]})
        self.given_by_two("body.accredit.v1", QA)
        for account, roles in LED.items():
            self.naive.trade_rules = ""
            self.both("account.open.v1", {"account": account, "name": "n"}, "operator:1")
            for actor, role in roles.items():
                person = {"account": account, "representative": {"actor": actor, "role": role}}
                self.both("representative.appoint.v1", person, "operator:1")
        for one in MADE[name]:
            self.made(one)
        self.ledger.now_ms = parse(DAYS[seed // 3 % len(DAYS)])
        self.given_by_two("rules.adopt.v1", {"rules": rule_set(name)})
        self.naive.trade_rules = name

    def made(self, one: Made) -> None:
        """Let a project stand, its first lot certified and issued."""
        lot, (scheme, kind, _) = f"{one.project}-01", one.project.split("-")
        project: Body = {"project": one.project, "scheme": scheme, "kind": kind, "name": "n"}
        project |= {"implementer": one.implementer} if one.implementer else {}
        named = {"methodologies": list(one.methodologies)}
        if one.placed:
            self.planned(one, project)
        else:
            self.given("project.register.v1", project | named)
        body: Body = {"account": one.account, "lot": lot, "quantity": LOT, "project": one.project}
        body |= {"vintage_from": "2024-01-01", "vintage_to": "2024-03-31"}
        body |= {"certified_on": f"2024-06-{10 + len(self.naive.lots) % 3}"}
        if one.kwh:
            self.certified(one, body)
            self.naive.trade_certified[lot] = (LOT, one.kwh)
        share = {"buffer": {"account": "FOREST", "quantity": 0}}
        self.given("credits.issue.v1", body | ({} if one.kwh else share))
        if one.kwh:
            del body["certification"]
            joined = body | share | {"first": LOT + 1, "quantity": JOINED}
            self.given("credits.issue.v1", joined)
        self.naive.projects[one.project] = project | named
        self.naive.lots[lot] = body
        last = LOT + (JOINED if one.kwh else 0)
        self.naive.move([(lot, n) for n in range(1, last + 1)], f"HOLD:{one.account}")

    def planned(self, one: Made, project: Body) -> None:
        """Bring a plan to its registration, so that where it stands is known."""
        body = project | FOREST | {"applied_on": "2024-04-01", "implemented_on": "2024-04-01"}
        body |= {"consent": True, "quality_tested": False, "form": "normal"}
        body |= {"permanence": "p", "survey": "AIRBORNE_LASER"}
        body |= {"methodologies": [{"code": code, "version": "3.3"} for code in one.methodologies]}
        self.given("project.draft.v1", body)
        met = {"project": one.project, "met_on": "2024-06-21", "minutes": "60"}
        seen = {"project": one.project, "body": "QA", "validated_on": "2024-04-20"}
        self.given("project.validate.v1", seen, "qa:1")
        self.given("project.submit.v1", {"project": one.project})
        self.given("project.examine.v1", {"project": one.project, "meets_on": "2024-06-21"})
        self.given("project.decide.v1", met | {"outcome": "registered"})
        self.naive.trade_places[one.project] = "{prefecture}/{site}".format(**FOREST)

    def certified(self, one: Made, issue: Body) -> None:
        """Bring a certification to the committee's yes, with the electricity behind its tonnes."""
        name = f"C-{one.project}"
        of = {"certification": name}
        days = {"period_from": issue["vintage_from"], "period_to": issue["vintage_to"]}
        opened = of | days | {"devices": [], "project": one.project}
        self.given("certification.open.v1", opened)
        body: Body = of | {"electricity_kwh": one.kwh, "energy_saving": False, "heat_mj": 0}
        body |= {"methodologies": [{"code": code, "version": "1"} for code in one.methodologies]}
        measured = {"kind": "reduction", "baseline_kg": LOT * 1000, "project_kg": 0}
        self.given("certification.report.v1", body | {"measured": measured})
        verified = {"verified_on": "2024-06-01", "verifier": "V"}
        self.given("certification.verify.v1", of | verified)
        self.given("certification.submit.v1", of)
        met = {"decided_on": issue["certified_on"], "minutes": "60", "outcome": "approved"}
        self.given("certification.decide.v1", of | met)
        issue["certification"] = name

    def given(self, kind: str, body: Body, actor: str = "operator:1") -> None:
        """Do what a life needs to begin, beside the naive registry: it is told what came of it."""
        verdict = self.ledger.send(self.ledger.write(kind, body, actor))
        assert isinstance(verdict, Accepted), (kind, body, verdict)

    def given_by_two(self, kind: str, body: Body) -> None:
        self.given(kind, body)
        position = {"position": self.ledger.head.position - 1}
        self.given("act.approve.v1", position, "operator:2")


QA: Body = {"body": "QA", "name": "QA", "representatives": ["qa:1"], "affiliates": []}
TestTrade = Trade.TestCase
TestTrade.settings = settings(stateful_step_count=STEPS)

MOVES: tuple[Callable[[Trade, int], None], ...] = (
    *[Trade.trade_place, Trade.trade_answer, Trade.trade_file, Trade.trade_confirm] * 2,
    *(Trade.trade_transfer, Trade.trade_use, Trade.trade_annul, Trade.trade_discharge),
    *(Trade.trade_reverse, Trade.trade_time, Trade.trade_trust, Trade.trade_limit),
    *(Trade.trade_suspend, Trade.trade_standing, Trade.trade_people, Trade.trade_agent),
    *(Trade.trade_account, Trade.trade_account, Trade.trade_cover, Trade.trade_set_aside),
    Trade.trade_approve_an_act,
)


@pytest.mark.parametrize("seed", range(WALKS))
def test_a_walk_through_a_life_ends_in_the_same_books(seed: int) -> None:
    chance, life = Random(seed), Trade()
    life.open(seed)
    for _ in range(2 * STEPS):
        chance.choice(MOVES)(life, chance.getrandbits(32))
        life.same_books()
        life.same_lives()
    life.teardown()
