"""The edge's own tables: where commands were answered, rule sets, acts that wait, corrections."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row
from libs.edge.projection import Part
from libs.edge.schema import METADATA, append_only, words
from libs.ledger.entry import Entry
from libs.ledger.events import (
    ActApproved,
    ActProposed,
    LedgerCompensated,
    LedgerOpened,
    RulesAdopted,
)
from libs.ledger.verdict import Reason

commands = Table(
    "commands",
    METADATA,
    Column("id", words(36), primary_key=True),
    Column("position", BigInteger, nullable=False, unique=True),
    Column("verdict", words(), nullable=False),
    Column("reason", words()),
    Column("at", words(), nullable=False),
    Column("type", words(), nullable=False),
    CheckConstraint(
        "(verdict = 'accepted' AND reason IS NULL)"
        " OR (verdict = 'rejected' AND reason IS NOT NULL)",
        name="commands_answered",
    ),
)

rules = Table(
    "rules",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", words(64), nullable=False),
    Column("at", words(), nullable=False),
    Column("content", words(), nullable=False),
    Index("rules_by_digest", "digest"),
)

proposals = Table(
    "proposals",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("type", words(), nullable=False),
    Column("actor", words(), nullable=False),
    Column("at", words(), nullable=False),
    Column("body", words(), nullable=False),
    Column("approved_at", words()),
    Index("proposals_open", "approved_at", "position"),
)
compensations = Table(
    "compensations",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("compensated", BigInteger, nullable=False, unique=True),
    Column("reason", words(), nullable=False),
    Column("moved", words(), nullable=False),
    Column("at", words(), nullable=False),
)
append_only(commands)
append_only(rules)
append_only(compensations)


class Asked(msgspec.Struct, frozen=True):
    """What an entry says of its command; a record that could not be read has no id."""

    id: str = ""
    type: str = ""
    actor: str = ""
    sent: str = ""


_asked = msgspec.json.Decoder(Asked)


def asked(entry: Entry) -> Asked:
    """Read the command of an entry."""
    return _asked.decode(entry.command)


def part() -> Part:
    """Keep the first outcome of every command id, rule sets, open proposals, corrections."""
    return Part((commands, rules, proposals, compensations), _evolve)


def _evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    for entry in entries:
        _answer(batch, entry)
        for event in entry.events:
            match event:
                case LedgerOpened() | RulesAdopted():
                    content = msgspec.json.encode(event.rules, order="sorted").decode()
                    row: Row = {"position": entry.position, "digest": event.digest, "at": entry.at}
                    batch.add(rules, {**row, "content": content})
                case ActProposed():
                    row = {"position": event.position, "type": event.act, "actor": event.actor}
                    row.update(at=entry.at, body=bytes(event.body).decode(), approved_at=None)
                    batch.add(proposals, row, event.position)
                case ActApproved():
                    batch.change(proposals, event.position, {"approved_at": entry.at})
                case LedgerCompensated():
                    moved = msgspec.json.encode(event.postings).decode()
                    row = {
                        "position": entry.position,
                        "compensated": event.position,
                        "at": entry.at,
                    }
                    batch.add(compensations, {**row, "reason": event.reason, "moved": moved})
                case _:
                    pass


def _answer(batch: Batch, entry: Entry) -> None:
    """Note the outcome; a repeat, a stolen id and an unreadable record are none."""
    stolen = entry.reason is Reason.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT
    command = asked(entry)
    if entry.verdict == "repeated" or stolen or not command.id:
        return
    batch.add(
        commands,
        {
            "id": command.id,
            "position": entry.position,
            "verdict": entry.verdict,
            "reason": None if entry.reason is UNSET else entry.reason.value,
            "at": entry.at,
            "type": command.type,
        },
    )
