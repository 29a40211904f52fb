"""The whole audit, in three depths, of a file or of a log."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from libs.ledger.decider import Record
from libs.ledger.entry import outline
from services.audit import books, links
from services.audit.finding import Finding, Wrong
from services.audit.journal import Export, Log
from services.audit.lines import spans
from services.audit.verdicts import Redecided, claimed, ledger
from services.decider import decider

Depth: TypeAlias = Literal["chain", "books", "verdicts"]
SMALL_BYTES = 4_000_000
"""Below this a second process costs more than it gains."""


class Report(msgspec.Struct):
    """What an audit found, as people and programs read it."""

    ok: bool
    depth: str
    entries: int
    head: dict[str, int | str] | None
    holdings: str | None
    checks: dict[str, str]
    seconds: float
    failure: Finding | None = None


def audit_file(path: Path, depth: Literal["chain", "books"], workers: int) -> Report:
    """Check an exported journal's chain, and its books, on several cores."""
    started = time.perf_counter()
    checks: dict[str, str] = {}
    try:
        parts = 1 if path.stat().st_size < SMALL_BYTES else workers
        cut = spans(path, parts)
        whole = (cut[0][0], cut[-1][1])
        if parts == 1:
            chained = [links.chain(path, whole)]
            shares = [books.fold(path, whole, 0, 1)] if depth == "books" else []
        else:
            with ProcessPoolExecutor(
                parts, get_context("fork" if sys.platform == "linux" else "spawn")
            ) as pool:
                chains = [pool.submit(links.chain, path, span) for span in cut]
                folds = [
                    pool.submit(books.fold, path, whole, number, parts)
                    for number in range(parts if depth == "books" else 0)
                ]
                chained = [future.result() for future in chains]
                shares = [future.result() for future in folds]
        head = links.joined(chained)
        checks["chain"] = "every entry names the digest of the one before"
        holdings = books.digest(shares) if shares else None
        if shares:
            issued = sum(share.issued for share in shares)
            retired = sum(share.retired for share in shares)
            checks["books"] = f"{issued:,} t issued, {retired:,} t used up; every serial once"
        shown: dict[str, int | str] = {"position": head.position - 1, "digest": head.digest}
        return _report(started, depth, head.position, checks, shown, holdings)
    except Wrong as wrong:
        return _report(started, depth, 0, checks, failure=wrong.finding)


def audit(source: Export | Log, told: Callable[[int], None] = lambda _: None) -> Report:
    """Decide every entry of a journal again, and hold the commands log against it."""
    started = time.perf_counter()
    checks: dict[str, str] = {}
    redecided: Redecided | None = None
    try:
        name = ledger(source.records(), noise=source.noise)
        places = claimed(record.value for record in source.records())
        redecided = Redecided(decider(), name, places)
        beside = Beside(source.commands(), source.generations)
        answered = beside.answered if isinstance(source, Log) else _pass
        redecided.read(source.records(), noise=source.noise, accepted=answered, told=told)
        checks["chain"] = "every entry names the digest of the one before"
        checks["laws"] = "every posting keeps every law; every serial in exactly one account"
        checks["verdicts"] = "every verdict is what the rules say"
        holdings = redecided.finish()
        checks["conservation"] = "per lot: issued = held + used up + withdrawn"
        if redecided.checkpoints:
            checks["checkpoints"] = f"{redecided.checkpoints} recomputed"
        if isinstance(source, Log):
            checks["commands"] = beside.said()
        head = redecided.head
        shown: dict[str, int | str] = {"position": head.position - 1, "digest": head.digest}
        return _report(started, "verdicts", head.position, checks, shown, holdings)
    except Wrong as wrong:
        entries_read = redecided.head.position if redecided else 0
        return _report(started, "verdicts", entries_read, checks, failure=wrong.finding)


def _pass(_: bytes) -> None:
    """There is no commands log beside an export."""


def _report(
    started: float,
    depth: str,
    entries: int,
    checks: dict[str, str],
    head: dict[str, int | str] | None = None,
    holdings: str | None = None,
    failure: Finding | None = None,
) -> Report:
    return Report(
        ok=failure is None,
        depth=depth,
        entries=entries,
        head=head,
        holdings=holdings,
        checks=checks,
        seconds=time.perf_counter() - started,
        failure=failure,
    )


class Beside:
    """The commands log, held against what the journal says it answered, record by record."""

    def __init__(self, commands: Iterator[Record], generations: Sequence[int]) -> None:
        self._commands = commands
        self._generations = generations
        self._left = 0
        self.count = 0

    def answered(self, raw: bytes) -> None:
        """Check the record that an accepted entry answers; raise Wrong where it is another.

        Generations that are not here were left behind when the ledger moved.
        """
        entry = outline(raw)
        if entry is None or not self._generations:
            return
        if entry.log > self._generations[-1]:
            words = f"generation {entry.log} of the commands log is missing"
            raise Wrong(entry.position, "request", words)
        if entry.log not in self._generations:
            return
        record = next(self._commands, None)
        while record is not None and record.log < entry.log:
            self._left += 1
            record = next(self._commands, None)
        if record is None or (record.log, record.offset) > (entry.log, entry.offset):
            raise Wrong(entry.position, "request", f"command {entry.offset} is missing")
        if record.offset != entry.offset or sha256(record.value).hexdigest() != entry.request:
            raise Wrong(
                entry.position, "request", f"command {entry.offset} is not what was answered"
            )
        self.count += 1

    def said(self) -> str:
        """Count the records, once every entry was read; those behind the last wait for theirs."""
        waiting = sum(1 for _ in self._commands)
        said = f"{self.count:,} records of the commands log as answered"
        if self._left:
            said += f", {self._left:,} left to a later generation"
        return f"{said}, {waiting:,} not answered yet" if waiting else said
