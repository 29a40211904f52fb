"""Sending a plan: windows of commands, an answer to each, and the report that they add up to."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from libs.ledger.verdict import Facts, Line
from services.importers.plan import Plan, Planned, folded

WINDOW = 500
"""How many commands are on their way at a time."""


class Answer(msgspec.Struct, frozen=True):
    """What became of a command: the verdict of its first answer, also where it was a repeat.

    A server may refuse a command before its log: that has no position.
    """

    position: int | None
    verdict: str
    reason: str = ""
    facts: Facts = {}
    lines: tuple[Line, ...] = ()
    repeated: bool = False


class Registry(Protocol):
    """A registry that commands can be put to, embedded or over HTTP."""

    async def ask(self, commands: Sequence[Planned]) -> Sequence[Answer]:
        """Answer commands in order; `repeated` ones with their first answer."""


class Loaded(msgspec.Struct, frozen=True):
    """An import that went through: its report, and how much of it had been answered before."""

    report: dict[str, object]
    commands: int
    repeated: int


class Tally:
    """Adds answers up; what was refused is listed once per thing it was about."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.seen: dict[str, set[str]] = {"project": set(), "account": set(), "lot": set()}
        self.refused: dict[tuple[str, str], dict[str, object]] = {}
        self.repeated = 0

    def add(self, asked: Planned, answer: Answer) -> None:
        """Count one answer."""
        self.repeated += answer.repeated
        if answer.verdict == "accepted":
            self.counts.update(asked.counts)
            if asked.type in ("project.register.v1", "account.open.v1", "credits.issue.v1"):
                self.seen[asked.about].add(asked.subject)
            return
        first = {asked.about: asked.subject, "reason": answer.reason, "facts": answer.facts}
        entry = self.refused.setdefault((asked.about, asked.subject), {**first, "commands": 0})
        entry["commands"] = int(str(entry["commands"])) + 1

    def report(self, plan: Plan) -> dict[str, object]:
        """Return everything that the import came to, ready to be printed."""
        for key in ("issued", "retired", "moved", *plan.totals):
            self.counts.setdefault(key, 0)
        report: dict[str, object] = {
            "source": plan.source,
            "edition": plan.edition,
            "projects": len(self.seen["project"]),
            "lots": len(self.seen["lot"]),
            "accounts": len(self.seen["account"]),
        }
        for key in sorted(self.counts, key=_order):
            _put(report, key.split("/"), self.counts[key])
        return {
            **report,
            "refused": list(self.refused.values()),
            "differences": {
                key: {"source": stated, "ledger": self.counts[key]}
                for key, stated in plan.totals.items()
                if self.counts[key] != stated
            },
            "commands": len(plan.commands),
            "rows": plan.rows,
            "passed_over": folded(plan.passed_over.items()),
            **plan.extra,
            "declared": list(plan.declared),
        }


def _order(key: str) -> tuple[int, str]:
    first = ("issued", "retired", "moved")
    return (first.index(key) if key in first else len(first), key)


def _put(report: dict[str, object], path: list[str], value: int) -> None:
    place = report
    for part in path[:-1]:
        inner = place.setdefault(part, {})
        assert isinstance(inner, dict), path
        place = inner
    place[path[-1]] = value


async def load(
    plan: Plan,
    registry: Registry,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    window: int = WINDOW,
) -> Loaded:
    """Send a plan, a window at a time, and return what it came to.

    Sent again after an interruption, or for good measure, it changes nothing that was answered and
    reports the same figures.
    """
    tally = Tally()
    total = len(plan.commands)
    progress(0, total)
    for start in range(0, total, window):
        asked = plan.commands[start : start + window]
        answers = await registry.ask(asked)
        for command, answer in zip(asked, answers, strict=True):
            tally.add(command, answer)
        progress(start + len(asked), total)
    return Loaded(tally.report(plan), total, tally.repeated)
