"""Where a head stands in a log that may have been copied, cut, or put in another's place."""

from hashlib import sha256

from libs.ledger.entry import Head
from libs.ledger.log.tails import Tails

MANY = 10_000


async def find(log: Tails, head: Head, place: int) -> int | None:
    """Return the offset behind the entry that the head stands behind; None where there is none.

    `place` is where that was when last seen: the log is searched only where it is there no more.
    """
    if not head.position:
        return place if 0 <= place <= await log.end() else 0
    end = await log.end()
    if 0 < place <= end:
        (record, *_) = await log.read(place - 1, 1)
        if sha256(record.value or b"").hexdigest() == head.digest:
            return place
    offset = 0
    while offset < end:
        for record in await log.read(offset, MANY):
            if sha256(record.value or b"").hexdigest() == head.digest:
                return record.offset + 1
            offset = record.offset + 1
    return None
