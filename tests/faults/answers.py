"""Checks of what clients were told against what the journal holds: C1 to C4, C12, C15."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any

from tests.faults.accepted import Entry
from tests.faults.history import Op
from tests.faults.run import Run, Violation

RAW_BYTES = 1024
OWN = {
    *("checkpoint.record.v1", "ledger.open.v1", "log.attach.v1", "notice.issue.v1"),
    "tick.pass.v1",
}
"""Commands that the registry itself sends: no client of a run asked for them."""


def canonical(value: Any) -> bytes:
    """Write JSON the one way."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def content(command: dict[str, Any]) -> bytes:
    """Return what an id is bound to."""
    return canonical({name: command.get(name) for name in ("actor", "body", "type")})


def c1_lost_writes(run: Run) -> Iterator[Violation]:
    """Every outcome that a client was told stands in the journal, where it was said to stand."""
    for op in run.writes:
        if not op.known:
            continue
        told, identity, i = op.answer, op.identity, op.invoke.i
        position = told.get("position")
        entry = run.at(position) if isinstance(position, int) else run.first.get(identity)
        if entry is None:
            yield Violation("C1", f"{identity} was answered, no entry holds it", position, i)
            continue
        if identity not in (entry.command_id, entry.told["request"]):
            what = f"{identity} was answered, the entry is of {entry.command_id}"
            yield Violation("C1", what, entry.position, i)
        said = (told.get("verdict"), told.get("reason") or "")
        if said != entry.outcome:
            what = f"{identity} was told {said}, the entry says {entry.outcome}"
            yield Violation("C1", what, entry.position, i)


def c2_forged_entries(run: Run) -> Iterator[Violation]:
    """Every entry answers its record of the commands log, and a client sent that record."""
    sent: set[bytes] = set()
    raw: set[str] = set()
    for op in run.writes:
        value = op.invoke.value or {}
        if "request" in value:
            raw.add(op.identity)
        else:
            sent.add(op.invoke.command_id.encode() + content(value))
    for entry in run.entries:
        yield from _misread(run, entry)
        if entry.told["request"] in raw or _by_the_registry(entry):
            continue
        identity = entry.command_id
        if identity.encode() + content(entry.command) not in sent:
            yield Violation("C2", f"nobody sent {identity or 'its bytes'}", entry.position)


def _misread(run: Run, entry: Entry) -> Iterator[Violation]:
    """Hold an entry against the record it answers."""
    told, command = entry.told, entry.command
    record = run.records.get((told["log"], told["offset"]))
    if record is None:
        yield Violation("C2", "answers no record of the commands log", entry.position)
        return
    shown = canonical(command)
    if "raw" in command:
        shown = base64.b64decode(command["raw"])
    if sha256(record.value).hexdigest() != told["request"]:
        yield Violation("C2", "its request is not its record's digest", entry.position)
    elif shown != (record.value[:RAW_BYTES] if "raw" in command else record.value):
        yield Violation("C2", "shows other bytes than its record has", entry.position)
    if _instant(record.appended_ms) != told["appended"]:
        yield Violation("C2", f"says {told['appended']}, the log does not", entry.position)


def _by_the_registry(entry: Entry) -> bool:
    command = entry.command
    if command.get("type") not in OWN:
        return False
    return entry.position == 0 or command["actor"].startswith("system:")


def _instant(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def c3_aborted_reads(run: Run) -> Iterator[Violation]:
    """What was refused before the log is nowhere in it; what anybody saw is in it, byte by byte."""
    tried: dict[str, list[Op]] = {}
    for op in run.writes:
        tried.setdefault(op.invoke.command_id, []).append(op)
    for identity, ops in tried.items():
        entry = run.first.get(identity)
        if identity and entry is not None and all(op.refused for op in ops):
            what = f"{identity} was refused before the log, and is answered in it"
            yield Violation("C3", what, entry.position, ops[0].invoke.i)
    for op in run.ops:
        for seen in (op.answer, op.answer.get("outcome") or {}):
            if "digest" not in seen:
                continue
            entry = run.at(seen["position"])
            if entry is None or entry.digest != seen["digest"]:
                what = f"{seen['digest'][:16]} was shown, the journal lacks it"
                yield Violation("C3", what, seen["position"], op.invoke.i)


def c4_duplicate_effects(run: Run) -> Iterator[Violation]:
    """One first outcome per id, one content per outcome; whatever comes later does nothing."""
    first: dict[str, tuple[int, bytes]] = {}
    for entry in run.entries:
        identity, (verdict, reason) = entry.command_id, entry.outcome
        if not identity:
            continue
        bound, known = content(entry.command), first.get(identity)
        if entry.first_outcome:
            if known is not None:
                what = f"{identity} has an outcome at {known[0]}, and another"
                yield Violation("C4", what, entry.position)
            first.setdefault(identity, (entry.position, bound))
            continue
        if entry.told.get("events"):
            yield Violation("C4", f"{identity} is {verdict} {reason} and does it", entry.position)
        if known is None:
            yield Violation("C4", f"{identity} is {verdict} at first sight", entry.position)
        elif verdict == "repeated" and (entry.told.get("repeats"), bound) != known:
            what = f"{identity} repeats {entry.told.get('repeats')}, its first is {known[0]}"
            yield Violation("C4", what, entry.position)
        elif verdict != "repeated" and bound == known[1]:
            yield Violation(
                "C4", f"{identity} is refused as another, and is the same", entry.position
            )


def c12_equivocation(run: Run) -> Iterator[Violation]:
    """Nobody sees two things in one place: two clients, two answers, two entries behind one."""
    logs = [("journal", list(run.journals.values()))]
    for generation in sorted({g for logs in run.commands.values() for g in logs}):
        name = f"commands {generation}"
        logs.append((name, [mine.get(generation, []) for mine in run.commands.values()]))
    for name, told in logs:
        for one, other in pairwise(told):
            for mine, theirs in zip(one, other, strict=False):
                if mine != theirs:
                    yield Violation("C12", f"{name}: two clients read two records at {mine.offset}")
            if len(one) != len(other):
                what = f"{name}: one client read {len(one)} records, another {len(other)}"
                yield Violation("C12", what)
    for offset, other_offset in run.read.twins:
        what = f"the records {offset} and {other_offset} continue one entry, and differ"
        yield Violation("C12", what)
    seen: dict[int, str] = {}
    for op in run.ops:
        for told_of in (op.answer, op.answer.get("outcome") or {}):
            if "digest" in told_of:
                at, digest = told_of["position"], told_of["digest"]
                if seen.setdefault(at, digest) != digest:
                    yield Violation("C12", "two clients were shown two entries", at, op.invoke.i)


def c15_instability(run: Run) -> Iterator[Violation]:
    """A command is in or out: who looks again never finds it gone, nor decided otherwise."""
    for op in run.reads:
        if op.invoke.f != "status":
            continue
        identity, shown = op.invoke.command_id, op.answer["position"]
        outcome, entry = op.answer.get("outcome"), run.first.get(identity)
        if outcome is None:
            if entry is not None and entry.position <= shown:
                what = f"{identity} was not there at {shown}, and is at {entry.position}"
                yield Violation("C15", what, shown, op.invoke.i)
        elif entry is None:
            yield Violation("C15", f"{identity} was there, and is not", shown, op.invoke.i)
        elif (outcome["position"], outcome["verdict"], outcome.get("reason") or "") != (
            entry.position,
            *entry.outcome,
        ):
            yield Violation("C15", f"{identity} had another outcome", shown, op.invoke.i)
