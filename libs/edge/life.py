"""The whole life of one credit: every entry that touched its serial, from issue to use."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import msgspec
from sqlalchemy import Connection, Select, select, union

from libs.edge.answered import asked
from libs.edge.answers import Command
from libs.edge.books import holder, holdings, movements
from libs.edge.identity import Caller
from libs.edge.paging import read_cursor, whole, write_cursor
from libs.edge.problems import Refused
from libs.ledger.accounts import kind
from libs.ledger.codec import encode
from libs.ledger.entry import Entry, decode
from libs.ledger.events import Event
from libs.ledger.touches import touches

Witness: TypeAlias = Callable[[str, int], Select[tuple[int]]]
"""A room's own record of positions that touched a serial, beside the movements."""

STATUS = {
    "HOLD": "held",
    "LOCK": "reserved",
    "BUF": "buffered",
    "RET": "retired",
    "WDL": "withdrawn",
}

EVERYBODYS = frozenset(
    {
        *("beneficiary", "certified_on", "lot", "period_from", "period_to", "project", "purpose"),
        *("reason", "stated_on", "used", "vintage_from", "vintage_to"),
    }
)
"""What a public register says of a credit; accounts, orders and notes are their holders'."""


class LifeStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event of a credit's life: who asked for it, what moved, and what was said (`said`)."""

    position: int
    at: str
    type: str
    command: Command
    said: msgspec.Raw
    first: int | msgspec.UnsetType = msgspec.UNSET
    last: int | msgspec.UnsetType = msgspec.UNSET
    source: str | msgspec.UnsetType = msgspec.UNSET
    target: str | msgspec.UnsetType = msgspec.UNSET


class SerialLife(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A credit: where it is now, and how it came there, oldest first.

    `serial` is LOT:NUMBER; `account` the code that has it, `holder` the account behind that.
    """

    serial: str
    lot: str
    number: int
    account: str
    status: str
    steps: tuple[LifeStep, ...]
    holder: str | msgspec.UnsetType = msgspec.UNSET
    next_cursor: str | msgspec.UnsetType = msgspec.UNSET


class Found(msgspec.Struct, frozen=True):
    """What the tables know of a serial: its account, and the positions on this page."""

    account: str
    positions: tuple[int, ...]
    next_cursor: str | msgspec.UnsetType


def parse(serial: str) -> tuple[str, int]:
    """Return lot and number of `LOT:NUMBER`, or of `LOT/NUMBER`."""
    cut = max(serial.rfind(":"), serial.rfind("/"))
    lot, number = serial[: max(cut, 0)], serial[cut + 1 :]
    found = whole(number)
    if not lot or not found:
        raise Refused("serial_not_found")
    return lot, found


def find(
    connection: Connection,
    witnesses: Sequence[Witness],
    serial: tuple[str, int],
    limit: int,
    cursor: str | None,
) -> Found:
    """Find where a serial is and which entries touched it."""
    lot, number = serial
    account = connection.scalar(
        select(holdings.c.account)
        .where(holdings.c.lot == lot, holdings.c.first <= number)
        .where(holdings.c.last >= number)
    )
    if account is None:
        raise Refused("serial_not_found")
    touched = union(
        select(movements.c.position)
        .where(movements.c.lot == lot, movements.c.first <= number)
        .where(movements.c.last >= number),
        *(witness(lot, number) for witness in witnesses),
    ).subquery()
    wanted = select(touched.c.position).order_by(touched.c.position).limit(limit + 1)
    if cursor is not None:
        wanted = wanted.where(touched.c.position > read_cursor(cursor, (int,))[0])
    positions = tuple(connection.scalars(wanted))
    more = write_cursor(positions[limit - 1 : limit]) if len(positions) > limit else msgspec.UNSET
    return Found(str(account), positions[:limit], more)


def tell(
    who: Caller, serial: tuple[str, int], found: Found, entries: Sequence[bytes]
) -> SerialLife:
    """Tell a life from the entries that made it, as far as it is the caller's to know."""
    lot, number = serial
    account = who.shown(found.account)
    owner = holder(account)
    return SerialLife(
        serial=f"{lot}:{number}",
        lot=lot,
        number=number,
        account=account,
        status=STATUS.get(kind(found.account), "elsewhere"),
        holder=owner or msgspec.UNSET,
        steps=tuple(
            _shown(who, step) for raw in entries for step in _steps(decode(raw), lot, number)
        ),
        next_cursor=found.next_cursor,
    )


def _steps(entry: Entry, lot: str, number: int) -> Iterator[LifeStep]:
    command = msgspec.convert(asked(entry), Command, from_attributes=True)
    for event in entry.events:
        for touch in touches(event, lot, number):
            yield LifeStep(
                position=entry.position,
                at=entry.at,
                type=str(event.__struct_config__.tag),
                command=command,
                said=_said(event),
                first=touch.first,
                last=touch.last,
                source=touch.source or msgspec.UNSET,
                target=touch.target or msgspec.UNSET,
            )


def _shown(who: Caller, step: LifeStep) -> LifeStep:
    """Keep of a step between others' accounts what is everybody's: what happened, for what claim.

    Whoever gave or received the credit is told between whom; who sent a command, its sender alone.
    """
    if not who.confined:
        return step
    if step.command.actor != who.actor:
        step = msgspec.structs.replace(step, command=Command(type=step.command.type))
    owners = [holder(end) for end in (step.source, step.target) if end is not msgspec.UNSET]
    if any(owner and who.sees(owner) for owner in owners):
        return step
    said = msgspec.json.decode(step.said, type=dict[str, msgspec.Raw])
    kept = {name: value for name, value in said.items() if name in EVERYBODYS}
    source, target = (
        end if end is msgspec.UNSET else who.shown(end) for end in (step.source, step.target)
    )
    return msgspec.structs.replace(
        step, said=msgspec.Raw(encode(kept)), source=source, target=target
    )


def _said(event: Event) -> msgspec.Raw:
    """Return what an event says beside its postings."""
    fields = msgspec.json.decode(encode(event), type=dict[str, msgspec.Raw])
    told = {name: value for name, value in fields.items() if name not in ("postings", "type")}
    return msgspec.Raw(encode(told))
