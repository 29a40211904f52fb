"""Checks of order: the journal's order is one that every client could have seen: C9, C10."""

from collections.abc import Iterator
from typing import Any

from tests.faults.accepted import ZEROS, Entry
from tests.faults.history import FOREVER, Op
from tests.faults.model import Model, Move, Outcome, moved
from tests.faults.rules import RULES
from tests.faults.run import Run, Violation

UNTOLD = ("act.approve.v1",)
"""Commands whose lines are another command's: the model does not tell them."""


def c9_strict_serializability(run: Run) -> Iterator[Violation]:
    """What ended before another began stands before it; a model in that order says the same."""
    yield from _real_time(run)
    outcomes: dict[str, Outcome] = {}
    for entry, expected, _ in replayed(run):
        for name in (entry.command_id, entry.told["request"]):
            outcomes.setdefault(name, expected)
        if wrong := _differs(entry, expected):
            yield Violation("C9", wrong, entry.position)
    for op in run.writes:
        reason = op.answer.get("reason") or ""
        if not op.known or reason == "command_exists_with_different_content":
            continue
        found = outcomes.get(op.identity)
        if found and (op.answer["verdict"], reason) != (found.verdict, found.reason):
            what = f"{op.identity} was told {op.answer['verdict']} {reason}: not so"
            yield Violation("C9", what, op.answer.get("position"), op.invoke.i)


def _real_time(run: Run) -> Iterator[Violation]:
    """Go through the journal from its end, and keep when the first of what follows was over."""
    began: dict[str, int] = {}
    over: dict[str, int] = {}
    for op in run.writes:
        identity = op.invoke.command_id
        began[identity] = min(began.get(identity, FOREVER), op.invoke.mono_ns)
        over[identity] = min(over.get(identity, FOREVER), op.ended_ns if op.known else FOREVER)
    earliest, by = FOREVER, ""
    for entry in reversed(run.entries):
        identity = entry.command_id
        if not entry.first_outcome or identity not in began:
            continue
        if earliest < began[identity]:
            what = f"{identity} began when {by}, which follows it, was over"
            yield Violation("C9", what, entry.position)
        if over[identity] < earliest:
            earliest, by = over[identity], identity


def replayed(run: Run) -> Iterator[tuple[Entry, Outcome, Model]]:
    """Yield each entry with what the model says of it, and the model behind it."""
    model, before = Model("", RULES), ZEROS
    for entry in run.entries:
        model.ledger = entry.told["ledger"]
        yield entry, model.answer(entry.told, before), model
        before = entry.digest


def _differs(entry: Entry, expected: Outcome) -> str:
    """Say how an entry differs from what the model expects, or nothing."""
    told = entry.told
    verdict, reason = entry.outcome
    if (verdict, reason) != (expected.verdict, expected.reason):
        kind = entry.command.get("type", "raw")
        return f"{kind} is {verdict} {reason}, must be {expected.verdict} {expected.reason}"
    lines = tuple(str(line.get("reason", "")) for line in told.get("lines", ()))
    if lines != expected.lines and entry.command.get("type") not in UNTOLD:
        return f"its lines are {lines}, must be {expected.lines}"
    moves: list[Move] = [
        (one["lot"], one["first"], one["last"], one["source"], one["target"])
        for one in entry.postings()
        if one["unit"] == "t"
    ]
    if moved(moves) != moved(expected.moves):
        return f"it moves {moves[:5]}, must move {list(expected.moves[:5])}"
    return ""


def c10_stale_reads(run: Run) -> Iterator[Violation]:
    """A session sees at least what it saw before, and each read is the books at its position."""
    yield from _sessions(run)
    asked = sorted(
        (op for op in run.reads if op.invoke.f == "account"), key=lambda op: op.answer["position"]
    )
    waiting = iter(asked)
    op = next(waiting, None)
    for entry, _, model in replayed(run):
        while op is not None and op.answer["position"] <= entry.position:
            yield from _shown(op, entry, model)
            op = next(waiting, None)
    while op is not None:
        what = f"a read shows position {op.answer['position']}, which is not there"
        yield Violation("C10", what, op.answer["position"], op.invoke.i)
        op = next(waiting, None)


def _sessions(run: Run) -> Iterator[Violation]:
    """Each process is a session: it asks for what it has seen, and must see at least that."""
    seen: dict[str, int] = {}
    for op in run.ops:
        position = op.answer.get("position") if op.known else None
        if not isinstance(position, int):
            continue
        last = seen.get(op.invoke.process, -1)
        if op.invoke.f in ("status", "account") and position < last:
            what = f"{op.invoke.process} saw {last}, then only {position}"
            yield Violation("C10", what, position, op.invoke.i)
        seen[op.invoke.process] = max(last, position)


def _shown(op: Op, entry: Entry, model: Model) -> Iterator[Violation]:
    """Compare an account as it was shown with the books behind the same entry."""
    account, shown = op.invoke.value["account"], op.answer
    status = model.accounts.get(account, ("unknown", []))[0]
    expected: dict[str, Any] = {"status": status, "balances": {}}
    mine = [order for order, (of, _) in model.orders.items() if of == account]
    for code in (f"HOLD:{account}", *(f"LOCK:{account}:{order}" for order in mine)):
        if quantity := model.shelves.balance(code):
            expected["balances"][code] = quantity
    for name, value in expected.items():
        if shown.get(name) != value:
            what = f"{account} was shown with {name} {shown.get(name)}, not {value}"
            yield Violation("C10", what, entry.position, op.invoke.i)
