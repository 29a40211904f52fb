"""What the journal says of one credit, or of an instant long ago."""

from collections.abc import Callable, Iterator

import msgspec

from libs.ledger.entry import decode, outline
from libs.ledger.events import CreditPosting
from services.audit.journal import Export, Log
from services.audit.verdicts import Redecided
from services.decider import decider


class Step(msgspec.Struct, frozen=True):
    """One movement in the life of a credit: when, why, by whom, from where to where."""

    position: int
    at: str
    type: str
    actor: str
    source: str
    target: str
    first: int
    last: int
    said: dict[str, str | int]


class Actor(msgspec.Struct, frozen=True):
    """Who sent a command, where it could be read."""

    actor: str = ""


def until(where: str) -> Callable[[bytes], bool]:
    """Return what stops a reading: behind a position, or behind the last entry at an instant."""
    if where.isdecimal():
        position = int(where)

        def behind(raw: bytes) -> bool:
            entry = outline(raw)
            return entry is not None and entry.position > position

        return behind
    instant = where if "T" in where else f"{where}T23:59:59.999Z"

    def later(raw: bytes) -> bool:
        return outline(raw) is not None and decode(raw).at > instant

    return later


def balances(source: Export | Log, where: str, account: str | None) -> dict[str, object]:
    """Return who held how much of which lot behind a position or at the end of an instant."""
    records = source.records()
    first = next(records)
    redecided = Redecided(decider(), first.value)
    redecided.read([first], noise=source.noise)
    redecided.read(records, noise=source.noise, until=until(where))
    held = [
        {"account": code, "lot": lot, "quantity": ranges.count}
        for code, holding in sorted(redecided.state.holdings.items())
        for lot, ranges in sorted(holding.lots.items())
        if account is None or account in code.split(":")
    ]
    head = redecided.head
    return {
        "position": head.position - 1,
        "digest": head.digest,
        "balances": held,
        "quantity": sum(int(str(row["quantity"])) for row in held),
    }


def life(source: Export | Log, lot: str, serial: int) -> Iterator[Step]:
    """Yield every movement of one credit, in order; the chain is checked on the way."""
    redecided = Redecided(decider(), next(source.records()).value)
    reader = redecided.replica.reader
    name = msgspec.json.encode(lot)
    for record in source.records():
        if reader.read(record.value) is None or name not in record.value:
            continue
        entry = decode(record.value)
        for event in entry.events:
            for posting in event.postings:
                if (
                    isinstance(posting, CreditPosting)
                    and posting.lot == lot
                    and posting.first <= serial <= posting.last
                ):
                    said = {
                        field: value
                        for field in event.__struct_fields__
                        if isinstance(value := getattr(event, field), str | int)
                        and field not in ("line", "lot")
                    }
                    yield Step(
                        entry.position,
                        entry.at,
                        str(event.__struct_config__.tag),
                        msgspec.json.decode(entry.command, type=Actor).actor,
                        posting.source,
                        posting.target,
                        posting.first,
                        posting.last,
                        said,
                    )


def parse_serial(serial: str) -> tuple[str, int]:
    """Return lot and number of a serial written LOT/NUMBER; raise ValueError for anything else."""
    lot, slash, number = serial.rpartition("/")
    if not slash or not lot or not number.isdecimal() or not number.isascii():
        raise ValueError(f"{serial!r} is no serial; write LOT/NUMBER, as in JC-FM-000123-01/17")
    return lot, int(number)
