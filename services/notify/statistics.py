"""Statistics: how many tonnes were issued, transferred and retired in each hour of the journal.

An hour's value carries the head behind the last entry it counts, so value and cursor are one
record: whatever is read again is below that head, and counts once.
"""

from collections.abc import Mapping, Sequence

import msgspec

from libs.ledger.accounts import kind
from libs.ledger.codec import encode
from libs.ledger.entry import Entry, Head, decode
from libs.ledger.events import CreditPosting, TransferSettled
from libs.ledger.instants import parse
from libs.ledger.ports import Noted
from libs.ledger.postings import size
from libs.ledger.replica import Reader

HOUR_SECONDS = 3600

AHEAD_MAX = 10_000
"""How many entries without a tonne go by before the cursor is written all the same."""


class Tonnes(msgspec.Struct, frozen=True):
    """What moved: out of issuance, from hand to hand, into retirement."""

    issued: int = 0
    transferred: int = 0
    retired: int = 0

    def __add__(self, other: "Tonnes") -> "Tonnes":
        """Return the sums."""
        return Tonnes(
            self.issued + other.issued,
            self.transferred + other.transferred,
            self.retired + other.retired,
        )


class Counted(msgspec.Struct, frozen=True):
    """The tonnes of an hour, and which entries they are of: behind `since`, up to `head`.

    since  the position of the head that the hour before it ended with
    head   the head behind the last entry counted
    place  where the journal's log goes on behind that entry
    """

    tonnes: Tonnes
    since: int
    head: Head
    place: int


NOTHING = Tonnes()
_counted = msgspec.json.Decoder(Counted)


def hour(instant: str) -> int:
    """Return the second, since 1970, that the hour of an instant begins with."""
    return parse(instant) // 1000 // HOUR_SECONDS * HOUR_SECONDS


def tonnes(entry: Entry) -> Tonnes:
    """Return what an entry moved."""
    issued = transferred = retired = 0
    for event in entry.events:
        settled = isinstance(event, TransferSettled)
        for posting in event.postings:
            if isinstance(posting, CreditPosting):
                issued += size(posting) * (kind(posting.source) == "ISS")
                transferred += size(posting) * settled
                retired += size(posting) * (kind(posting.target) == "RET")
    return Tonnes(issued, transferred, retired)


def write(counted: Counted) -> bytes:
    """Return the bytes of an hour's value."""
    return encode(counted)


def read(raw: bytes) -> Counted:
    """Read an hour's value; raise msgspec.MsgspecError where it is of another version."""
    return _counted.decode(raw)


def unbroken(hours: Mapping[int, Counted]) -> dict[int, Counted]:
    """Return the hours, oldest first, as far as each goes on where the one before it ended.

    A process that stood still may wake and write an older value over a newer one: from there on
    everything is counted again.
    """
    good: dict[int, Counted] = {}
    position = 0
    for start, counted in sorted(hours.items()):
        if counted.since != position:
            break
        good[start] = counted
        position = counted.head.position
    return good


class Hours:
    """The follower that counts: it reads the journal's log by the reader rule, and keeps no file.

    What it counts is written elsewhere by whoever feeds it, and given back to `resume`.
    """

    def __init__(self) -> None:
        self.resume({})

    def resume(self, hours: Mapping[int, Counted]) -> None:
        """Go on behind what was written."""
        self.hours = unbroken(hours)
        last = next(reversed(self.hours.values()), None)
        self.place = last.place if last else 0
        self._reader = Reader(last.head if last else Head())
        self._written = self._reader.head.position

    @property
    def head(self) -> Head:
        """The head behind the last entry that was read."""
        return self._reader.head

    def take(self, records: Sequence[Noted]) -> Mapping[int, Counted]:
        """Count records of the journal's log, from `place` on; return the hours that changed."""
        changed: dict[int, Counted] = {}
        latest = max(self.hours, default=0)
        for record in records:
            if record.offset < self.place:
                continue
            self.place = record.offset + 1
            if self._reader.read(record.value) is None:
                continue
            at, moved = _moved(record.value)
            # Instants never go back in a journal, but one that a forger extended might say so.
            latest = max(latest, at)
            ahead = self.head.position - self._written >= AHEAD_MAX
            if latest and (ahead or moved != NOTHING):
                changed[latest] = self._count(latest, moved)
        return changed

    def _count(self, start: int, moved: Tonnes) -> Counted:
        before = self.hours.get(start)
        since = before.since if before else self._written
        total = before.tonnes + moved if before else moved
        self.hours[start] = counted = Counted(total, since, self.head, self.place)
        self._written = self.head.position
        return counted


def _moved(raw: bytes) -> tuple[int, Tonnes]:
    """Return the hour of an accepted entry and what it moved; nothing where it makes no sense."""
    try:
        entry = decode(raw)
        return hour(entry.at), tonnes(entry)
    except (msgspec.MsgspecError, ValueError):
        return 0, NOTHING
