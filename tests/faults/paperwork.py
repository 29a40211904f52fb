"""What clients ask for where the rules ask for notices and there is a pool."""

from collections import deque
from random import Random

from msgspec.structs import replace
from typing_extensions import override

from libs.ledger.rules.notices import Noticed, NoticeRules
from libs.ledger.rules.pools import PoolRules
from services import rules
from tests.faults.clerk import KINDS, NAME, OWNER, POOL
from tests.faults.trade import LOTS, OPERATORS, Body, Command, Trade

RULED = replace(
    rules.default(),
    notices=NoticeRules(
        {fact: Noticed(kind, "mail") for fact, kind in KINDS.items() if kind != "transfer"}
    ),
    pools=PoolRules(("OTHER",)),
)
"""The default rules, notices of what is rarer than a transfer, and pools."""

GRAMS = 300_000


class Paperwork(Trade):
    """Trade, and balances, successors, withdrawals, certificates out of a pool beside it."""

    def __init__(self, chance: Random) -> None:
        super().__init__(chance)
        self._facts: deque[int] = deque(maxlen=50)
        self._undoing: deque[int] = deque(maxlen=20)
        self._acts: deque[int] = deque(maxlen=20)
        self._kinds = (
            *self._kinds,
            (4, self._balance),
            (5, self._supersede),
            (4, self._take_back),
            (8, self._approve),
            (2, self._annul),
            (4, self._pooled),
            (5, self._allocate),
        )

    @override
    def founding(self) -> list[Command]:
        opened = {"account": OWNER, "name": NAME, "pool": POOL}
        return [*super().founding(), self.command("pool.open.v1", opened, OPERATORS[0])]

    @override
    def heard(self, command: Command, answer: Body) -> None:
        super().heard(command, answer)
        if answer["verdict"] != "accepted":
            return
        learnt = {
            "credits.invalidate.v1": self._facts,
            "credits.annul.v1": self._undoing,
            "notice.supersede.v1": self._acts,
            "notice.withdraw.v1": self._acts,
        }
        if command.type in learnt:
            learnt[command.type].append(answer["position"])

    def _number(self) -> str:
        """Name a notice; the town that these clients live in is a ledger of that name."""
        position = self.chance.choice(self._facts) if self._facts else 2
        return f"{self.ledger}-{position}-1"

    def _balance(self) -> tuple[str, Body]:
        day = self.chance.choices(("2026-01-01", "2026-02-30", "2099-01-01"), (8, 1, 1))[0]
        return "balance.request.v1", {"account": self.account(), "as_of": day}

    def _supersede(self) -> tuple[str, Body]:
        return "notice.supersede.v1", {"number": self._number(), "reason": "A name was cut."}

    def _take_back(self) -> tuple[str, Body]:
        undone = self.chance.choice(self._undoing) if self._undoing else 1
        body = {"number": self._number(), "reason": "Annulled.", "undone_by": undone}
        return "notice.withdraw.v1", body

    def _approve(self) -> tuple[str, Body]:
        return "act.approve.v1", {"position": self._acts.popleft() if self._acts else 1}

    def _annul(self) -> tuple[str, Body]:
        first = self.chance.randrange(1, 2000)
        part = {"first": first, "last": first + self.chance.randrange(3)}
        lot = self.lots[self.chance.randrange(LOTS)]
        return "credits.annul.v1", {"lot": lot, "reason": "in error", "serials": [part]}

    def _pooled(self) -> tuple[str, Body]:
        line = {"account": OWNER, "beneficiary": NAME, "pool": POOL, "purpose": "OTHER"}
        return "credits.invalidate.v1", {"lines": [{**line, "quantity": 1}]}

    def _allocate(self) -> tuple[str, Body]:
        told = {"grams": self.chance.randrange(1, GRAMS), "recipient": "A guest"}
        return "grams.allocate.v1", {"lines": [told], "pool": POOL}
