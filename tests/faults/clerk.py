"""Clients who ask for notices and tell pools out, beside all that the simulation's clients do."""

from collections.abc import Sequence
from random import Random

from msgspec.structs import replace
from typing_extensions import override

from libs.ledger.rules.notices import Noticed, NoticeRules
from libs.ledger.rules.pools import PoolRules
from tests.simulation.books import Body, Books
from tests.simulation.naive import plan
from tests.simulation.workload import OPERATORS, RULES, Workload

POOL, OWNER, NAME = "P-1", "A0", "Users of P-1"
KINDS = {
    "account.opened.v1": "account",
    "balance.requested.v1": "balance",
    "credits.annulled.v1": "annulment",
    "credits.cancelled.v1": "cancellation",
    "credits.invalidated.v1": "invalidation",
    "credits.issued.v1": "issuance",
    "transfer.settled.v1": "transfer",
}
NOTICES = NoticeRules({kind: Noticed(told, "mail") for kind, told in KINDS.items()})
UNPLANNED = {
    *("balance.request.v1", "notice.issue.v1", "notice.supersede.v1", "notice.withdraw.v1"),
    *("donations.pledge.v1", "donations.settle.v1", "grams.allocate.v1", "pool.open.v1"),
}
"""Commands of which the simulation's own books know nothing."""

SHARE = 0.3


class ClerkBooks(Books):
    """The auditor's books, which know the numbers of notices, and leave these to C9 and C16."""

    def __init__(self) -> None:
        super().__init__(plan)
        self.numbers: list[str] = []
        self.undoing: list[int] = []
        self.left = 0

    @override
    def _judge(self, entry: Body, command: Body) -> None:
        kind, body = command["type"], command["body"]
        if kind == "act.approve.v1":
            kind, _, body = self.acts.get(body["position"], (kind, "", body))
        pooled = any("pool" in line for line in body.get("lines", ()))
        if kind not in UNPLANNED and not pooled:
            super()._judge(entry, command)

    @override
    def _fold(self, event: Body) -> None:
        moved = [one for one in event.get("postings", ()) if one["unit"] == "t"]
        super()._fold({**event, "postings": moved})
        if event["type"] == "notice.issued.v1":
            self.numbers.append(event["number"])
        elif event["type"] == "credits.annulled.v1":
            self.undoing.append(self.position)
        for one in event.get("postings", ()):
            if one["unit"] == "g":
                self.left += one["quantity"] * (1 if one["source"] == "G:SRC" else -1)


class Clerk(Workload):
    """Mixes acts of the notify and pools rooms into the simulation's workload."""

    books: ClerkBooks
    rules = replace(RULES, notices=NOTICES, pools=PoolRules(("OTHER",)))

    def __init__(self, chance: Random, books: ClerkBooks) -> None:
        super().__init__(chance, books)
        self._papers = (
            self._balance,
            self._supersede,
            self._take_back,
            self._approve,
            self._pooled,
            self._allocate,
            self._donate,
        )

    @override
    def first(self, sent_ms: int) -> list[bytes]:
        opened = {"account": OWNER, "name": NAME, "pool": POOL}
        return [
            *super().first(sent_ms),
            self.write("pool.open.v1", opened, OPERATORS[0], sent_ms),
        ]

    @override
    def command(self) -> tuple[str, Body, str]:
        if self.chance.random() > SHARE:
            return super().command()
        kind, body = self.chance.choice(self._papers)()
        return kind, body, self.chance.choices((*OPERATORS, "agent:1", "nobody:1"), (6, 6, 2, 1))[0]

    def _one(self, known: Sequence[str]) -> str:
        return self.chance.choice([*known[-8:], "main-7-1", "main-2-1-r2"])

    def _balance(self) -> tuple[str, Body]:
        day = self.chance.choice(("2026-10-01", "2026-10-31", "2026-02-30", "2030-01-01"))
        account = self.chance.choice(("A0", "A1", "A2", "none"))
        return "balance.request.v1", {"account": account, "as_of": day}

    def _supersede(self) -> tuple[str, Body]:
        body: Body = {"number": self._one(self.books.numbers), "reason": "A name was cut."}
        if self.chance.random() < 0.5:
            body["spelling"] = [{"field": "holder", "text": "Example Forest"}]
        return "notice.supersede.v1", body

    def _take_back(self) -> tuple[str, Body]:
        undone = self.chance.choice([*self.books.undoing, 3])
        body = {"number": self._one(self.books.numbers), "reason": "Annulled.", "undone_by": undone}
        return "notice.withdraw.v1", body

    def _pooled(self) -> tuple[str, Body]:
        line = {"account": OWNER, "beneficiary": NAME, "pool": POOL, "purpose": "OTHER"}
        mine = self._selection(f"HOLD:{OWNER}", lambda scheme: scheme["retire"] == "invalidate")
        return "credits.invalidate.v1", {"lines": [{**line, **mine}]}

    def _allocate(self) -> tuple[str, Body]:
        most = max(2, min(self.books.left, 700_000))
        lines = [
            {"grams": self.chance.randrange(1, most), "recipient": f"Guest {number}"}
            for number in range(self.chance.randrange(1, 4))
        ]
        return "grams.allocate.v1", {"lines": lines, "pool": POOL}

    def _donate(self) -> tuple[str, Body]:
        yen = self.chance.randrange(100, 900)
        if self.chance.random() < 0.5:
            return "donations.pledge.v1", {"lines": [{"yen": yen}], "pool": POOL}
        sold: Body = {"pool": POOL, "price": 15_000, "seller": "A1", "yen": yen // 9}
        return "donations.settle.v1", sold
