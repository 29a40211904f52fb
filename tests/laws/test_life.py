"""All three rooms against the naive registry, under J-Credit's rules: credits from plan to use.

Machines of 50 steps; 500 of them run by

    HYPOTHESIS_PROFILE=lives python -m pytest --timeout 1200 tests/laws/test_life.py
"""

from hypothesis import settings
from hypothesis.stateful import initialize
from typing_extensions import override

from services import rules
from tests.laws.beside import seeds
from tests.laws.naive import Body
from tests.laws.naive_issuance import NaiveIssuance
from tests.laws.naive_trade import NaiveTrade
from tests.laws.steps_issuance import IssuanceSteps
from tests.laws.steps_trade import TradeSteps
from tests.laws.whim_issuance import EXAMINERS

STEPS = 50


class NaiveLife(NaiveIssuance, NaiveTrade):
    """The naive registry with all its rooms."""


class Life(IssuanceSteps, TradeSteps):
    """A registry that is new: two holders, those who examine, and projects on their way."""

    naive: NaiveLife

    @override
    def model(self) -> NaiveLife:
        return NaiveLife()

    @initialize(seed=seeds)
    def open(self, seed: int) -> None:
        self.ledger.say("open-ledger")
        adopted = self.ledger.write("rules.adopt.v1", {"rules": rules.shipped("j-credit")})
        self.ledger.send(adopted)
        self.ledger.say(f"approve {self.ledger.head.position - 1} by operator:2")
        self.naive.trade_rules = "j-credit"
        asked: list[tuple[str, Body]] = [
            ("account.open", {"account": account, "name": "n", "representatives": ["ann", actor]})
            for account, actor in (("A1", "bea"), ("A2", "cem"))
        ]
        asked += [
            ("body.accredit", {"affiliates": [], "body": one, "name": one, "representatives": reps})
            for one in EXAMINERS
            for reps in ([f"{one}:ann"],)
        ]
        for project, account in (("JP-JRM-000001", "A1"), ("KC-KC-000001", "A2")):
            asked += taken_over(project, account)
        for kind, body in asked:
            position = self.ledger.head.position
            self.both(f"{kind}.v1", body, "operator:1")
            self.both("act.approve.v1", {"position": position}, "operator:2")
        self.begin(self.whim(seed))


def taken_over(project: str, account: str) -> list[tuple[str, Body]]:
    """Return what enters a project of another registry, and a lot of it."""
    scheme, kind, _ = project.split("-")
    entered = {"kind": kind, "methodologies": [], "name": "n", "project": project, "scheme": scheme}
    day = "2025-12-01"
    lot = {"account": account, "lot": f"{project}-01", "project": project, "quantity": 24}
    lot |= {"certified_on": day, "vintage_from": day, "vintage_to": day}
    return [("project.register", entered), ("credits.issue", lot)]


TestLife = Life.TestCase
TestLife.settings = settings(stateful_step_count=STEPS)
