"""Where a head stands in a log that may have been copied, cut, or put in another's place."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from libs.ledger.entry import Head

MANY = 10_000


class LogRecord(Protocol):
    """A record of the journal's log; a stranger's may have no value at all."""

    @property
    def offset(self) -> int:
        """Its place in the log."""

    @property
    def value(self) -> bytes | None:
        """Its bytes."""


class Log(Protocol):
    """The journal's log, read from anywhere."""

    async def read(self, offset: int, most: int) -> Sequence[LogRecord]:
        """Return records from an offset on; wait until there is one."""

    async def end(self) -> int:
        """Return the offset behind the last record."""


async def find(log: Log, head: Head, place: int) -> int | None:
    """Return the offset behind the entry that the head stands behind; None where there is none.

    `place` is where that was when last seen: the log is searched only where it is there no more.
    """
    end = await log.end()
    if not head.position:
        return place if 0 <= place <= end else 0
    if 0 < place <= end:
        (record, *_) = await log.read(place - 1, 1)
        if _is(record, head):
            return place
    offset = 0
    while offset < end:
        for record in await log.read(offset, MANY):
            offset = record.offset + 1
            if _is(record, head):
                return offset
    return None


def _is(record: LogRecord, head: Head) -> bool:
    return sha256(record.value or b"").hexdigest() == head.digest
