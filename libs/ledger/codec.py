"""Canonical bytes: how commands and entries are written, and how foreign bytes are judged.

Everything written is RFC 8785 for the shapes we allow: sorted ASCII keys, no white space, integers
below 2^53, no float, absent fields left out. What was stored is hashed and kept, never rewritten.
"""

import re
from hashlib import sha256
from typing import Annotated

import msgspec

from libs.ledger.accounts import Actor
from libs.ledger.events import Event
from libs.ledger.instants import Instant
from libs.ledger.serials import INTEGER_MAX

DEPTH_MAX = 64
RAW_BYTES_MAX = 1024
"""How much of a record that could not be read is kept in its entry."""

CommandId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\s\S])"
    ),
]
CommandType = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+(\.[a-z]+)*\.v[0-9]{1,3}(?![\s\S])")]

_encoder = msgspec.json.Encoder(order="sorted")
_tokens = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]|[0-9][0-9.eE+-]*+')
_whole = re.compile(rb"(0|[1-9][0-9]{0,15})(?![\s\S])")


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command as it travels: who wants what, under an id that is answered once.

    `id` is a UUID the client made, `sent` the instant the client claims, `body` what `type` asks.
    """

    actor: Actor
    body: msgspec.Raw
    id: CommandId
    sent: Instant
    type: CommandType


_command = msgspec.json.Decoder(Command)
_any = msgspec.json.Decoder()
_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class Undecodable(ValueError):
    """The bytes are no command."""


class NotCanonical(ValueError):
    """The bytes are a command, written otherwise than the one way."""


def encode(value: object) -> bytes:
    """Return the canonical bytes of a value made of our structs."""
    return _encoder.encode(value)


def write_command(identity: str, kind: str, actor: str, sent: str, body: msgspec.Struct) -> bytes:
    """Return the record of a command: what is appended to the commands log."""
    return encode(Command(actor, msgspec.Raw(encode(body)), identity, sent, kind))


def derived_id(name: str) -> str:
    """Return the command id that a name stands for: the same act of ours, the same id, for ever."""
    digest = sha256(name.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def decode_command(record: bytes) -> Command:
    """Read the envelope of a command record; its body is judged by its type.

    Raises Undecodable where it is no command, NotCanonical where its frame is written otherwise.
    """
    try:
        command = _command.decode(record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise Undecodable(str(wrong)) from None
    if _encoder.encode(command) != record:
        raise NotCanonical
    return command


def judge_unknown(record: bytes) -> None:
    """Raise where a record whose body no schema describes cannot stand in an entry as it is."""
    depth = 0
    for token in _tokens.finditer(record):
        if token[0][:1].isdigit() and not _whole.match(token[0]):
            raise NotCanonical  # before any library reads it: each has its own limits for numbers
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token[0], 0)
        if depth > DEPTH_MAX:
            raise Undecodable("nested too deeply")
    try:
        value: object = _any.decode(record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise Undecodable(str(wrong)) from None
    if not _plain(value) or _encoder.encode(value) != record:
        raise NotCanonical


def _plain(value: object) -> bool:
    """Say whether a value has only what the journal may hold: no large integer, ASCII keys."""
    if isinstance(value, list):
        return all(map(_plain, value))
    if isinstance(value, dict):
        return all(key.isascii() for key in value) and all(map(_plain, value.values()))
    return not isinstance(value, int) or abs(value) <= INTEGER_MAX


def content(command: Command) -> bytes:
    """Return the digest that an id is bound to: SHA-256 of canonical {actor, body, type}."""
    actor, kind = command.actor.encode(), command.type.encode()
    return sha256(b'{"actor":"%b","body":%b,"type":"%b"}' % (actor, command.body, kind)).digest()


def decode_event(raw: bytes) -> Event:
    """Read one event of an entry, of any version ever shipped."""
    return _event.decode(raw)
