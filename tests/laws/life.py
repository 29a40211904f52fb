"""All three rooms together, under J-Credit's rules: credits from plan to use."""

from hypothesis.stateful import initialize, rule
from typing_extensions import override

from tests.laws.beside import seeds
from tests.laws.naive import Body
from tests.laws.naive_issuance import NaiveIssuance
from tests.laws.naive_telling import NaiveTelling
from tests.laws.naive_trade import NaiveTrade
from tests.laws.steps_issuance import IssuanceSteps
from tests.laws.steps_pools import PoolSteps
from tests.laws.steps_telling import TellingSteps
from tests.laws.steps_trade import TradeSteps


class NaiveLife(NaiveIssuance, NaiveTrade, NaiveTelling):
    """The naive registry with all its rooms."""


class Life(IssuanceSteps, TradeSteps, PoolSteps, TellingSteps):
    """A registry that is new: two holders, those who examine, and projects on their way."""

    naive: NaiveLife

    @override
    def model(self) -> NaiveLife:
        return NaiveLife()

    @initialize(seed=seeds)
    def open(self, seed: int) -> None:
        self.adopt()
        self.people()
        self.begin(self.whim(seed))
        for number in range(3):
            self.follow(seed + number)

    def people(self) -> None:
        """Let two holders come, each with credits of another registry."""
        for account, actor, project in (
            ("A1", "bea", "JP-JRM-000001"),
            ("A2", "cem", "KC-KC-000001"),
        ):
            body: Body = {"account": account, "name": "n", "representatives": ["ann", actor]}
            self.by_both("account.open", body)
            self.taken_over(project, account)

    def taken_over(self, project: str, account: str) -> None:
        """Enter a project of another registry, and a lot of it."""
        scheme, kind, _ = project.split("-")
        entered: Body = {"kind": kind, "methodologies": [], "name": "n", "project": project}
        self.by_both("project.register", entered | {"scheme": scheme})
        day = "2025-12-01"
        lot: Body = {"account": account, "lot": f"{project}-01", "project": project}
        lot |= {"certified_on": day, "vintage_from": day, "vintage_to": day}
        self.by_both("credits.issue", lot | {"quantity": 24})

    @rule(seed=seeds)
    def sell(self, seed: int) -> None:
        """Sell credits of the state; while it has none, let some come to it."""
        whim = self.whim(seed)
        known = self.naive.certifications.items()
        ready = [name for name, one in known if one["phase"] == "COMMITTEE_APPROVED"]
        if not self.held("GOV:HOLD") and ready:
            lot = {"lot": f"G-{whim.randint(1, 9):02}"}
            self.ask(whim, "credits.issue.government", {"certification": ready[0]} | lot)
        elif not self.held("GOV:HOLD"):
            self.follow(seed)
        body = {"account": whim.account(), "reason": "A sale."}
        body |= whim.selection_of(self.held("GOV:HOLD"))
        self.ask(whim, "government.release", body)
