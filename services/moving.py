"""Moving a ledger: its entries go into another log, which goes on where they end.

What a journal says is its bytes, so they are what moves; noise stays behind. The commands log of
the other place is a new generation: it opens with an attach to the last entry, and then has every
command that no entry answers yet, so that nothing that a client was told 202 for is lost.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Protocol

import msgspec

from libs.ledger.codec import derived_id, write_command
from libs.ledger.commands import AttachLog
from libs.ledger.entry import Head
from libs.ledger.ports import Inbox, LedgerFault, Log
from libs.ledger.replica import Reader
from services.logs import Kept, Logs
from services.surveying import Survey, Told, absent, accepted, quiet, survey, waiting

SYSTEM = "system:journal"


class SourceMoved(LedgerFault):
    """Something was appended to the source meanwhile; stop every process on it."""


class TargetDiffers(LedgerFault):
    """The target holds something else; nothing is written over."""


class Copied(msgspec.Struct, frozen=True):
    """What a copy did, or would do: entries there before and written, commands carried over."""

    source: str
    target: str
    ledger: str
    entries: int
    digest: str
    noise: int
    there: int
    written: int
    generation: int
    carried: int
    done: bool


class Target(Protocol):
    """A place that a ledger may be moved to; nothing is made there before `made`."""

    @property
    def url(self) -> str:
        """Where it is."""

    def looked(self) -> AbstractAsyncContextManager[Kept | None]:
        """Open what is there already; raise TargetDiffers where no ledger can go on there."""

    def made(self) -> AbstractAsyncContextManager[Log]:
        """Make what is missing, and open it; no process starts on it before it is settled."""

    async def settle(self) -> None:
        """Let processes start on it."""


async def common(source: Kept, target: Kept) -> int:
    """Return how many entries of the source the target has already, byte for byte.

    Raises TargetDiffers where it has any other, or more.
    """
    mine, there = (_singly(kept) for kept in (source, target))
    position = 0
    async for raw in there:
        if (wanted := await anext(mine, None)) is None:
            raise TargetDiffers(f"the target goes on behind position {position - 1}: serve that")
        if raw != wanted:
            raise TargetDiffers(f"the target has another entry at position {position}")
        position += 1
    return position


async def _singly(kept: Kept) -> AsyncIterator[bytes]:
    async for entries in accepted(kept, Reader(Head())):
        for raw in entries:
            yield raw


async def fill(source: Kept, target: Log, there: int, told: Told = quiet) -> int:
    """Append the entries of the source from a position on; return how many they are."""
    reader, written = Reader(Head()), 0
    async for entries in accepted(source, reader, told):
        fresh = entries[max(there - (reader.head.position - len(entries)), 0) :]
        await target.propose(fresh)
        written += len(fresh)
    return written


def attachment(seen: Survey) -> bytes:
    """Return the command that opens the next generation behind this head: always the same bytes."""
    head = seen.head
    identity = derived_id(f"attach/{head.log + 1}/{head.digest}")
    body = AttachLog(head.digest, head.position - 1)
    return write_command(identity, "log.attach.v1", SYSTEM, seen.at, body)


async def begin(target: Inbox, attach: bytes) -> None:
    """Open a generation with its attach; one that is open must be by this very command."""
    first = 0 if await target.commands_end() else await target.submit([attach])
    (record,) = await target.commands(0, 1)
    if first or record.offset or record.value != attach:
        raise TargetDiffers(
            f"generation {target.generation} of the commands log begins with another record"
        )


async def carry(source: Kept, seen: Survey, target: Log, *, sure: bool = True) -> int:
    """Append to a generation what the ones before it left without an answer; return how many."""
    there = await Logs.of([target])
    left = partial(waiting, source, seen)
    carried = 0
    async for records in absent(left, partial(there.commands, target.generation)):
        if records and sure:
            await target.submit([record.value for record in records])
        carried += len(records)
    return carried


async def copy(
    source: Kept, where: str, target: Target, seen: Survey, told: Told = quiet, *, sure: bool
) -> Copied:
    """Move a ledger, or say what that would do; a copy that was interrupted goes on.

    Raises SourceMoved where anything came to the source meanwhile: run it again then, with every
    process on the source stopped. Raises TargetDiffers where the target holds something else.
    """
    there, carried = await plan(source, target, seen)
    written = seen.head.position - there
    if sure:
        async with target.made() as log:
            await pour(source, log, seen, there, told)
            await target.settle()
    return Copied(
        source=where,
        target=target.url,
        ledger=seen.ledger,
        entries=seen.head.position,
        digest=seen.head.digest,
        noise=seen.noise,
        there=there,
        written=written,
        generation=seen.head.log + 1,
        carried=carried,
        done=sure,
    )


async def plan(source: Kept, target: Target, seen: Survey) -> tuple[int, int]:
    """Return how many entries the target has already, and how many commands wait for an answer."""
    async with target.looked() as kept:
        there = 0 if kept is None else await common(source, kept)
    return there, sum([len(records) async for records in waiting(source, seen)])


async def pour(source: Kept, target: Log, seen: Survey, there: int, told: Told = quiet) -> None:
    """Fill a target with what it has not got, open its generation, and read all of it back."""
    await fill(source, target, there, told)
    await _insist_still(source)
    await begin(target, attachment(seen))
    await carry(source, seen, target)
    found = await survey(await Logs.of([target]), seen.ledger)
    if found.head != seen.head:
        raise TargetDiffers(
            f"the target ends behind position {found.head.position - 1} with {found.head.digest}"
        )
    await _insist_still(source)


async def _insist_still(source: Kept) -> None:
    if await source.moved():
        raise SourceMoved(
            "something was appended to the source meanwhile: stop every process on it, and run this"
            " again; it goes on"
        )
