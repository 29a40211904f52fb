"""How long a retirement of ten thousand lines takes to decide, with the table of uses in force."""

import time
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from libs.ledger.codec import decode_command, encode
from libs.ledger.decider import Decider, Record
from libs.ledger.entry import Head
from libs.ledger.instants import parse
from libs.ledger.rules import RuleSet
from libs.ledger.state import State
from libs.ledger.verdict import Accepted
from services import rules
from services.bench.figures import Figure, figure
from services.bench.workload import SENT, Workload
from services.bootstrap import opening
from services.decider import decider
from services.invalidation.commands import (
    Application,
    CancelCredits,
    FileApplications,
    Filing,
    InvalidateCredits,
)
from services.issuance.commands import IssueCredits, RegisterProject
from services.looping import search_rarely
from services.transfer.commands import OpenAccount

LINES = 10_000
LOTS = 10
HOLDER = "A0000"
METHODS = ("EN-R-002", "EN-S-001")
LOT_QUANTITY = 10**9


class Ledger:
    """A ledger that decides and keeps no log: one account with ten lots of each scheme."""

    def __init__(self) -> None:
        self.work = Workload(7)
        self._decider: Decider = decider()
        self._state, self._head = State("main"), Head()
        for record in self._setting():
            self.decide(record)

    def decide(self, record: bytes) -> float:
        """Return the seconds that one record takes to be decided and sealed."""
        asked = Record(0, self._head.offset, parse(SENT), record)
        started = time.perf_counter()
        sealed = self._decider.decide(self._state, self._head, asked)
        seconds = time.perf_counter() - started
        if not isinstance(sealed.verdict, Accepted):
            raise TypeError(f"the benchmark asks for what is refused: {sealed.verdict!r}")
        self._head = sealed.head
        return seconds

    def _setting(self) -> Iterator[bytes]:
        yield opening("main", _ruled(), 0)
        yield self.work.record("account.open.v1", OpenAccount(HOLDER, "bench"))
        for scheme, method in (("JC", METHODS[0]), ("JC", METHODS[1]), ("KC", METHODS[1])):
            name = f"{scheme}-ER-{method}"
            project = RegisterProject("ER", (method,), "bench", name, scheme)
            yield self.work.record("project.register.v1", project)
            for number in range(LOTS):
                lot = f"{name}-{number:02d}"
                issued = IssueCredits(
                    *(HOLDER, "2026-01-01", lot, name, LOT_QUANTITY, "2025-01-01", "2025-12-31")
                )
                yield self.work.record("credits.issue.v1", issued)


def _ruled() -> RuleSet:
    """Return the shipped rule set with the shipped table of uses."""
    return msgspec.structs.replace(rules.default(), invalidation=rules.invalidation())


def _lines(run: int, scheme: str) -> Iterator[dict[str, object]]:
    """Yield what ten thousand lines ask: every one for another user, all for the report."""
    lots = [f"{scheme}-ER-{METHODS[1]}-{number:02d}" for number in range(LOTS)]
    if scheme == "JC":
        lots += [f"{scheme}-ER-{METHODS[0]}-{number:02d}" for number in range(LOTS)]
    for number in range(LINES):
        yield {
            "account": HOLDER,
            "beneficiary": f"User {run}-{number} Co., Ltd.",
            "purpose": "ONTAI_NON_UTILITY",
            "detail": "Report of fiscal year 2025.",
            "lot": lots[number % len(lots)],
            "quantity": 3,
            "fiscal_year": 2025,
            "scope": "SCOPE_1",
        }


def invalidation(work: Workload, run: int) -> bytes:
    """Return a command that uses credits up in ten thousand lines."""
    lines = msgspec.convert(tuple(_lines(run, "JC")), tuple[Application, ...])
    return work.record("credits.invalidate.v1", InvalidateCredits(lines))


def cancellation(work: Workload, run: int) -> bytes:
    """Return a command that uses credits of a domestic scheme up in ten thousand lines."""
    lines = msgspec.convert(tuple(_lines(run, "KC")), tuple[Application, ...])
    return work.record("credits.cancel.v1", CancelCredits(lines))


def applications(work: Workload, run: int) -> bytes:
    """Return a command that applies for a use of credits in ten thousand lines."""
    lines = msgspec.convert(tuple(_lines(run, "JC")), tuple[Filing, ...])
    return work.record("application.file.v1", FileApplications(lines))


KINDS = {
    "credits.invalidate": invalidation,
    "credits.cancel": cancellation,
    "application.file": applications,
}


def bare(record: bytes) -> float:
    """Return the floor: the record read, its body read, written and hashed; no rule, no law."""
    decoder = msgspec.json.Decoder(InvalidateCredits)
    started = time.perf_counter()
    command = decode_command(record)
    asked = decoder.decode(command.body)
    sha256(encode(asked)).digest()
    sha256(encode({"at": SENT, "command": command, "events": asked.lines})).digest()
    return time.perf_counter() - started


def figures(runs: int, commands: int) -> Iterator[Figure]:
    """Measure one command of each kind, again and again; then many, one after the other."""
    search_rarely()
    ledger = Ledger()
    floors = [bare(invalidation(ledger.work, run)) for run in range(runs)]
    floor = sorted(floors)[runs // 2]
    for name, made in KINDS.items():
        taken = [ledger.decide(made(ledger.work, run)) for run in range(runs)]
        yield figure(f"{name}, {LINES:,} lines in one command", "s", taken, "<= 0.5", floor)
    seconds = sum(ledger.decide(invalidation(ledger.work, run)) for run in range(commands))
    name = f"{commands * LINES:,} lines used up in {commands} commands"
    target = "<= 60" if commands * LINES >= 10**6 else ""
    yield figure(name, "s", [seconds], target, floor * commands)
