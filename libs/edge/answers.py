"""The answer to a command: a pure view of the entry that holds it."""

from collections.abc import Mapping
from hashlib import sha256

import msgspec
from msgspec import UNSET, UnsetType

from libs.edge.problems import MEDIA, refusal
from libs.ledger.codec import encode
from libs.ledger.verdict import Accepted, Facts, Line, Reason, Rejected, Verdict

JSON = "application/json"


class Command(msgspec.Struct, frozen=True, omit_defaults=True):
    """The command that was answered; its body is what was sent."""

    id: str = ""
    type: str = ""
    actor: str = ""
    sent: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the journal says of a command; `digest` is the SHA-256 of the entry's stored bytes."""

    position: int
    digest: str
    at: str
    rules: str
    command: Command
    verdict: str
    reason: Reason | UnsetType = UNSET
    facts: Facts | UnsetType = UNSET
    lines: tuple[Line, ...] | UnsetType = UNSET
    events: tuple[msgspec.Raw, ...] = ()


class Sentence(msgspec.Struct, frozen=True):
    """What a command would do, in words for people."""

    en: str
    ja: str


class Preview(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a command would do now; nothing was appended, and nothing is promised."""

    dry_run: bool
    verdict: str
    lines: tuple[Line, ...] | UnsetType = UNSET
    events: tuple[msgspec.Raw, ...] = ()
    preview: tuple[Sentence, ...] = ()


class Pending(msgspec.Struct, frozen=True):
    """The command is in the log and will be answered; ask at `status_url`."""

    id: str
    status_url: str
    verdict: str = "pending"


class Reply(msgspec.Struct, frozen=True):
    """Status, headers and body of an HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Seen(msgspec.Struct, frozen=True):
    position: int
    at: str
    rules: str
    command: Command
    verdict: str
    reason: Reason | UnsetType = UNSET
    facts: Facts | UnsetType = UNSET
    repeats: int | UnsetType = UNSET
    lines: tuple[Line, ...] | UnsetType = UNSET
    events: tuple[msgspec.Raw, ...] = ()


class _Made(msgspec.Struct, frozen=True):
    type: str
    project: str = ""
    lot: str = ""
    account: str = ""


_seen = msgspec.json.Decoder(_Seen)
_made = msgspec.json.Decoder(_Made)


def command_url(command: str) -> str:
    """Return where the outcome of a command can be read for ever."""
    return f"/v1/commands/{command}"


def first_answer(raw: bytes) -> int | None:
    """Return the position of the first answer where an entry only repeats it."""
    repeats = _seen.decode(raw).repeats
    return None if repeats is UNSET else repeats


def receipt(raw: bytes) -> Receipt:
    """Return what an entry says of its command."""
    seen = _seen.decode(raw)
    return Receipt(
        position=seen.position,
        digest=sha256(raw).hexdigest(),
        at=seen.at,
        rules=seen.rules,
        command=seen.command,
        verdict=seen.verdict,
        reason=seen.reason,
        facts=seen.facts,
        lines=seen.lines,
        events=seen.events,
    )


def answer(raw: bytes, *, replayed: bool = False) -> Reply:
    """Return the answer that an accepted entry gives to whoever sent its command."""
    told = receipt(raw)
    headers = {"Ledger-Position": str(told.position)}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    if told.verdict == "accepted":
        made = _made.decode(told.events[0]) if told.events else _Made("")
        headers |= {"Content-Type": JSON, "Location": _location(made, told.command.id)}
        return Reply(201, headers, encode(told))
    assert told.reason is not UNSET
    lines = () if told.lines is UNSET else told.lines
    told_no = msgspec.structs.replace(
        refusal(told.reason, {} if told.facts is UNSET else told.facts, lines),
        instance=command_url(told.command.id) if told.command.id else UNSET,
        position=told.position,
    )
    return Reply(told_no.status, headers | {"Content-Type": MEDIA}, encode(told_no))


def kind(event: msgspec.Raw) -> str:
    """Return the type of an event."""
    return _made.decode(event).type


def _location(made: _Made, command: str) -> str:
    """Name what came into being; an act that makes nothing new is found by its command."""
    match made.type:
        case "project.registered.v1":
            return f"/v1/projects/{made.project}"
        case "credits.issued.v1":
            return f"/v1/lots/{made.lot}"
        case "account.opened.v1":
            return f"/v1/accounts/{made.account}"
        case _:
            return command_url(command)


def preview(verdict: Verdict, position: int, told_as: tuple[Sentence, ...] = ()) -> Reply:
    """Return the answer of a dry run behind a position, to a command that is not yet answered."""
    headers = {"Ledger-Position": str(position)}
    if isinstance(verdict, Rejected):
        told = refusal(verdict.reason, verdict.facts, verdict.lines)
        return Reply(told.status, headers | {"Content-Type": MEDIA}, encode(told))
    assert isinstance(verdict, Accepted)
    would = Preview(
        dry_run=True,
        verdict="accepted",
        lines=verdict.lines or UNSET,
        events=tuple(msgspec.Raw(encode(event)) for event in verdict.events),
        preview=told_as,
    )
    return Reply(200, headers | {"Content-Type": JSON}, encode(would))


def pending(command: str, headers: Mapping[str, str]) -> Reply:
    """Return the answer where the wait ran out: never a guess."""
    url = command_url(command)
    own = {"Content-Type": JSON, "Location": url, "Retry-After": "1"}
    return Reply(202, {**headers, **own}, encode(Pending(command, url)))
