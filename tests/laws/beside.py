"""The ledger and the naive registry side by side: told the same, they say and show the same."""

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from msgspec import UNSET
from typing_extensions import override

from libs.ledger.events import Event
from libs.ledger.verdict import Accepted, Repeated
from tests.laws.naive import Body, Naive
from tests.rooms.story import Ledger

HOUR_MS = 3_600_000
LOTS = ("JC-ER-000001-01", "JC-FM-000123-01", "KC-KC-000001-01", "NT-ER-000001-01")

seeds = st.integers(0, 2**32 - 1)
"""What one command is drawn from: a body drawn field by field would fill Hypothesis's memory."""


class Whim(Random):
    """Whatever comes to mind: mostly what makes sense, and now and then what does not."""

    def mostly(self, good: tuple[str, ...], *bad: str) -> str:
        return self.choice(bad) if self.random() < 0.07 else self.choice(good)

    def actor(self) -> str:
        return self.mostly(
            ("operator:1", "operator:1", "operator:2"), "ann", "ann", "bea", "mallory"
        )

    def account(self) -> str:
        return self.mostly(("A1", "A1", "A2", "A3"), "Z9")

    def lot(self) -> str:
        return self.mostly((*LOTS, "JC-ER-000001-02"), "NONE-01")

    def day(self) -> str:
        return self.mostly(("2025-01-01", "2025-06-30", "2025-12-31"), "2025-02-29")

    def part(self) -> Body:
        first = self.randint(2, 40)
        return {"first": first, "last": first + self.choice((-1, *[0, 1, 2, 5] * 4))}

    def parts(self) -> list[Body]:
        return [self.part() for _ in range(self.choice((1, 1, 2, 3)))]

    def selection(self) -> Body:
        everything: Body = {
            "lot": self.lot(),
            "quantity": self.randint(1, 8),
            "serials": self.parts(),
        }
        sound = (("quantity",), ("lot", "quantity"), ("lot", "serials"))
        odd = ((), ("lot",), ("serials",), ("quantity", "serials"), tuple(everything))
        return {name: everything[name] for name in self.choice((*sound * 8, *odd))}

    def lines(self, line: Callable[[], Body]) -> Body:
        lines = [line() | self.selection() for _ in range(self.choice((1, 1, 2, 3)))]
        return {"lines": lines} | self.perhaps(atomic=self.random() < 0.3)

    def perhaps(self, share: float = 0.4, **fields: object) -> Body:
        return {name: value for name, value in fields.items() if self.random() < share}


class Beside(RuleBasedStateMachine):
    """Send whatever comes to mind to both, and compare all that can be seen."""

    naive: Naive

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.naive = self.model()

    def whim(self, seed: int) -> Whim:
        """Return what comes to mind at this position: the same seed gives something new later."""
        return Whim(seed * 1_000_003 + self.ledger.head.position)

    def model(self) -> Naive:
        """Return the naive registry that this machine is held against."""
        return Naive()

    def both(self, kind: str, body: Body, actor: str) -> None:
        ledger, position = self.ledger, self.ledger.head.position
        verdict = ledger.send(ledger.write(kind, body, actor))
        assert not isinstance(verdict, Repeated)
        told = self.naive.decide(kind, body, actor, ledger.last.at, position)
        if body.get("atomic") is False:
            seen = ["yes" if one.reason is UNSET else str(one.reason) for one in verdict.lines]
            assert isinstance(verdict, Accepted) == ("yes" in told)
        else:
            seen = ["yes" if isinstance(verdict, Accepted) else str(verdict.reason)]
        assert seen == told, (kind, body, actor)
        self.learn(ledger.last.events)

    def learn(self, events: Iterable[Event]) -> None:
        """Keep of what happened what the state does not."""

    @invariant()
    def same_books(self) -> None:
        state = self.ledger.state
        owner = {
            (lot, serial): code
            for lot, start, end, code in state.segments()
            for serial in range(start, end)
        }
        assert owner == self.naive.owner
        for code, quantity in Counter(owner.values()).items():
            assert state.quantity(code) == quantity
        annulled = {
            (lot, serial)
            for lot, every in state.annulled.items()
            for start, end in every
            for serial in range(start, end)
        }
        assert annulled == self.naive.annulled
        assert self.ledger.duties == dict(self.naive.duties)
        assert set(state.reservations) == set(self.naive.orders)
        assert set(state.freezes) == set(self.naive.freezes)
        accounts = state.accounts.values()
        assert {one.account: one.status for one in accounts} == self.naive.accounts
        roles = {one.account: {a: one.role(a) for a in one.representatives} for one in accounts}
        assert roles == self.naive.reps

    @override
    def teardown(self) -> None:
        self.ledger.replay()
