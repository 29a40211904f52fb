"""Snapshots: a state at a position, written beside the traffic, used only if the journal vouches.

A snapshot saves time and proves nothing: it is used only where the journal holds the entry it was
taken behind, and a later checkpoint that claims the very holdings it adds up to.
"""

import os
from hashlib import sha256
from pathlib import Path

import msgspec

from libs.ledger.entry import Head, decode
from libs.ledger.events import CheckpointRecorded
from libs.ledger.frozen import Frozen, thaw
from libs.ledger.holdings import holdings
from libs.ledger.ports import Journal
from libs.ledger.records import Registers
from libs.ledger.replica import Reader
from libs.ledger.state import State

FORMAT = f"6 {' '.join(Registers.__struct_fields__)}"
"""What a snapshot is read as: one that lacks a register would know less than its journal."""
BATCH = 2000
MARK = b'"checkpoint.recorded.v1"'


class Snapshot(msgspec.Struct, frozen=True):
    """A state behind an entry: the head, where its journal's log goes on, and the noise before."""

    format: str
    head: Head
    offset: int
    noise_at: tuple[int, ...]
    state: Frozen


def save(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot, whole or not at all, behind the digest of its bytes."""
    body = msgspec.msgpack.encode(snapshot)
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        file.write(sha256(body).digest())
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def load(path: Path) -> Snapshot | None:
    """Return a snapshot, or None where there is none that can be read."""
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        return None
    if sha256(memoryview(kept)[32:]).digest() != kept[:32]:
        return None
    try:
        snapshot = msgspec.msgpack.decode(memoryview(kept)[32:], type=Snapshot)
    except msgspec.MsgspecError:
        return None
    return snapshot if snapshot.format == FORMAT else None


async def vouched(snapshot: Snapshot, journal: Journal) -> State | None:
    """Return the state of a snapshot where the journal vouches for it, else None."""
    end = await journal.journal_end()
    behind, noise = snapshot.offset - 1, frozenset(snapshot.noise_at)
    while behind in noise:
        behind -= 1
    if not 0 <= behind < end:
        return None
    (entry,) = await journal.entries(behind, 1)
    if sha256(entry.value).hexdigest() != snapshot.head.digest:
        return None
    state = thaw(snapshot.state)
    claimed = await _claim(snapshot, journal, end)
    return state if claimed is not None and claimed == holdings(state) else None


async def _claim(snapshot: Snapshot, journal: Journal, end: int) -> str | None:
    """Return the holdings that the journal's checkpoint of this position claims."""
    offset, reader = snapshot.offset, Reader(snapshot.head)
    while offset < end:
        for record in await journal.entries(offset, BATCH):
            offset = record.offset + 1
            if reader.read(record.value) is None or MARK not in record.value:
                continue
            for event in decode(record.value).events:
                if isinstance(event, CheckpointRecorded) and (
                    (event.position, event.digest)
                    == (snapshot.head.position - 1, snapshot.head.digest)
                ):
                    return event.holdings
    return None
