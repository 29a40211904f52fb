"""The auditor's books of whole lives: the naive registry says what is true of each command."""

import json
from collections import Counter

from typing_extensions import override

from tests.laws.life import NaiveLife
from tests.simulation.books import Body, Books, Plan

REFUSED_UNREAD = {"body_invalid", "command_unknown"}

UNJUDGED = {
    *("checkpoint.record.v1", "log.attach.v1", "operator.appoint.v1", "operator.dismiss.v1"),
    *("activities.report.v1", "campaign.close.v1", "campaign.join.v1", "campaign.open.v1"),
    *("certificate.request.v1", "meeting.order.v1", "rules.adopt.v1"),
}
"""Commands of which the naive registry knows nothing; any other one it must judge."""


def known(kind: str) -> bool:
    """Say whether the naive registry has a rule for a type of command."""
    named = kind.removesuffix(".v1").replace(".", "_")
    return kind == "act.approve.v1" or hasattr(NaiveLife, named)


def nothing(_books: Books, _kind: str, _body: Body, _actor: str, _position: int) -> Plan | None:
    """Know nothing: the naive registry says what these books hold true."""
    return None


class LifeBooks(Books):
    """The auditor's books, and beside them the naive registry that is told each command."""

    def __init__(self, rules: str) -> None:
        super().__init__(nothing)
        self.naive = NaiveLife()
        self.naive.trade_rules = rules
        self.balances: Counter[tuple[str, str, str]] = Counter()

    @override
    def read(self, raw: bytes, record: bytes, *, trusted: bool = True) -> None:
        super().read(raw, record, trusted=trusted)
        for wrong in (*self.naive.notices.read(json.loads(raw)), *self.naive.notices.astray()):
            self._must(wrong == "", wrong)
        self._must(self.owner == self.naive.owner, "moved otherwise than the naive registry")

    @override
    def _judge(self, entry: Body, command: Body) -> None:
        kind, body, reason = command["type"], command["body"], entry.get("reason")
        if kind == "ledger.open.v1":
            first = entry["position"] == 0
            said = (entry["verdict"], reason)
            self._must(first == (said == ("accepted", None)), f"the opening is {said}")
        elif "extra" in body:
            self._must(reason in REFUSED_UNREAD, f"{kind}: {reason}")
        elif not known(kind):
            self._must(kind in UNJUDGED, f"the naive registry has no rule for {kind}")
            self.naive.at = entry["at"]
        else:
            told = self.naive.decide(kind, body, command["actor"], entry["at"], self.position)
            seen = [one.get("reason", "yes") for one in entry.get("lines", ())]
            if body.get("atomic") is not False or not seen:
                seen = [reason or "yes"]
            self._must(seen == told, f"{kind} {body} by {command['actor']}: {seen}, not {told}")

    @override
    def _fold(self, event: Body) -> None:
        if event["type"] in ("ledger.opened.v1", "rules.adopted.v1"):
            self.operators = event.get("operators", self.operators)
            self.rules, self.active = event["rules"], event["digest"]
        for posting in event["postings"]:
            if posting["unit"] == "t":
                self._move(posting)
            else:
                self._book(posting, event)

    def _book(self, posting: Body, event: Body) -> None:
        """Move grams or yen; grams come of credits that the same fact used up, and of no others."""
        book, account = posting["book"], posting["source"]
        for code, quantity in (
            (account, -posting["quantity"]),
            (posting["target"], posting["quantity"]),
        ):
            self.balances[posting["unit"], book, code] += quantity
        if account == "G:SRC":
            gone = [one for one in event["postings"] if one.get("target", "").startswith("RET:")]
            tonnes = sum(one["last"] + 1 - one["first"] for one in gone)
            self._must(posting["quantity"] == tonnes * 1_000_000, f"{book} gets other grams")
        elif posting["unit"] == "g":
            self._must(self.balances["g", book, account] >= 0, f"{account} gives what it has not")

    @override
    def rows(self) -> list[bytes]:
        kept = sorted((*key, number) for key, number in self.balances.items() if number)
        books = sorted(f"{unit}\t{book}\t{code}\t{n}\n".encode() for unit, book, code, n in kept)
        return [*super().rows(), *books]
