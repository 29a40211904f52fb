"""The chain alone: each entry names the digest of the one before, without a gap."""

import itertools
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from libs.ledger.entry import Head, Outline, after, extends, outline
from services.audit.finding import Wrong
from services.audit.lines import Span, lines


class Link(msgspec.Struct, frozen=True, gc=False):
    """The fields of an entry that the chain is made of."""

    position: int
    previous: str
    log: int
    offset: int
    rules: str


class Chained(msgspec.Struct, frozen=True):
    """A span whose own links hold: how it begins, and the head behind its last entry."""

    first: Link
    begins_with: bytes
    head: Head


CARRIES_RULES = b'"rules":{'
"""Only an entry whose event or command holds a whole rule set can turn the rules."""

_link = msgspec.json.Decoder(Link)


def chain(path: Path, span: Span, before: Head | None = None) -> Chained:
    """Check the links inside a span; `before` is the head it must continue, where it is known.

    A line in the ordinary course (same log, same rules) costs one decode and one digest; where
    anything turns, the reader rule itself is asked.
    """
    rest = lines(path, span)
    begins_with = next(rest)
    first = _decode(begins_with, before.position if before else 0)
    head = before or Head(first.position, first.previous, first.log, first.offset, first.rules)
    position, digest, log, offset, rules = _fields(head)
    read = _link.decode
    try:
        for raw in itertools.chain((begins_with,), rest):
            link = read(raw)
            if (
                link.previous != digest
                or link.position != position
                or link.offset != offset
                or link.log != log
                or link.rules != rules
            ):
                _turn_of_log(Head(position, digest, log, offset, rules), raw)
                log, offset = link.log, link.offset
            digest = sha256(raw).hexdigest()
            position += 1
            offset += 1
            if CARRIES_RULES in raw:
                rules = after(_outline(raw, position - 1), digest).rules
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise Wrong(position, "entry", f"this line is no entry: {wrong}") from None
    return Chained(first, begins_with, Head(position, digest, log, offset, rules))


def joined(parts: Sequence[Chained]) -> Head:
    """Check the links between spans, and return the head behind the last."""
    head = Head()
    for part in parts:
        if not extends(head, _outline(part.begins_with, head.position)):
            raise Wrong(head.position, "chain", "this entry does not continue the one before")
        head = part.head
    return head


def _decode(raw: bytes, position: int) -> Link:
    try:
        return _link.decode(raw)
    except (msgspec.MsgspecError, RecursionError) as wrong:
        raise Wrong(position, "entry", f"this line is no entry: {wrong}") from None


def _outline(raw: bytes, position: int) -> Outline:
    entry = outline(raw)
    if entry is None:
        raise Wrong(position, "entry", "this line is no entry")
    return entry


def _turn_of_log(head: Head, raw: bytes) -> None:
    """Allow what is out of the ordinary course only where the reader rule does."""
    entry = _outline(raw, head.position)
    if extends(head, entry):
        return
    for field in ("position", "previous", "log", "offset", "rules"):
        expected = head.digest if field == "previous" else getattr(head, field)
        if getattr(entry, field) != expected:
            raise Wrong(
                head.position,
                "chain",
                f"{field} is {getattr(entry, field)}, the entry before makes it {expected}",
            )


def _fields(head: Head) -> tuple[int, str, int, int, str]:
    return head.position, head.digest, head.log, head.offset, head.rules
