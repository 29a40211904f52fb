"""What the ledger asks of the world: two logs and a clock; and the tree of faults.

LedgerFault
├── LogUnavailable   the log cannot be read or written now; try again
├── LogInUse         another process has the log; go through its server
├── LogDamaged       the log holds what it must never hold
├── Halted           this replica must not go on; a person must look
└── WaitRanOut       no verdict within the wait; the command may still be answered
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from libs.ledger.decider import Record
from libs.ledger.entry import Digest


class LedgerFault(Exception):
    """The world is not fine: nothing was decided, nothing is lost."""


class LogUnavailable(LedgerFault):
    """The log cannot be read or written now."""


class LogInUse(LedgerFault):
    """Another process has the log open; go through its server."""


class LogDamaged(LedgerFault):
    """The log holds what it must never hold."""


class Halted(LedgerFault):
    """This replica must not go on; a person must look."""


class WaitRanOut(LedgerFault):
    """No verdict came within the wait; the command may still be answered."""


class Noted(msgspec.Struct, frozen=True):
    """A record of the journal's log: its place there, and the bytes (an entry, or noise)."""

    offset: int
    value: bytes


class Inbox(Protocol):
    """The commands log: every record gets exactly one entry, in this order."""

    @property
    def generation(self) -> int:
        """The generation of this log; a new one opens with `log.attach.v1`."""

    async def submit(self, records: Sequence[bytes]) -> int:
        """Append records and return the offset of the first, once they are durable."""

    async def commands_end(self) -> int:
        """Return the offset behind the last record."""

    async def commands(self, offset: int, most: int) -> Sequence[Record]:
        """Return records from the offset on; wait until there is one."""


class Journal(Protocol):
    """The journal's log: entries, and noise that no reader counts."""

    async def propose(self, entries: Sequence[bytes]) -> None:
        """Append entries; return once they are durable."""

    async def entries(self, offset: int, most: int) -> Sequence[Noted]:
        """Return durable records from the offset on; wait until there is one."""

    async def journal_end(self) -> int:
        """Return the offset behind the last durable record."""


class Log(Inbox, Journal, Protocol):
    """Both logs of a ledger, as an adapter gives them."""

    async def close(self) -> None:
        """Write what waits, and let go."""


class Clock(Protocol):
    """The time that patience is measured by; no rule ever sees it."""

    def monotonic_ms(self) -> int:
        """Return milliseconds since some instant."""


class Cursor(msgspec.Struct, frozen=True):
    """How far a follower has come: the next position, and the digest of the entry before it."""

    position: int
    digest: Digest


class Follower(Protocol):
    """Anything that follows the journal and keeps its own cursor with what it made of it."""

    @property
    def name(self) -> str:
        """What the follower is called in metrics and messages."""

    def cursor(self) -> Cursor:
        """Return where the follower goes on."""

    def follow(self, entries: Sequence[bytes], after: Cursor) -> None:
        """Take accepted entries from the cursor on, and the new cursor, in one transaction."""
