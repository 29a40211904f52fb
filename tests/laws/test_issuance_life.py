"""The issuance room against the naive one, under the shipped rules: whole lives of credits.

Machines of 50 steps; 500 of them run by

    HYPOTHESIS_PROFILE=lives python -m pytest --timeout 1200 tests/laws/test_issuance_life.py
"""

from hypothesis import settings
from hypothesis.stateful import initialize
from typing_extensions import override

from services import rules
from tests.laws.beside import seeds
from tests.laws.naive import Body
from tests.laws.naive_issuance import NaiveIssuance
from tests.laws.steps_issuance import IssuanceSteps
from tests.laws.whim_issuance import EXAMINERS

STEPS = 50


class IssuanceLife(IssuanceSteps):
    """A registry of J-Credits that is new, with two accounts and those who examine."""

    @override
    def model(self) -> NaiveIssuance:
        return NaiveIssuance()

    @initialize(seed=seeds)
    def open(self, seed: int) -> None:
        self.ledger.say("open-ledger")
        adopted = self.ledger.write("rules.adopt.v1", {"rules": rules.shipped("j-credit")})
        self.ledger.send(adopted)
        self.ledger.say(f"approve {self.ledger.head.position - 1} by operator:2")
        self.naive.trade_rules = "j-credit"
        asked: list[tuple[str, Body]] = [
            ("account.open", {"account": account, "name": "n", "representatives": ["ann"]})
            for account in ("A1", "A2")
        ]
        asked += [
            ("body.accredit", {"affiliates": [], "body": one, "name": one, "representatives": reps})
            for one in EXAMINERS
            for reps in ([f"{one}:ann"],)
        ]
        for kind, body in asked:
            position = self.ledger.head.position
            self.both(f"{kind}.v1", body, "operator:1")
            self.both("act.approve.v1", {"position": position}, "operator:2")
        self.begin(self.whim(seed))


TestIssuanceLife = IssuanceLife.TestCase
TestIssuanceLife.settings = settings(stateful_step_count=STEPS)
