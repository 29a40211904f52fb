"""A run without servers: simulated clients of the real decider and the real tables.

What comes of a seed is a good run, which every check must let pass, and into which one defect can
be planted that its check must find.
"""

import json
from hashlib import sha256
from random import Random
from typing import Any

from libs.ledger.decider import Record as Asked
from libs.ledger.entry import Head
from libs.ledger.state import State
from services.decider import decider
from tests.faults.accepted import Record
from tests.faults.clerk import Clerk, ClerkBooks
from tests.faults.history import NEMESIS, Event, Kind
from tests.faults.run import AUDITOR, Run
from tests.faults.tables import audited, made_anew
from tests.simulation.desk import Desk, Worker
from tests.simulation.workload import ACCOUNTS
from tests.simulation.world import START_MS

STEP_NS = 1_000_000
LATER_MS = 6 * 3_600_000
RECEIVERS = (
    ("all", (), ""),
    ("notices", ("notice.issued.v1", "notice.withdrawn.v1"), ""),
    ("mine", ("credits.invalidated.v1", "notice.issued.v1", "transfer.settled.v1"), "A1"),
)
"""Who is called: name, the types of facts that it asked for, and of which account."""


class Scene:
    """Some clients at once, some of whom are told nothing; now and then a fault is noted."""

    def __init__(self, seed: int, commands: int = 60) -> None:
        self.chance = Random(seed)
        self.books = ClerkBooks()
        self.workload = Clerk(Random(self.chance.random()), self.books)
        self.decider = decider()
        self.state = State("main")
        self.head = Head()
        self.now_ns = START_MS * 1_000_000
        self.events: list[Event] = []
        self.commands: list[Record] = []
        self.journal: list[Record] = []
        self.entries: list[bytes] = []
        self.first: dict[str, bytes] = {}
        self._processes = 0
        self._seen: dict[str, int] = {}
        self._idle: list[str] = []
        self.desk = Desk(ACCOUNTS[:4])
        for name, events, account in RECEIVERS:
            self.desk.subscribe(name, *events, account=account)
        self.worker = Worker(self.desk)
        self._act(commands)
        self._tell_all()
        self.desk.close()

    def run(self) -> Run:
        """Return the run as its checks see it."""
        tables = made_anew("sqlite://", self.entries)
        return Run(
            events=self.events,
            journals={"aiokafka": self.journal, "confluent": list(self.journal)},
            commands={"aiokafka": {0: self.commands}, "confluent": {0: list(self.commands)}},
            tables={"live": tables, "fresh": tables, "sqlite": tables},
            holdings={AUDITOR: audited(self.entries)},
            sinks=self.desk.sinks,
        )

    def _act(self, commands: int) -> None:
        now_ms = self.now_ns // 1_000_000
        for raw in (self.workload.opening(now_ms), *self.workload.first(now_ms)):
            self._together([raw], faults=False)
        while commands > 0:
            many = self.chance.randrange(1, 5)
            self._together([self.workload.next(self.now_ns // 1_000_000) for _ in range(many)])
            commands -= many
            if self.chance.random() < 0.15:
                self.tell(NEMESIS, "info", "F1", {"killed": "replica"})
            if self.chance.random() < 0.3:
                self._look()
            if self.chance.random() < 0.2:
                self._noise()
            if self.chance.random() < 0.2:
                self._issue()

    def _issue(self) -> None:
        """Let the registry issue what is owed: under ids of its own, as any command."""
        self.desk.now_ms = self.now_ns // 1_000_000
        self.desk.reach(self.entries)
        self.worker.take(self.entries)
        for raw in self.worker.owed():
            self._decide(raw)

    def _tell_all(self) -> None:
        """Issue what is owed, and send until everybody heard of everything; not all at once."""
        while not self.desk.now_ms or self.desk.waiting():
            self._issue()
            while self.worker.mail(taken=self.chance.random() < 0.9):
                continue
            for name in self.desk.sinks.endpoints:
                while self.worker.call(name, taken=self.chance.random() < 0.95):
                    continue
            self.now_ns += LATER_MS * 1_000_000

    def _together(self, records: list[bytes], *, faults: bool = True) -> None:
        """Let several clients ask at once; what is answered first need not be asked first."""
        asked = [(self._begin(raw), raw) for raw in records]
        self.chance.shuffle(asked)
        told: list[tuple[str, Kind, Any]] = []
        for process, raw in asked:
            turn = self.chance.random() if faults else 1.0
            if turn < 0.04:
                told.append((process, "fail", {"status": 422}))
                continue
            unheard = turn < 0.12
            if unheard and turn < 0.08:
                told.append((process, "info", None))
                continue
            answer = self._decide(raw)
            told.append((process, "info", None) if unheard else (process, "ok", answer))
        self.chance.shuffle(told)
        for process, kind, answer in told:
            self.tell(process, kind, "", None, answer=answer)
            if kind != "info":
                self._idle.append(process)
                if kind == "ok":
                    self._seen[process] = max(self._seen.get(process, -1), answer["position"])

    def _begin(self, raw: bytes) -> str:
        process = self._idle.pop() if self._idle and self.chance.random() < 0.7 else self._new()
        try:
            command = json.loads(raw)
            value = {name: command[name] for name in ("actor", "body", "type")}
            identity = command["id"]
        except (ValueError, KeyError, TypeError, RecursionError):
            value, identity = {}, ""
        if not value or raw in self.workload.garbage:
            value, identity = {"request": sha256(raw).hexdigest()}, ""
        f = "inbox" if "request" in value else "write"
        self.tell(process, "invoke", f, value, identity)
        return process

    def _new(self) -> str:
        self._processes += 1
        return f"c{self._processes}"

    def _decide(self, raw: bytes) -> dict[str, Any]:
        """Append a record, let the ledger answer it, and return what its client is told."""
        offset, appended_ms = len(self.commands), self.now_ns // 1_000_000
        self.commands.append(Record(offset, appended_ms, raw))
        sealed = self.decider.decide(self.state, self.head, Asked(0, offset, appended_ms, raw))
        self.head = sealed.head
        self.entries.append(sealed.raw)
        self.journal.append(Record(len(self.journal), appended_ms, sealed.raw))
        self.books.read(sealed.raw, raw)
        entry = json.loads(sealed.raw)
        return self._outcome(entry.get("repeats", entry["position"]))

    def _outcome(self, position: int) -> dict[str, Any]:
        """Return what a client is told of an entry; only a yes shows its digest."""
        raw = self.entries[position]
        entry = json.loads(raw)
        told = {"position": position, "verdict": entry["verdict"], "reason": entry.get("reason")}
        return told | ({} if told["reason"] else {"digest": sha256(raw).hexdigest()})

    def _look(self) -> None:
        """Somebody looks at an account, and somebody at a command; the tables lag a little."""
        at = len(self.entries) - 1
        process = self._idle.pop() if self._idle else self._new()
        if self.chance.random() < 0.5:
            account = self.chance.choice(["A0", "A1", "A2", "none"])
            self.tell(process, "invoke", "account", {"account": account})
            status, _ = self.books.accounts.get(account, ("unknown", []))
            balances: dict[str, int] = {}
            for code in self.books.owner.values():
                if status != "unknown" and code.split(":")[:2] in (
                    ["HOLD", account],
                    ["LOCK", account],
                ):
                    balances[code] = balances.get(code, 0) + 1
            answer: dict[str, Any] = {"position": at, "status": status, "balances": balances}
        else:
            known = list(self.books.ids)
            identity = self.chance.choice([*known, "00000000-0000-0000-0000-00000000dead"])
            self.tell(process, "invoke", "status", None, identity)
            answer = {"position": at}
            if identity in self.books.ids:
                answer["outcome"] = self._outcome(self.books.ids[identity][0])
        self.tell(process, "ok", "", None, answer=answer)
        self._seen[process] = at
        self._idle.append(process)

    def _noise(self) -> None:
        """Somebody writes into the journal's topic what is no entry."""
        old = self.chance.choice(self.entries)
        raw = self.chance.choice([b"", b"\xff", b"null", b'{"position":1}', old, old[:-7]])
        self.journal.append(Record(len(self.journal), self.now_ns // 1_000_000, raw))

    def tell(
        self,
        process: str,
        kind: Kind,
        f: str,
        value: Any = None,
        command_id: str = "",
        *,
        answer: Any = None,
    ) -> None:
        """Add an event a moment after the last."""
        self.now_ns += self.chance.randrange(STEP_NS, 20 * STEP_NS)
        event = Event(
            i=len(self.events),
            process=process,
            type=kind,
            f=f,
            value=value,
            command_id=command_id,
            mono_ns=self.now_ns,
            wall=self.now_ns / 1e9,
            node="simulated",
            answer=answer,
        )
        self.events.append(event)
