"""Lines cut into parts: each part one command, cut the same way whenever the file is read."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

import msgspec
from msgspec import UNSET

from libs.ledger.codec import encode
from libs.ledger.events import LINES_MAX
from services.bulk.lines import Kind, Line, lines
from services.bulk.source import Source
from services.importers.sheets import SourceFault, Where
from services.pools.commands import Allocation

BYTES_MAX = 4 * 1024 * 1024
"""How long the lines of a part may be: their entry says them twice and must fit a ledger's own."""

LINES_BETWEEN = 20_000
"""How many lines are read between two words about it."""

Said = Callable[[int], None]


class Part(msgspec.Struct, frozen=True):
    """What remains of a part when all is read: what it asks, and by what it is known again.

    amount  grams or yen that are said
    people  how many lines name a natural person
    goods   how many of which goods, whose grams the registry knows
    """

    digest: bytes
    lines: int
    amount: int
    people: int
    goods: dict[str, int]


class Survey(msgspec.Struct, frozen=True):
    """A whole file, looked through: its digest, its parts, and where goods are first named."""

    digest: str
    parts: tuple[Part, ...]
    named: dict[str, int]

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return sum(part.lines for part in self.parts)


def survey(source: Source, kind: Kind, said: Said = lambda _: None) -> Survey:
    """Look a whole file through; raise SourceFault at the first cell that cannot be."""
    named: dict[str, int] = {}
    read = 0

    def watched() -> Iterator[Line]:
        nonlocal read
        for line in lines(source, kind):
            if isinstance(line.told, Allocation) and line.told.goods is not UNSET:
                named.setdefault(line.told.goods, line.row)
            read += 1
            if read % LINES_BETWEEN == 0:
                said(read)
            yield line

    digest = source.digest()
    found = [_part(cut, kind) for cut in _cut(watched())]
    if not found:
        raise SourceFault("rows_missing", Where(source.file), "there is nothing below the header")
    return Survey(digest, tuple(found), named)


def again(source: Source, kind: Kind, known: Survey) -> Iterator[tuple[Line, ...]]:
    """Yield the lines of each part; raise SourceFault where the file is no longer what it was."""
    cuts = _cut(lines(source, kind))
    for part in known.parts:
        cut = next(cuts, ())
        if _digest(cut) != part.digest:
            raise SourceFault("changed_meanwhile", Where(source.file), "the file was changed")
        yield cut


def _cut(every: Iterable[Line]) -> Iterator[tuple[Line, ...]]:
    part: list[Line] = []
    size = 0
    for line in every:
        more = len(encode(line))
        if part and (len(part) == LINES_MAX or size + more > BYTES_MAX):
            yield tuple(part)
            part, size = [], 0
        part.append(line)
        size += more
    if part:
        yield tuple(part)


def _part(cut: tuple[Line, ...], kind: Kind) -> Part:
    amount, goods = 0, Counter[str]()
    for line in cut:
        told = line.told
        if isinstance(told, Allocation) and told.goods is not UNSET:
            goods[told.goods] += 1 if told.count is UNSET else told.count
        else:
            amount += getattr(told, kind.amount)
    people = sum(bool(line.person) for line in cut)
    return Part(_digest(cut), len(cut), amount, people, dict(goods))


def _digest(cut: tuple[Line, ...]) -> bytes:
    return sha256(encode(cut)).digest()
