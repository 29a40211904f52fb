"""Worlds of whole lives: J-Credit's rules, and every verdict held against the naive registry.

Run seeds of them: `python -m tests.simulation.lives SEED`, or `--seeds N --from M`.
"""

import sys
from io import BytesIO
from random import Random

from typing_extensions import override

from libs.auditor.audit import prove
from libs.ledger.entry import decode
from libs.ledger.replica import Replica
from tests.faults.accepted import Record
from tests.faults.notices import c16_notices
from tests.faults.run import Run
from tests.faults.webhooks import c17_webhooks
from tests.laws.life import NaiveLife
from tests.simulation.__main__ import main
from tests.simulation.books import Books
from tests.simulation.clients import Client, LifeWorkload
from tests.simulation.registry import LifeBooks
from tests.simulation.telling import Telling
from tests.simulation.workload import Workload
from tests.simulation.world import World

RULES = ("j-credit", "j-credit", "careful")
TURN_MS, TURNS_MAX = 20 * 60_000, 60
"""How long each turn waits in which everybody is told what they were not, and how many there are:
a receiver that fails is tried again within hours."""


class LifeWorld(World):
    """Runs one seed of whole lives, and proves its journal by the standalone auditor.

    What the journal asks people to be told is issued, mailed and called out meanwhile, by two
    workers at one desk; both may die at any step, and who is told may not hear it.
    """

    module = "tests.simulation.lives"
    naive: NaiveLife

    @override
    def clients(self, chance: Random) -> tuple[Books, Workload]:
        books = LifeBooks(chance.choice(RULES))
        self.naive = books.naive
        self.telling = Telling(Random(chance.random()))
        return books, LifeWorkload(chance, books)

    @override
    def run(self) -> World:
        try:
            return super().run()
        finally:
            self.telling.desk.close()

    @override
    def strike(self) -> None:
        super().strike()
        for raw in self.telling.step(self.accepted, self.now_ms):
            self.submit(raw)

    @override
    def _take_over(self) -> None:
        super()._take_over()
        for _ in range(TURNS_MAX):
            for raw in self.telling.rest(self.accepted, self.now_ms):
                self.submit(raw)
            self._rest()
            if not self.telling.desk.waiting() and not self.naive.notices.owed:
                return
            self.now_ms += TURN_MS
        raise AssertionError("somebody was never told")

    @override
    def _judge_state(self, replica: Replica) -> None:
        super()._judge_state(replica)
        beside = Client(self.naive.trade_rules)
        beside.naive, beside.ledger.state = self.naive, replica.state
        for raw in self.accepted:
            events = decode(raw).events
            beside.learn(events)
            beside.ledger.owe(events)
        for same in beside.invariants:
            same.function(beside)

    @override
    def _judge(self) -> None:
        super()._judge()
        _, report = prove(BytesIO(b"".join(raw + b"\n" for raw in self.accepted)))
        assert report["ok"], f"the standalone auditor: {report['failure']}"
        assert report["holdings"] == self.books.holdings(), "the standalone auditor holds otherwise"
        journal = [Record(place, 0, raw) for place, raw in enumerate(self.accepted)]
        told = Run([], {"simulated": journal}, {}, {}, sinks=self.telling.desk.sinks)
        for wrong in (*c16_notices(told), *c17_webhooks(told)):
            raise AssertionError(str(wrong))


def simulate_lives(seed: int, commands: int = 90) -> World:
    """Run one seed; raise Failure where a promise is broken."""
    return LifeWorld(seed, commands).run()


if __name__ == "__main__":
    sys.exit(main(simulate=simulate_lives))
