"""The issuance room against the naive one, under the shipped rules: whole lives of credits.

Machines of 50 steps; 500 of them run by

    HYPOTHESIS_PROFILE=lives python -m pytest --timeout 1200 tests/laws/test_issuance_life.py
"""

from hypothesis import settings
from hypothesis.stateful import initialize
from typing_extensions import override

from tests.laws.beside import seeds
from tests.laws.naive import Body
from tests.laws.naive_issuance import NaiveIssuance
from tests.laws.steps_issuance import IssuanceSteps

STEPS = 50


class IssuanceLife(IssuanceSteps):
    """A registry of J-Credits that is new, with two accounts and those who examine."""

    @override
    def model(self) -> NaiveIssuance:
        return NaiveIssuance()

    @initialize(seed=seeds)
    def open(self, seed: int) -> None:
        self.adopt()
        for account in ("A1", "A2"):
            body: Body = {"account": account, "name": "n", "representatives": ["ann"]}
            self.by_both("account.open", body)
        self.begin(self.whim(seed))


TestIssuanceLife = IssuanceLife.TestCase
TestIssuanceLife.settings = settings(stateful_step_count=STEPS)
