"""One process of the simulated cluster: a replica, what its disk keeps, and a follower of it."""

from hashlib import sha256
from random import Random

from libs.ledger.decider import Decider
from libs.ledger.entry import GENESIS, Head
from libs.ledger.frozen import Frozen, freeze, thaw
from libs.ledger.ports import Cursor, Halted, Noted
from libs.ledger.replica import Replica
from libs.ledger.state import State
from tests.simulation.disks import Disk

Kept = tuple[Frozen, dict[bytes, bytes], Head, list[int], int]


class Rows:
    """What a follower makes of the journal, and its cursor, kept in one transaction."""

    def __init__(self) -> None:
        self.cursor = Cursor(0, GENESIS)
        self.rows: list[bytes] = []

    def follow(self, entries: list[bytes]) -> None:
        """Take what comes next; it must continue what is there."""
        for raw in entries:
            assert f'"previous":"{self.cursor.digest}"'.encode() in raw, "a follower was misled"
            self.rows.append(raw)
            self.cursor = Cursor(self.cursor.position + 1, sha256(raw).hexdigest())


class Node:
    """A process that can die, sleep and come back; only `kept` and `follower` outlive it."""

    def __init__(self, name: str, disk: Disk, decider: Decider, patience_ms: int | None) -> None:
        self.name = name
        self.decider = decider
        self.patience_ms = patience_ms
        self.disk = disk
        self.follower = Rows()
        self.halted: str | None = None
        self.asleep_until = 0
        self.kept: Kept | None = None
        self.answered = 0
        self.answers: dict[int, bytes] = {}
        self.replica: Replica | None = None
        self.accepted: list[bytes] = []
        self.commands_at = 0
        self.journal_at = 0
        self.start(0)

    @property
    def up(self) -> bool:
        """Whether it runs, asleep or not."""
        return self.replica is not None

    @property
    def leads(self) -> bool:
        """Whether it proposes without waiting."""
        return self.replica is not None and self.replica.leads

    def crash(self) -> None:
        """Die, and forget everything that is in memory."""
        self.replica = None
        self.accepted = []

    def start(self, end: int, *, from_zero: bool = True) -> None:
        """Come up again from the journal as far as it reaches, perhaps from a snapshot."""
        if from_zero or self.kept is None:
            replica = Replica(self.decider, State("main"), Head(), self.patience_ms)
            self.journal_at = 0
        else:
            frozen, ids, head, noise_at, self.journal_at = self.kept
            state = thaw(frozen)
            state.ids.hot = dict(ids)
            replica = Replica(
                self.decider, state, head, self.patience_ms, noise_at, self.journal_at
            )
        noise = set(replica.noise_at)
        before = enumerate(self.disk.journal[: self.journal_at])
        self.accepted = [raw for offset, raw in before if offset not in noise]
        self.replica = replica
        try:
            for offset in range(self.journal_at, end):
                raw = self.disk.journal[offset]
                if replica.restore(Noted(offset, raw)) is not None:
                    self.accepted.append(raw)
                self.journal_at = offset + 1
        except Halted as why:
            self.halt(why)
            return
        self.commands_at = replica.tip.offset
        self.answered = replica.verified

    def halt(self, why: Halted) -> None:
        """Stop for good; a person must look."""
        self.halted = str(why)
        self.crash()

    def snapshot(self) -> None:
        """Keep the state, where it is that of the accepted head."""
        replica = self.replica
        if replica is not None and not replica.pending and replica.tip == replica.accepted:
            ids, noise = dict(replica.state.ids.hot), list(replica.noise_at)
            self.kept = (freeze(replica.state), ids, replica.accepted, noise, self.journal_at)

    def take(self, most: int, again: int = 0) -> None:
        """Decide commands that were delivered, some of them perhaps once more."""
        assert self.replica is not None
        start = max(0, self.commands_at - again)
        records = self.disk.commands[start : self.commands_at + most]
        self.replica.take(records)
        self.commands_at = start + len(records)
        self._answer()

    def accept(self, most: int, now_ms: int) -> None:
        """Read what the journal's log delivers."""
        assert self.replica is not None
        end = min(len(self.disk.journal), self.journal_at + most)
        noted = [Noted(at, self.disk.journal[at]) for at in range(self.journal_at, end)]
        self.journal_at = end
        self.accepted += self.replica.accept(noted, now_ms)
        self._answer()

    def turn(self, chance: Random, now_ms: int, slow: int) -> list[bytes]:
        """Do what the shell does, in any order; return what it proposes."""
        assert self.replica is not None
        steps = ["take", "accept"]
        chance.shuffle(steps)
        try:
            for step in steps[: chance.choice((1, 2, 2))]:
                if step == "take":
                    self.take(chance.randrange(1, slow), chance.choice((0, 0, 0, 2)))
                else:
                    self.accept(chance.randrange(1, slow * 2), now_ms)
            return list(self.replica.due(now_ms))
        except Halted as why:
            self.halt(why)
            return []

    def follow(self, *, crash: bool) -> None:
        """Let the follower take what is verified; a crash before its commit changes nothing."""
        if self.replica is None or crash:
            return
        at = self.follower.cursor.position
        self.follower.follow(self.accepted[at : self.replica.verified])

    def _answer(self) -> None:
        """Answer clients, each at the position that a replica of our own has re-decided."""
        assert self.replica is not None
        while self.answered < self.replica.verified:
            self.answers[self.answered] = self.accepted[self.answered]
            self.answered += 1
