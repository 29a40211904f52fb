"""Deciding an entry again from the entry itself: what starts, audits and what-ifs do."""

from base64 import b64decode
from hashlib import sha256

import msgspec
from msgspec import UNSET

from libs.ledger.codec import RAW_BYTES_MAX
from libs.ledger.decider import Decider, Record
from libs.ledger.entry import Frame, Head, Outline, Sealed, decode, seal
from libs.ledger.instants import parse, text
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected

UNREADABLE = (Reason.UNDECODABLE, Reason.NOT_CANONICAL, Reason.ENTRY_TOO_LARGE)
"""Why a command is kept as raw bytes; where they are cut, only the frame can be made again."""


class Raw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record that is no command, as an entry shows it."""

    raw: str


def recall(decider: Decider, state: State, head: Head, entry: Outline, raw: bytes) -> Sealed:
    """Return the entry that we would have written for the same command record."""
    appended_ms = parse(entry.appended)
    record, cut = bytes(entry.command), False
    if record.startswith(b'{"raw":'):
        record = _raw(record)
        cut = len(record) >= RAW_BYTES_MAX and sha256(record).hexdigest() != entry.request
    if not cut:
        return decider.decide(state, head, Record(entry.log, entry.offset, appended_ms, record))
    whole = decode(raw)
    state.at_ms = max(state.at_ms, appended_ms)
    reason = whole.reason if whole.reason in UNREADABLE else Reason.UNDECODABLE
    verdict = Rejected(Reason(reason), {} if whole.facts is UNSET else whole.facts)
    frame = Frame(
        ledger=state.ledger,
        log=entry.log,
        offset=entry.offset,
        appended=text(appended_ms),
        at=text(state.at_ms),
        request=entry.request,
        command=entry.command,
    )
    return seal(head, frame, verdict)


def _raw(shown: bytes) -> bytes:
    """Return the bytes of a record shown raw; none where they are not shown as we would."""
    try:
        return b64decode(msgspec.json.decode(shown, type=Raw).raw, validate=True)
    except (msgspec.MsgspecError, ValueError):
        return b""
