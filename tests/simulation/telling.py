"""Who tells people, in a simulated world: two workers at one desk, who die, and deaf receivers."""

from collections.abc import Sequence
from random import Random

from tests.simulation.desk import Desk, Worker

ACCOUNTS = ("A1", "A2", "A3")
RECEIVERS: Sequence[tuple[str, tuple[str, ...], str]] = (
    ("all", (), ""),
    ("notices", ("notice.issued.v1", "notice.superseded.v1", "notice.withdrawn.v1"), ""),
    ("mine", ("credits.invalidated.v1", "notice.issued.v1"), "A1"),
)
"""Name, which types of facts, and of which account."""

AILMENTS = ("workers die", "receivers are deaf", "tables lag")


class Telling:
    """Lets workers take what was accepted, issue what is owed, mail and call, a step at a time."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.desk = Desk(ACCOUNTS)
        for name, events, account in RECEIVERS:
            self.desk.subscribe(name, *events, account=account)
        self.workers: list[Worker | None] = [Worker(self.desk), Worker(self.desk)]
        self.ails = {ailment for ailment in AILMENTS if chance.random() < 0.5}

    def step(self, accepted: Sequence[bytes], now_ms: int) -> list[bytes]:
        """Let one worker do something; return what it sends to the ledger."""
        self.desk.now_ms = now_ms
        place = self.chance.randrange(len(self.workers))
        worker = self.workers[place]
        if worker is None:
            if self.chance.random() < 0.3:
                self.workers[place] = Worker(self.desk)
            return []
        dies = self._ailing("workers die", 0.1)
        sent = self._do(worker, accepted, dies=dies)
        if dies:
            self.workers[place] = None
            del sent[self.chance.randrange(len(sent) + 1) :]
        return sent

    def rest(self, accepted: Sequence[bytes], now_ms: int) -> list[bytes]:
        """Let everything be done that can be, by workers who live; return what is sent."""
        self.desk.now_ms, self.ails = now_ms, set()
        self.workers = [worker or Worker(self.desk) for worker in self.workers]
        sent: list[bytes] = []
        for worker in filter(None, self.workers):
            worker.take(accepted)
            self.desk.reach(accepted)
            sent += worker.owed()
            while worker.mail():
                continue
            for name in self.desk.sinks.endpoints:
                while worker.call(name):
                    continue
        return sent

    def _do(self, worker: Worker, accepted: Sequence[bytes], *, dies: bool) -> list[bytes]:
        """Do one of the four things; whoever dies leaves a mail or a call unsettled."""
        step = self.chance.choice(("take", "owed", "mail", "call"))
        if step == "take":
            worker.take(accepted[: len(accepted) - self.chance.choice((0, 0, 1, 3))])
            if not self._ailing("tables lag", 0.7):
                self.desk.reach(accepted)
        elif step == "owed":
            return worker.owed()
        elif step == "mail":
            worker.mail(taken=not self._ailing("receivers are deaf", 0.3), settled=not dies)
        else:
            deaf = self._ailing("receivers are deaf", 0.3)
            names = [*self.desk.sinks.endpoints]
            worker.call(self.chance.choice(names), taken=not deaf, settled=not dies)
        return []

    def _ailing(self, ailment: str, often: float) -> bool:
        return ailment in self.ails and self.chance.random() < often
