"""The naive notify room: which notices are owed and current, as the journal so far says."""

from typing import Self

from tests.faults.noticing import Notices, Standing, numbered
from tests.laws.naive import OPERATORS, Body, no
from tests.laws.naive_rules import NaiveRules

NOTIFY = "system:notify"


class Journalled(Notices):
    """Notices as the journal has them: no command that is only tried changes what was written."""

    def __deepcopy__(self, _: object) -> Self:
        return self


class NaiveTelling(NaiveRules):
    """What the four commands of notices may do; what was told of is read from the journal."""

    def __init__(self) -> None:
        super().__init__()
        self.notices = Journalled()

    def notice_issue(self, body: Body) -> None:
        if self.actor != NOTIFY:
            self.may()
        first = f"main-{body['position']}-{body['fact'] + 1}"
        owed = self.notices.owed.get(numbered(first, body.get("version", 1)))
        if owed is None:
            no(first in self.notices.standing, "notice_exists")
            no(wrong=True, reason="fact_not_noticed")
        no(owed is not None and owed.kind != body["kind"], "notice_kind_differs")

    def notice_supersede(self, body: Body) -> None:
        self.may()
        self.notice_current(body["number"])

    def notice_withdraw(self, body: Body) -> None:
        self.may()
        self.notice_current(body["number"])
        no(not self.notices.undoes(body["number"], body["undone_by"]), "fact_stands")

    def notice_current(self, number: str) -> None:
        first, version = self.notices.first(number)
        newest = self.notices.standing.get(first, Standing(0, ""))
        no(number != numbered(first, version) or version > newest.version, "notice_not_found")
        no(not self.notices.current(number), "notice_not_current")

    def balance_request(self, body: Body) -> None:
        known = body["account"] in self.accounts
        if self.actor not in OPERATORS:
            no(self.actor not in self.reps.get(body["account"], {}), "actor_not_allowed")
        no(not known, "account_not_found")
        self.days(body, "as_of")
        no(body["as_of"] >= self.today(), "day_ahead")
