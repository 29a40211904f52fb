"""What a run under faults came to: counts, verdict, and how long nobody was answered."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from tests.faults.checks import Verdict
from tests.faults.history import HEAL, NEMESIS, Event
from tests.faults.run import Run

TAKEOVER = "takeover"
"""What the value of a nemesis event names that stops whoever leads."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One line for people, and all of it for machines.

    gaps_ms  from each stop of a leader to the first answer to a command that was asked after it
    """

    name: str
    verdict: str
    acknowledged: int
    unknown: int
    refused: int
    reads: int
    entries: int
    noise: int
    injected: dict[str, int]
    gaps_ms: Sequence[int]
    violations: Sequence[str]
    why: Sequence[str]
    seconds: float

    @property
    def line(self) -> str:
        """What a person reads."""
        struck = ", ".join(f"{name} x{count}" for name, count in sorted(self.injected.items()))
        gaps = ""
        if self.gaps_ms:
            gaps = f"; gap {median(self.gaps_ms):.0f} ms (most {max(self.gaps_ms)})"
        return (
            f"{self.name:<12} {self.verdict:<9} {self.acknowledged:>6} acknowledged"
            f" {self.unknown:>4} unknown {self.reads:>5} reads {self.entries:>6} entries"
            f" {self.noise:>5} noise {self.seconds:>5.0f} s; {struck}"
            f"{gaps}"
        )


def report(name: str, run: Run, verdict: Verdict, seconds: float) -> Report:
    """Return what a run came to."""
    struck = [event.f for event in run.events if event.process == NEMESIS and event.f != HEAL]
    return Report(
        name=name,
        verdict=verdict.verdict,
        acknowledged=run.acknowledged,
        unknown=run.unknown,
        refused=sum(op.refused for op in run.writes),
        reads=len(run.reads),
        entries=len(run.entries),
        noise=run.read.noise,
        injected=dict(Counter(struck)),
        gaps_ms=[*gaps(run)],
        violations=[str(violation) for violation in verdict.violations],
        why=verdict.why,
        seconds=round(seconds, 1),
    )


def broken(name: str, wrong: BaseException) -> Report:
    """Return what a run came to that could not be ended: a process did what it must not."""
    return Report(
        name=name,
        verdict="violation",
        acknowledged=0,
        unknown=0,
        refused=0,
        reads=0,
        entries=0,
        noise=0,
        injected={},
        gaps_ms=(),
        violations=[f"{type(wrong).__name__}: {wrong}"],
        why=(),
        seconds=0,
    )


def gaps(run: Run) -> Iterator[int]:
    """Yield for each stop of a leader how long it took until commands were answered again."""
    for event in run.events:
        if _stops(event):
            again = [
                op.end.mono_ns
                for op in run.writes
                if op.known and op.end is not None and op.invoke.mono_ns >= event.mono_ns
            ]
            if again:
                yield (min(again) - event.mono_ns) // 1_000_000


def _stops(event: Event) -> bool:
    return event.process == NEMESIS and bool((event.value or {}).get(TAKEOVER))
