"""The reader rule once more, by other code: which records of the journal's topic are entries."""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn, TypeAlias

Json: TypeAlias = dict[str, Any]
ZEROS = "0" * 64


class Record(NamedTuple):
    """A record of a topic as a client read it; the instant is the broker's, milliseconds."""

    offset: int
    appended_ms: int
    value: bytes


class Entry(NamedTuple):
    """An accepted entry: its position, what it says, the digest of its bytes, its record."""

    position: int
    told: Json
    digest: str
    offset: int

    @property
    def command(self) -> Json:
        """The command it answers; `{"raw": ...}` where that could not be read."""
        command: Json = self.told["command"]
        return command

    @property
    def command_id(self) -> str:
        """The id of the command, empty where it could not be read."""
        return str(self.command.get("id", ""))

    @property
    def outcome(self) -> tuple[str, str]:
        """The verdict, and the reason where it is no."""
        return str(self.told["verdict"]), str(self.told.get("reason", ""))

    @property
    def first_outcome(self) -> bool:
        """Whether it spends the id of its command."""
        stolen = "command_exists_with_different_content"
        verdict, reason = self.outcome
        return bool(self.command_id) and verdict != "repeated" and reason != stolen

    def postings(self) -> list[Json]:
        """What it moves, in order."""
        return [one for event in self.told.get("events", ()) for one in event.get("postings", ())]


class Head(NamedTuple):
    """Where the journal goes on."""

    position: int = 0
    digest: str = ZEROS
    log: int = 0
    offset: int = 0
    rules: str = ZEROS


class Read(NamedTuple):
    """What a reader makes of a journal's topic."""

    entries: list[Entry]
    head: Head
    noise: int
    twins: list[tuple[int, int]]
    """Offsets of two records that name the same entry before them, and differ."""


def accepted(records: Iterable[Record]) -> Read:
    """Read a topic by the rule: what extends the head counts, the rest is noise."""
    head, noise = Head(), 0
    entries: list[Entry] = []
    twins: list[tuple[int, int]] = []
    follower: dict[tuple[int, str], tuple[str, int]] = {}
    for record in records:
        told = parsed(record.value)
        if told is None:
            noise += 1
            continue
        digest = sha256(record.value).hexdigest()
        after = _extended(head, told, digest)
        if after is not None:
            entries.append(Entry(head.position, told, digest, record.offset))
            follower[head.position, head.digest] = (digest, record.offset)
            head = after
            continue
        noise += 1
        known = follower.get((told["position"], told["previous"]))
        if known is not None and known[0] != digest:
            twins.append((known[1], record.offset))
    return Read(entries, head, noise, twins)


def parsed(value: bytes) -> Json | None:
    """Return what a record says, if it has what the rule looks at."""
    try:
        told = json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not isinstance(told.get("command"), dict):
        return None
    numbers = (told.get("position"), told.get("log"), told.get("offset"))
    texts = (told.get("previous"), told.get("rules"), told.get("request"), told.get("appended"))
    whole = all(type(number) is int for number in numbers)
    events = told.get("events", [])
    listed = isinstance(events, list) and all(isinstance(event, dict) for event in events)
    return told if whole and listed and all(type(text) is str for text in texts) else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _extended(head: Head, told: Json, digest: str) -> Head | None:
    """Return the head behind an entry, or None where it does not extend the one before."""
    if (told["position"], told["previous"], told["rules"]) != (
        head.position,
        head.digest,
        head.rules,
    ):
        return None
    events: Sequence[Json] = told.get("events", [])
    if told["log"] == head.log:
        if told["offset"] != head.offset:
            return None
    elif not (
        (told["log"], told["offset"], len(events)) == (head.log + 1, 0, 1)
        and events[0].get("type") == "log.attached.v1"
        and (events[0].get("position"), events[0].get("digest")) == (head.position - 1, head.digest)
    ):
        return None
    rules = head.rules
    for event in events:
        if event.get("type") in ("ledger.opened.v1", "rules.adopted.v1"):
            rules = str(event.get("digest", ""))
    return Head(head.position + 1, digest, told["log"], told["offset"] + 1, rules)
