"""Letters: what a partner writes into its topic, and the command that is made of one.

A letter names no road of its own: whose it is, the topic says, which the partner alone may write.
It is read whole and written anew, so nothing of its bytes but the body of a known command, in the
one canonical form, ever stands in the commands log.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.edge.answers import Receipt
from libs.edge.once import insist_once
from libs.edge.problems import Problem, Refused, told_before
from libs.ledger.codec import CommandId, CommandType, encode, write_command
from libs.ledger.verdict import Rejected

LETTER_BYTES_MAX = 8 * 1024 * 1024
"""An entry is no larger; and what is stamped must still fit into the commands log."""


KeptOut: TypeAlias = Callable[[Any], Rejected | None]
"""Says of a command's body why it must not be written down at all, or None."""


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command as a partner writes it: `id` is a UUID of its making, the same for every retry.

    `actor` and `ledger` may say again who writes to which ledger, never otherwise.
    """

    body: msgspec.Raw
    id: CommandId
    type: CommandType
    actor: str | UnsetType = UNSET
    ledger: str | UnsetType = UNSET


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to the letter at an offset of the partner's topic.

    accepted, rejected  the journal holds the verdict: `receipt`
    refused             no command was made of it: `problem`
    """

    letter: int
    verdict: str
    id: str | UnsetType = UNSET
    receipt: Receipt | UnsetType = UNSET
    problem: Problem | UnsetType = UNSET


class _Named(msgspec.Struct, frozen=True):
    id: CommandId


_letter = msgspec.json.Decoder(Letter)
_named = msgspec.json.Decoder(_Named)


@dataclass(frozen=True)
class Partner:
    """Who writes into a topic: its name, the actor of its commands, and what it may send.

    `bodies` are the schemas of every command there is, by type. What is `coded` needs a one-time
    code, which no letter can bring: a topic keeps it for ever. What `kept_out` refuses, by type,
    never becomes a command: a journal keeps that for ever too.
    """

    name: str
    actor: str
    ledger: str
    bodies: Mapping[str, type]
    may: Collection[str]
    coded: Collection[str] = ()
    kept_out: Mapping[str, KeptOut] = field(default_factory=dict)


def stamped(partner: Partner, raw: bytes, sent: str) -> bytes:
    """Return the command record that a letter becomes, with the partner's actor in it.

    Raises Refused where no command can be made of it.
    """
    letter = _read(raw)
    if letter.ledger not in (UNSET, partner.ledger):
        raise Refused("ledger_differs", f"The letter is for another ledger than {partner.ledger}.")
    if letter.actor not in (UNSET, partner.actor):
        raise Refused("actor_differs", f"Who writes here acts as {partner.actor}.")
    if letter.type not in partner.bodies:
        raise Refused("command_unknown")
    if letter.type not in partner.may:
        raise Refused("not_allowed")
    if letter.type in partner.coded:
        raise Refused("code_required", "What needs a one-time code comes in by HTTP only.")
    try:
        body: msgspec.Struct = msgspec.json.decode(letter.body, type=partner.bodies[letter.type])
    except msgspec.ValidationError as wrong:
        raise Refused("body_invalid", str(wrong)) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Refused("letter_undecodable") from None
    refuses = partner.kept_out.get(letter.type)
    unfit = refuses(body) if refuses else None
    if unfit is not None:
        raise told_before(unfit)
    record = write_command(letter.id, letter.type, partner.actor, sent, body)
    if len(record) > LETTER_BYTES_MAX:
        raise Refused("letter_too_large")
    return record


def refused(offset: int, raw: bytes, wrong: Refused) -> bytes:
    """Return the answer to a letter that became no command; it says the id where there is one."""
    return encode(Answer(letter=offset, verdict="refused", id=_id(raw), problem=wrong.problem))


def answered(offset: int, raw: bytes, told: Receipt) -> bytes:
    """Return the answer to a letter whose command the journal has, be it only its beginning."""
    return encode(Answer(letter=offset, verdict=told.verdict, id=_id(raw), receipt=told))


def _id(raw: bytes) -> str | UnsetType:
    try:
        return _named.decode(raw).id if len(raw) <= LETTER_BYTES_MAX else UNSET
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return UNSET


def _read(raw: bytes) -> Letter:
    if len(raw) > LETTER_BYTES_MAX:
        raise Refused("letter_too_large")
    try:
        letter = _letter.decode(raw)
        insist_once(raw)
    except RecursionError:
        raise Refused("letter_undecodable", "The letter is nested too deeply.") from None
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise Refused("letter_undecodable", f"The letter is no command: {wrong}.") from None
    return letter
