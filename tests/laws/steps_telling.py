"""Steps of the notify room: notices are issued, mended, withdrawn, and balances asked for."""

import json

from hypothesis.stateful import invariant, rule
from typing_extensions import override

from tests.laws.beside import seeds
from tests.laws.naive import Body
from tests.laws.naive_telling import NOTIFY, NaiveTelling
from tests.laws.trader import Trader, Traders

SHA256 = "5" * 64


class TellingSteps(Traders):
    """Whole lives of notices; by hand too, which the registry's own part then finds done."""

    heard = 0
    """How many entries of the journal the naive registry has read."""

    @override
    def both(self, kind: str, body: Body, actor: str) -> None:
        super().both(kind, body, actor)
        self.journalled()

    def journalled(self) -> None:
        """Let the naive registry read what was written."""
        assert isinstance(self.naive, NaiveTelling)
        for raw in self.ledger.journal[self.heard :]:
            assert not self.naive.notices.read(json.loads(raw))
            assert not list(self.naive.notices.astray())
        self.heard = len(self.ledger.journal)

    def told(self) -> NaiveTelling:
        assert isinstance(self.naive, NaiveTelling)
        return self.naive

    @rule(seed=seeds)
    def tell_issue(self, seed: int) -> None:
        """Issue something that is owed; now and then what is not, or as another kind."""
        whim, notices = self.trader(seed), self.told().notices
        number = whim.one(sorted(notices.owed), whim.one(sorted(notices.facts), ""))
        first, version = notices.first(number)
        fact = notices.facts.get(first)
        body: Body = {"position": 2, "fact": 0, "kind": "transfer", "sha256": SHA256}
        if fact is not None:
            body |= {"position": fact.position, "fact": fact.fact}
            body |= {"kind": whim.mostly((fact.kind,), "transfer", "balance")}
        body |= {"version": version} if version > 1 else whim.perhaps(0.03, version=2)
        actor = NOTIFY if whim.sense(0.8) else whim.operator()
        self.both("notice.issue.v1", body, actor)

    @rule(seed=seeds)
    def tell_mend(self, seed: int) -> None:
        whim = self.trader(seed)
        body = {"number": self.tell_number(whim), "reason": "A name was cut."}
        self.by_two("notice.supersede.v1", body, whim)

    @rule(seed=seeds)
    def tell_withdraw(self, seed: int) -> None:
        whim = self.trader(seed)
        undone = whim.one(sorted(self.told().notices.undone), 1)
        body = {"number": self.tell_number(whim), "reason": "r", "undone_by": undone}
        self.by_two("notice.withdraw.v1", body, whim)

    @rule(seed=seeds)
    def tell_balance(self, seed: int) -> None:
        whim = self.trader(seed)
        account, day = whim.anybody(), whim.mostly(("2025-12-31",), "2025-02-29", "2099-01-01")
        actor = whim.who(account, "look")
        self.both("balance.request.v1", {"account": account, "as_of": day}, actor)

    def tell_number(self, whim: Trader) -> str:
        return whim.one(sorted(self.told().notices.issued), "main-2-1-r2")

    @invariant()
    def same_notices(self) -> None:
        self.journalled()
        owed = self.ledger.state.registers.owed
        assert owed.keys() == self.told().notices.owed.keys()
        assert {name: one.kind for name, one in owed.items()} == {
            name: one.kind for name, one in self.told().notices.owed.items()
        }
