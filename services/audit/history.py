"""What the journal says of one credit, or of an instant long ago."""

from collections.abc import Callable, Iterator

import msgspec

from libs.edge.paging import whole
from libs.ledger.codec import encode
from libs.ledger.entry import Entry, Head, decode, outline
from libs.ledger.instants import parse, span
from libs.ledger.replica import Reader
from libs.ledger.touches import touches
from services.audit.finding import Wrong
from services.audit.journal import Export, Log
from services.audit.verdicts import BROKEN, Redecided, ledger
from services.decider import decider


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event in the life of a credit: when, why, by whom; from where to where, if it moved."""

    position: int
    at: str
    type: str
    actor: str
    source: str = ""
    target: str = ""
    first: int
    last: int
    said: dict[str, str | int]


class Actor(msgspec.Struct, frozen=True):
    """Who sent a command, where it could be read."""

    actor: str = ""


class At(msgspec.Struct, frozen=True):
    """The instant that an entry was decided at."""

    at: str


_actor = msgspec.json.Decoder(Actor)
_at = msgspec.json.Decoder(At)


def until(where: str) -> Callable[[bytes], bool]:
    """Return what stops a reading: behind a position, or behind the last entry at an instant.

    A day ends with its last millisecond in UTC. Raises ValueError for anything else.
    """
    position = whole(where)
    if position is not None:
        return lambda raw: (entry := outline(raw)) is not None and entry.position > position
    _, last_ms = span(where)

    def later(raw: bytes) -> bool:
        try:
            return parse(_at.decode(raw).at) > last_ms
        except (ValueError, msgspec.MsgspecError):
            return False  # deciding it again says what is wrong with it

    return later


def balances(
    source: Export | Log, until: Callable[[bytes], bool], account: str | None
) -> dict[str, object]:
    """Return who held how much of which lot before the entry that a reading stops at."""
    redecided = Redecided(decider(), ledger(source.records(), noise=source.noise))
    redecided.read(source.records(), noise=source.noise, until=until)
    held = [
        {"account": code, "lot": lot, "quantity": ranges.count}
        for code, holding in sorted(redecided.state.holdings.items())
        for lot, ranges in sorted(holding.lots.items())
        if account is None or account == code or account in code.split(":")
    ]
    head = redecided.head
    return {
        "position": head.position - 1,
        "digest": head.digest,
        "balances": held,
        "quantity": sum(int(str(row["quantity"])) for row in held),
    }


def life(source: Export | Log, lot: str, serial: int) -> Iterator[Step]:
    """Yield what every event did to one credit, in order; raise Wrong where the chain breaks."""
    reader = Reader(Head())
    name = encode(lot)
    for record in source.records():
        position = reader.head.position
        if reader.read(record.value) is None:
            if not source.noise:
                raise Wrong(position, "chain", BROKEN)
            continue
        if name not in record.value:
            continue
        try:
            entry = decode(record.value)
            yield from _steps(entry, lot, serial)
        except msgspec.MsgspecError as wrong:
            raise Wrong(position, "entry", f"this entry cannot be read: {wrong}") from None


def _steps(entry: Entry, lot: str, serial: int) -> Iterator[Step]:
    actor = _actor.decode(entry.command).actor
    for event in entry.events:
        said = {
            field: value
            for field in event.__struct_fields__
            if isinstance(value := getattr(event, field), str | int)
            and field not in ("line", "lot")
        }
        for touch in touches(event, lot, serial):
            yield Step(
                position=entry.position,
                at=entry.at,
                type=str(event.__struct_config__.tag),
                actor=actor,
                source=touch.source,
                target=touch.target,
                first=touch.first,
                last=touch.last,
                said=said,
            )


def parse_serial(serial: str) -> tuple[str, int]:
    """Return lot and number of a serial written LOT/NUMBER; raise ValueError for anything else."""
    lot, slash, number = serial.rpartition("/")
    if not slash or not lot or not number.isdecimal() or not number.isascii():
        raise ValueError(f"{serial!r} is no serial; write LOT/NUMBER, as in JC-FM-000123-01/17")
    return lot, int(number)
