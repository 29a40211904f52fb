"""The world of one seed: it owns the clock, the network and the disks, and lets them fail."""

import json
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from heapq import heappop, heappush
from random import Random

from libs.ledger.decider import Decider
from libs.ledger.entry import Head
from libs.ledger.holdings import holdings
from libs.ledger.laws import conserved
from libs.ledger.ports import Halted, Noted
from libs.ledger.replica import Reader, Replica
from libs.ledger.state import State
from services.decider import decider
from tests.simulation.books import Books
from tests.simulation.disks import Disk, FileDisk, ListDisk
from tests.simulation.naive import plan
from tests.simulation.node import Node
from tests.simulation.workload import Workload

START_MS = 1_795_392_000_000
STANDBY_MS = 1000
TURN_MS = 50
HOUR_MS = 3_600_000
FAULTS = (
    *("lost commands", "duplicated commands", "delayed commands", "lying clients"),
    *("lost proposals", "torn proposals", "duplicated proposals", "delayed proposals"),
    *("crashes", "zombies", "two leaders", "clock leaps", "slow readers", "foreign noise"),
    *("snapshots", "follower crashes", "verifier", "power cuts", "mixed deciders"),
)
RARE = {"power cuts": 0.08, "mixed deciders": 0.12}


class Failure(AssertionError):
    """A promise was broken in one seed's world."""


class World:
    """Runs one seed: some commands under some faults, then heals everything and looks."""

    module = "tests.simulation"
    """What runs a seed of this world again."""

    def __init__(
        self,
        seed: int,
        commands: int = 90,
        *,
        faults: frozenset[str] | None = None,
        other: Callable[[], Decider] | None = None,
    ) -> None:
        self.seed = seed
        self.chance = Random(seed)
        swarm = [fault for fault in FAULTS if self.chance.random() < RARE.get(fault, 0.5)]
        self.faults = frozenset(swarm) if faults is None else faults
        if other is None:
            self.faults -= {"mixed deciders"}
        self.swarm = self.faults
        self.mixed = "mixed deciders" in self.faults
        self.now_ms = START_MS
        self.leap_ms = 0
        cut = "power cuts" in self.faults
        self.disk: Disk = (FileDisk if cut else ListDisk)(lambda: self.now_ms + self.leap_ms)
        self.books, self.workload = self.clients(Random(self.chance.random()))
        self.left = commands
        self.reader = Reader(Head())
        self.read_at = 0
        self.accepted: list[bytes] = []
        self.acknowledged: dict[int, bytes] = {}
        self.pages: list[str] = []
        self.nodes: list[Node] = []
        self._flying: list[tuple[int, int, Callable[[], None]]] = []
        self._flights = 0
        self.struck: Counter[str] = Counter()
        self._people(other)

    def clients(self, chance: Random) -> tuple[Books, Workload]:
        """Return the books of this world, and who sends commands in it."""
        books = Books(plan)
        return books, Workload(chance, books)

    def _people(self, other: Callable[[], Decider] | None) -> None:
        patiences: list[int | None] = [0, STANDBY_MS]
        if "two leaders" in self.faults:
            patiences += [0] if self.chance.random() < 0.7 else [0, 0]
        if "verifier" in self.faults:
            patiences.append(None)
        for number, patience in enumerate(patiences):
            rules = decider(self.pages.append)
            if other is not None and "mixed deciders" in self.faults and number == 1:
                rules = other()
            self.nodes.append(Node(f"node {number}", self.disk, rules, patience))

    def fails(self, fault: str, often: float) -> bool:
        """Say whether a fault strikes now."""
        strikes = fault in self.faults and self.chance.random() < often
        self.struck[fault] += strikes
        return strikes

    # --------------------------------------------------------------------------------- the network

    def later(self, what: Callable[[], None], most_ms: int) -> None:
        """Let something happen after a while."""
        self._flights += 1
        due = self.now_ms + self.chance.randrange(1, most_ms)
        heappush(self._flying, (due, self._flights, what))

    def ask(self, lie_ms: int = 0) -> bytes:
        """Return what a client sends next, perhaps with a lie of when; its day may be far off."""
        self.now_ms = self.workload.due(self.now_ms)
        return self.workload.next(self.now_ms + lie_ms)

    def submit(self, raw: bytes) -> None:
        """A client sends a record; it may be lost, come twice, come late, or seem lost."""
        copies = 2 if self.fails("duplicated commands", 0.1) else 1
        for _ in range(copies):
            if self.fails("lost commands", 0.1):
                continue
            if self.fails("delayed commands", 0.2):
                self.later(lambda: self._arrive(raw), 3000)
            else:
                self._arrive(raw)

    def _arrive(self, raw: bytes) -> None:
        offset = self.disk.submit([raw])
        if not self.fails("lost commands", 0.1):
            self.acknowledged[offset] = raw

    def propose(self, entries: list[bytes]) -> None:
        """A node sends entries; what arrives may be less, more, torn, late, out of place."""
        if not entries or self.fails("lost proposals", 0.1):
            return
        pieces = [entries]
        if self.fails("torn proposals", 0.2) and len(entries) > 1:
            cut = self.chance.randrange(1, len(entries))
            pieces = [entries[:cut], entries[cut:]]
            if self.chance.random() < 0.7:
                del pieces[self.chance.randrange(2)]
        if self.fails("duplicated proposals", 0.2):
            pieces = [piece for piece in pieces for _ in range(2)]
        for piece in pieces:
            if self.fails("delayed proposals", 0.25):
                self.later(lambda piece=piece: self.disk.propose(piece), 2500)  # type: ignore[misc]  # mypy cannot infer a lambda's default
            else:
                self.disk.propose(piece)

    def deliver(self) -> None:
        """Deliver what is due, and let the reader and the auditor see what came of it."""
        while self._flying and self._flying[0][0] <= self.now_ms:
            heappop(self._flying)[2]()
        while self.read_at < len(self.disk.journal):
            raw = self.disk.journal[self.read_at]
            self.read_at += 1
            if self.reader.read(raw) is not None:
                assert len(self.accepted) < len(self.disk.commands), "more entries than records"
                record = self.disk.commands[len(self.accepted)].value
                self.books.read(raw, record, trusted=not self.mixed)
                reason = self.workload.garbage.get(record)
                assert reason is None or f'"reason":"{reason}"'.encode() in raw, f"not {reason}"
                self.accepted.append(raw)

    # --------------------------------------------------------------------------------- the nemesis

    def strike(self) -> None:
        """Let one thing go wrong, or right again."""
        node = self.chance.choice(self.nodes)
        if self.fails("crashes", 0.06) and node.up:
            node.crash()
        elif not node.up and not node.halted and self.chance.random() < 0.2:
            self._start(node)
        elif self.fails("zombies", 0.05):
            node.asleep_until = self.now_ms + self.chance.randrange(200, 6000)
        elif self.fails("snapshots", 0.1):
            node.snapshot()
        elif self.fails("clock leaps", 0.1):
            self.leap_ms = self.chance.choice((0, 0, -26, 26, 1)) * HOUR_MS
        elif self.fails("foreign noise", 0.1):
            self.disk.propose([self._noise()])
        elif self.fails("power cuts", 0.04):
            self._power_cut()

    def _noise(self) -> bytes:
        """Make what is no entry: rubbish, an old one, or one that names another entry before it."""
        if not self.accepted or self.chance.random() < 0.3:
            return self.chance.choice((b"", b"\xff", b'{"position":1}', b"null"))
        old = self.chance.choice(self.accepted)
        stale = json.loads(self.accepted[-1])
        stale |= {"offset": stale["offset"] + 1, "position": stale["position"] + 1}
        return self.chance.choice((old, old[:-9], json.dumps(stale).encode()))

    def _power_cut(self) -> None:
        """Everything is one process on one machine: all die with it, and what flies is lost."""
        assert isinstance(self.disk, FileDisk)
        raw = self.ask()
        kept = self.disk.power_cut(self.chance, [raw], [b"noise", b"torn"])
        self.struck["commit survived" if kept else "commit torn"] += 1
        self._flying.clear()
        for node in self.nodes:
            node.crash()
        for node in self.nodes:
            if not node.halted:
                self._start(node)

    def _start(self, node: Node) -> None:
        from_zero = self.chance.random() < 0.5 or node.kept is None
        self.struck["start from zero" if from_zero else "start from snapshot"] += 1
        node.start(len(self.disk.journal), from_zero=from_zero)

    # ------------------------------------------------------------------------------------- the run

    def run(self) -> "World":
        """Live through it all; raise Failure with the seed where a promise is broken."""
        try:
            self._live()
            self._heal()
            self._take_over()
            self._judge()
        except Exception as wrong:
            raise Failure(
                f"seed {self.seed}, {', '.join(sorted(self.swarm)) or 'no fault'}:"
                f" {type(wrong).__name__}: {wrong}\n"
                f"replay it: python -m {self.module} {self.seed}"
            ) from wrong
        finally:
            self.disk.close()
        return self

    def _live(self) -> None:
        self.disk.submit([self.workload.opening(self.now_ms), *self.workload.first(self.now_ms)])
        while self.left:
            self.now_ms += self.chance.randrange(1, 40)
            if self.chance.random() < 0.02:
                self.now_ms += self.chance.randrange(1, 4000)
            if self.chance.random() < 0.3:
                self.left -= 1
                lie_ms = self.chance.choice((-5, 5)) if self.fails("lying clients", 0.2) else 0
                self.submit(self.ask(lie_ms * HOUR_MS))
            self.strike()
            self.step(self.chance.choice(self.nodes))

    def step(self, node: Node) -> None:
        """Let a node do something, if it can."""
        if node.up and self.now_ms >= node.asleep_until:
            slow = 4 if "slow readers" in self.faults else 30
            self.propose(node.turn(self.chance, self.now_ms, slow))
            node.follow(crash=self.fails("follower crashes", 0.3))
        self.deliver()

    def _heal(self) -> None:
        """End all faults, and let everybody come to rest."""
        self.faults &= {"mixed deciders"}
        for node in self.nodes:
            node.asleep_until = 0
            if not node.up and not node.halted:
                self._start(node)
        self._rest()

    def _rest(self) -> None:
        for _ in range(200):
            if self._settled():
                return
            self._round()
        assert self.mixed, "not everything is answered ten seconds after the last fault"

    def _round(self) -> None:
        self.now_ms += TURN_MS
        for node in self.nodes:
            self.step(node)

    def _settled(self) -> bool:
        done = len(self.accepted) == len(self.disk.commands) and not self._flying
        return done and all(
            node.replica.verified == len(self.accepted) and not node.replica.pending
            for node in self.nodes
            if node.replica is not None
        )

    def _take_over(self) -> None:
        """Stop whoever leads: the standby must answer the next command within its patience."""
        standby = [node for node in self.nodes if node.up and node.patience_ms == STANDBY_MS]
        if self.mixed or not standby:
            return
        stopped = [node for node in self.nodes if node.up and node.patience_ms == 0]
        for node in stopped:
            node.crash()
        standby[0].replica.leads = False  # type: ignore[union-attr]  # this node is up
        self._round()
        self.submit(self.ask())
        began_ms = self.now_ms
        while len(self.accepted) < len(self.disk.commands):
            self._round()
            assert self.now_ms - began_ms <= STANDBY_MS + 20 * TURN_MS, "nobody took over"
        for node in stopped:
            node.start(len(self.disk.journal))
        self._rest()

    # --------------------------------------------------------------------------------- the verdict

    def _judge(self) -> None:
        journal = self.accepted
        for node in self.nodes:
            assert node.accepted == journal[: len(node.accepted)], f"{node.name} accepted otherwise"
            told = all(raw == journal[at] for at, raw in node.answers.items())
            assert told or self.mixed, f"{node.name} told a client what the journal does not say"
            rows = node.follower.rows
            assert rows == journal[: len(rows)], f"the follower of {node.name} has other rows"
            if node.halted:
                self._judge_halted(node)
            elif node.replica is not None and not self.mixed:
                self._judge_state(node.replica)
        assert self.mixed or not any(node.halted for node in self.nodes), "somebody halted"
        assert not self.pages, f"a breach while deciding: {self.pages[0]}"
        for offset, raw in self.acknowledged.items():
            assert self.disk.commands[offset].value == raw, f"offset {offset} holds another record"
        if self.mixed:
            return
        assert len(journal) == len(self.disk.commands), "a record has no entry"
        again = Replica(decider(), State("main"), Head(), None)
        for offset, raw in enumerate(self.disk.journal):
            again.restore(Noted(offset, raw))
        assert again.accepted == self.reader.head, "a start from zero has another head"
        self._judge_state(again)

    def _judge_state(self, replica: Replica) -> None:
        assert replica.accepted == self.reader.head, "a replica has another head"
        assert holdings(replica.state) == self.books.holdings(), "the naive books hold otherwise"
        assert not list(conserved(replica.state)), "credits came or went"
        assert not replica.state.undo, "something may still be taken back"

    def _judge_halted(self, node: Node) -> None:
        """It halted at an entry that it would not have written, and it does so again."""
        again = Replica(node.decider, State("main"), Head(), None)
        reached, why = 0, "nothing"
        try:
            for offset, raw in enumerate(self.disk.journal):
                reached += again.restore(Noted(offset, raw)) is not None
        except Halted as halted:
            why = str(halted)
        assert why == node.halted, f"{node.name} halts for {why}, it did for {node.halted}"
        assert f"position {reached} " in why, f"{why}, but it is position {reached}"
        late = max(node.answers, default=-1)
        assert late < reached, f"{node.name} answered at {late} what it would not have written"

    def digest(self) -> str:
        """Return what two runs of one seed must have in common."""
        log = b"\n".join([*self.disk.journal, *(record.value for record in self.disk.commands)])
        said = f"{self.reader.head.digest} {self.books.holdings()} {sha256(log).hexdigest()}"
        return f"{said} {self.now_ms} {self.reader.noise}"
