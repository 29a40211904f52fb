"""A run: what the clients saw, and what is found everywhere once all is quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import msgspec
from typing_extensions import override

from tests.faults.accepted import Entry, Read, Record, accepted
from tests.faults.history import HEAL, NEMESIS, Event, Op, operations
from tests.faults.sinks import Sinks

Row: TypeAlias = Mapping[str, Any]
TABLES = ("live", "fresh", "sqlite")
"""The tables as they were served, made anew in PostgreSQL, made anew in SQLite."""

AUDITOR = "auditor"


class Violation(msgspec.Struct, frozen=True):
    """A promise that was broken: which check says so, what, and where to look."""

    check: str
    what: str
    position: int | None = None
    i: int | None = None

    @override
    def __str__(self) -> str:
        where = [] if self.position is None else [f"position {self.position}"]
        where += [] if self.i is None else [f"event {self.i}"]
        return f"{self.check} {', '.join(where) or 'run'}: {self.what}"


@dataclass
class Tables:
    """The tables of one database: every row by table, and how far they say they are."""

    rows: Mapping[str, Sequence[Row]]
    position: int
    digest: str


@dataclass
class Run:
    """Everything that is checked.

    journals  the journal's topic, by the client that read it; two different ones
    commands  the commands topic of each generation, by the client that read it
    tables    by name, see TABLES; `holdings` is the digest of who holds what by other means
    lost      what could not be read or made anew, by its name, and why
    whole     whether every final read came to its end
    sinks     what people were told, and who was to be
    """

    events: list[Event]
    journals: dict[str, list[Record]]
    commands: dict[str, dict[int, list[Record]]]
    tables: dict[str, Tables]
    holdings: dict[str, str] = field(default_factory=dict)
    whole: bool = True
    lost: dict[str, str] = field(default_factory=dict)
    sinks: Sinks = field(default_factory=Sinks)

    @cached_property
    def ops(self) -> list[Op]:
        """Every operation of every client."""
        return list(operations(self.events))

    @cached_property
    def writes(self) -> list[Op]:
        """The operations that asked for a command."""
        return [op for op in self.ops if op.invoke.f in ("write", "inbox")]

    @cached_property
    def reads(self) -> list[Op]:
        """The operations that only looked, and were shown something."""
        return [op for op in self.ops if op.invoke.f in ("status", "account") and op.known]

    @cached_property
    def read(self) -> Read:
        """The journal by the reader rule, as the first of the clients read it."""
        return accepted(next(iter(self.journals.values())))

    @property
    def entries(self) -> list[Entry]:
        """The accepted entries."""
        return self.read.entries

    @cached_property
    def records(self) -> dict[tuple[int, int], Record]:
        """The command records by generation and offset, as the first of the clients read them."""
        logs = next(iter(self.commands.values()), {})
        return {(log, record.offset): record for log, mine in logs.items() for record in mine}

    @cached_property
    def first(self) -> dict[str, Entry]:
        """The first outcome of each command id."""
        found: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.first_outcome:
                found.setdefault(entry.command_id, entry)
        return found

    @property
    def acknowledged(self) -> int:
        """How many commands were answered with an outcome."""
        return len({op.invoke.command_id for op in self.writes if op.known})

    @property
    def unknown(self) -> int:
        """How many operations ended so that nobody knew their outcome."""
        return sum(op.end is None or op.end.type == "info" for op in self.ops)

    @property
    def injected(self) -> int:
        """How often the nemesis did something."""
        return sum(event.process == NEMESIS and event.f != HEAL for event in self.events)

    def at(self, position: int) -> Entry | None:
        """Return the entry at a position, if there is one."""
        return self.entries[position] if 0 <= position < len(self.entries) else None
