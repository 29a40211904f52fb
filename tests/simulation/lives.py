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
from tests.laws.life import NaiveLife
from tests.simulation.__main__ import main
from tests.simulation.books import Books
from tests.simulation.clients import Client, LifeWorkload
from tests.simulation.registry import LifeBooks
from tests.simulation.workload import Workload
from tests.simulation.world import World

RULES = ("j-credit", "j-credit", "careful")


class LifeWorld(World):
    """Runs one seed of whole lives, and proves its journal by the standalone auditor."""

    module = "tests.simulation.lives"
    naive: NaiveLife

    @override
    def clients(self, chance: Random) -> tuple[Books, Workload]:
        books = LifeBooks(chance.choice(RULES))
        self.naive = books.naive
        return books, LifeWorkload(chance, books)

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


def simulate_lives(seed: int, commands: int = 90) -> World:
    """Run one seed; raise Failure where a promise is broken."""
    return LifeWorld(seed, commands).run()


if __name__ == "__main__":
    sys.exit(main(simulate=simulate_lives))
