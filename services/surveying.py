"""Reading a ledger from end to end: its entries by the reader rule, and what has no answer yet."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from itertools import zip_longest

import msgspec

from libs.ledger.decider import Record
from libs.ledger.entry import Head
from libs.ledger.ports import Halted, LedgerFault
from libs.ledger.replica import Reader
from services.logs import Kept

Told = Callable[[int, int], None]
Stream = Callable[[], AsyncIterator[Sequence[Record]]]


class NoEntries(LedgerFault):
    """The journal has no entry: there is nothing to go on from."""


class Survey(msgspec.Struct, frozen=True):
    """What a journal's log holds: its entries' head and instant, and how much is no entry.

    `answered` says for each generation of the commands log behind which offset it goes on.
    """

    ledger: str
    head: Head
    at: str
    noise: int
    answered: Mapping[int, int]


class Stamp(msgspec.Struct, frozen=True):
    """Which ledger an entry is of, and its instant."""

    ledger: str
    at: str


_stamp = msgspec.json.Decoder(Stamp)


def quiet(_done: int, _end: int) -> None:
    """Tell nobody how far it is."""


async def survey(source: Kept, ledger: str, told: Told = quiet) -> Survey:
    """Read a journal to its end by the reader rule.

    Raises NoEntries where it has none, and Halted where it is of another ledger.
    """
    reader, answered, last = Reader(Head()), dict[int, int](), b""
    async for records in source.journal():
        for record in records:
            entry = reader.read(record.value)
            if entry is None:
                continue
            last = record.value
            answered[entry.log] = entry.offset + 1
            if not entry.position and (kept := _stamp.decode(last).ledger) != ledger:
                raise Halted(f"this log is the ledger {kept!r}; set TONNE_NAME={kept}")
        told(records[-1].offset + 1, source.size)
    if not last:
        raise NoEntries("the journal has no entry: there is nothing to go on from")
    noise = reader.noise.below + reader.noise.void + reader.noise.equivocation
    return Survey(ledger, reader.head, _stamp.decode(last).at, noise, answered)


async def accepted(
    source: Kept, reader: Reader, told: Told = quiet
) -> AsyncIterator[Sequence[bytes]]:
    """Yield the entries of a journal's log, some at a time: never noise, never none."""
    async for records in source.journal():
        entries = [record.value for record in records if reader.read(record.value) is not None]
        if entries:
            yield entries
        told(records[-1].offset + 1, source.size)


async def waiting(source: Kept, seen: Survey) -> AsyncIterator[Sequence[Record]]:
    """Yield the command records that no entry answers, in their order.

    What an older generation left was carried into the next, unless it came there too late. An
    attach that nobody answered is left out: the next one takes its place.
    """
    for number, later in zip_longest(source.generations, source.generations[1:]):
        left = partial(source.commands, number, seen.answered.get(number, 0))
        known = None if later is None else partial(source.commands, later)
        async for records in left() if known is None else absent(left, known):
            yield [one for one in records if one.offset or number <= seen.head.log]


async def absent(left: Stream, there: Stream) -> AsyncIterator[Sequence[Record]]:
    """Yield the records of one stream that another has not got as often."""
    wanted = {_digest(record) async for records in left() for record in records}
    if not wanted:
        return
    found = Counter[bytes]()
    async for records in there():
        found.update(digest for record in records if (digest := _digest(record)) in wanted)
    async for records in left():
        fresh = []
        for record in records:
            digest = _digest(record)
            if found[digest]:
                found[digest] -= 1
            else:
                fresh.append(record)
        yield fresh


def _digest(record: Record) -> bytes:
    return sha256(record.value).digest()
