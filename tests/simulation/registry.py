"""The auditor's books of whole lives: the naive registry says what is true of each command."""

from typing_extensions import override

from tests.laws.life import NaiveLife
from tests.simulation.books import Body, Books, Plan

REFUSED_UNREAD = {"body_invalid", "command_unknown"}


def nothing(_books: Books, _kind: str, _body: Body, _actor: str, _position: int) -> Plan | None:
    """Know nothing: the naive registry says what these books hold true."""
    return None


class LifeBooks(Books):
    """The auditor's books, and beside them the naive registry that is told each command."""

    def __init__(self, rules: str) -> None:
        super().__init__(nothing)
        self.naive = NaiveLife()
        self.naive.trade_rules = rules

    @override
    def read(self, raw: bytes, record: bytes, *, trusted: bool = True) -> None:
        super().read(raw, record, trusted=trusted)
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
            self._move(posting)
