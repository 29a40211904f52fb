"""The entry: one line of the journal, chained to the one before; and the reader rule."""

from hashlib import sha256
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.codec import encode
from libs.ledger.events import Event, LedgerOpened, RulesAdopted
from libs.ledger.rules import NO_RULES
from libs.ledger.verdict import Accepted, Facts, Line, Reason, Rejected, Repeated, Verdict

FORMAT = 1
GENESIS = "0" * 64
"""What the first entry names as the digest of the entry before."""

Digest: TypeAlias = str
"""A SHA-256 in lower-case hex."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to one command record, as it is stored; README.md tells every field."""

    format: int
    ledger: str
    position: int
    previous: Digest
    log: int
    offset: int
    appended: str
    at: str
    rules: Digest
    request: Digest
    command: msgspec.Raw
    verdict: str
    reason: Reason | UnsetType = UNSET
    facts: Facts | UnsetType = UNSET
    repeats: int | UnsetType = UNSET
    lines: tuple[Line, ...] | UnsetType = UNSET
    events: tuple[Event, ...] = ()


class Mark(msgspec.Struct, frozen=True):
    """What the reader rule looks at in an event; only the types it knows are read further.

    Any other event may have fields of these names with any content: all versions accept alike.
    """

    type: str
    digest: msgspec.Raw = msgspec.Raw(b"")
    position: msgspec.Raw = msgspec.Raw(b"")


class Outline(msgspec.Struct, frozen=True):
    """What a reader looks at in an entry before it trusts anything else in it."""

    position: int
    previous: Digest
    log: int
    offset: int
    rules: Digest
    appended: str
    request: Digest
    command: msgspec.Raw
    events: tuple[Mark, ...] = ()


class Head(msgspec.Struct, frozen=True):
    """Where the journal goes on: what the next entry must name to be accepted."""

    position: int = 0
    digest: Digest = GENESIS
    log: int = 0
    offset: int = 0
    rules: Digest = NO_RULES


_outline = msgspec.json.Decoder(Outline)
_entry = msgspec.json.Decoder(Entry)
_str = msgspec.json.Decoder(str)
RULES_EVENTS = (LedgerOpened, RulesAdopted)
RULES_MARKS = ("rules.adopted.v1", "ledger.opened.v1")
ATTACHED = "log.attached.v1"


def outline(raw: bytes) -> Outline | None:
    """Read what the reader rule needs; None where the bytes are no entry at all."""
    try:
        return _outline.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def decode(raw: bytes) -> Entry:
    """Read a whole entry that was accepted; raise msgspec.MsgspecError on an unknown event."""
    return _entry.decode(raw)


def extends(head: Head, entry: Outline) -> bool:
    """Say whether an entry extends the head: by structure alone, whatever code runs."""
    if (entry.position, entry.previous, entry.rules) != (head.position, head.digest, head.rules):
        return False
    if entry.log == head.log:
        return entry.offset == head.offset
    if (entry.log, entry.offset, len(entry.events)) != (head.log + 1, 0, 1):
        return False
    mark = entry.events[0]
    return (mark.type, bytes(mark.digest), bytes(mark.position)) == (
        ATTACHED,
        encode(head.digest),
        encode(head.position - 1),
    )


def after(entry: Outline, digest: Digest) -> Head:
    """Return the head behind an accepted entry with this digest."""
    rules = entry.rules
    for mark in entry.events:
        if mark.type in RULES_MARKS:
            rules = _text(mark.digest)
    return Head(entry.position + 1, digest, entry.log, entry.offset + 1, rules)


def _text(raw: msgspec.Raw) -> str:
    """Read a text; whatever else stands there names no rule set that any entry could go on by."""
    try:
        return _str.decode(raw)
    except msgspec.MsgspecError:
        return ""


class Sealed(msgspec.Struct, frozen=True):
    """An entry's bytes, what they answer, and the head behind them."""

    raw: bytes
    verdict: Verdict
    head: Head


class Frame(msgspec.Struct, frozen=True):
    """What an entry says beside its verdict."""

    ledger: str
    log: int
    offset: int
    appended: str
    at: str
    request: Digest
    command: msgspec.Raw


def seal(head: Head, frame: Frame, verdict: Verdict) -> Sealed:
    """Write the entry that answers a record with this verdict, behind this head."""
    events = verdict.events if isinstance(verdict, Accepted) else ()
    raw = encode(
        Entry(
            format=FORMAT,
            ledger=frame.ledger,
            position=head.position,
            previous=head.digest,
            log=frame.log,
            offset=frame.offset,
            appended=frame.appended,
            at=frame.at,
            rules=head.rules,
            request=frame.request,
            command=frame.command,
            verdict=type(verdict).__name__.lower(),
            reason=verdict.reason if isinstance(verdict, Rejected) else UNSET,
            facts=verdict.facts if isinstance(verdict, Rejected) else UNSET,
            repeats=verdict.position if isinstance(verdict, Repeated) else UNSET,
            lines=UNSET if isinstance(verdict, Repeated) else verdict.lines or UNSET,
            events=events,
        )
    )
    rules = head.rules
    for event in events:
        if isinstance(event, RULES_EVENTS):
            rules = event.digest
    digest = sha256(raw).hexdigest()
    return Sealed(raw, verdict, Head(head.position + 1, digest, frame.log, frame.offset + 1, rules))
