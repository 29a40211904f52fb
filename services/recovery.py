"""How a process starts: from a snapshot where the journal vouches for it, or from zero."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import structlog

from libs.ledger.codec import derived_id, write_command
from libs.ledger.cold import ColdIds
from libs.ledger.commands import RecordCheckpoint
from libs.ledger.decider import Decider, WrongDecider
from libs.ledger.entry import Head, decode, outline
from libs.ledger.frozen import freeze, thaw
from libs.ledger.holdings import holdings
from libs.ledger.ports import Halted, Journal
from libs.ledger.replica import Replica
from libs.ledger.rules import DECIDER
from libs.ledger.running import restore
from libs.ledger.snapshot import FORMAT, Snapshot, load, save, vouched
from libs.ledger.state import State

SNAPSHOT_EVERY = 100_000
"""After how many entries a snapshot is worth its time."""

Ask = Callable[[bytes], Awaitable[object]]

_log = structlog.get_logger("tonne")


class Taken(msgspec.Struct, frozen=True):
    """A snapshot on its way to the disk: the state, and the hot ids."""

    snapshot: Snapshot
    ids: dict[bytes, bytes]


class Recovery:
    """The files beside a log that make its start quick; all of them can be deleted.

    They save time and prove nothing, so nothing that goes wrong with them may hurt anybody. A
    process that only `reads` them leaves them to the one that writes them. Without a place there
    are none: a start folds the whole journal.
    """

    def __init__(self, journal: Journal, place: Path | None, *, writes: bool = True) -> None:
        self._journal = journal
        self._snapshot = place.with_name(place.name + ".snapshot") if place else None
        self._ids = place.with_name(place.name + ".ids") if place else None
        self._writes = writes
        self.position = 0
        self._next_at = SNAPSHOT_EVERY
        self._cold: ColdIds | None = None

    async def start(self, decider: Decider, ledger: str, patience_ms: int | None = 0) -> Replica:
        """Return a replica that has folded the whole journal.

        Raises Halted where the journal is of another ledger, or for another version of the code.
        """
        await self._same_ledger(ledger)
        snapshot = load(self._snapshot) if self._snapshot else None
        state = await vouched(snapshot, self._journal) if snapshot is not None else None
        if snapshot is not None and state is not None and self._known(snapshot.head):
            replica = Replica(
                decider, state, snapshot.head, patience_ms, snapshot.noise_at, snapshot.offset
            )
            self.position = snapshot.head.position
            self._next_at = self.position + SNAPSHOT_EVERY
        else:
            replica = Replica(decider, State(ledger), Head(), patience_ms)
            self._begin_anew()
        replica.state.ids.cold, replica.state.ids.cold_before = self._cold, self.position
        try:
            await restore(replica, self._journal)
        except WrongDecider as wrong:
            raise Halted(str(wrong)) from None
        if replica.state.rules.decider != DECIDER and replica.state.open:
            asked = replica.state.rules.decider
            raise Halted(f"the rules ask for decider {asked}, this code is decider {DECIDER}")
        return replica

    def worth(self, head: Head) -> bool:
        """Say whether enough has happened since the last snapshot, or the last try."""
        return self._cold is not None and self._writes and head.position >= self._next_at

    def take(self, replica: Replica) -> Taken | None:
        """Copy the state of a replica that has nothing on its way; None where there is no use."""
        head = replica.accepted
        assert replica.tip == head, "a snapshot of a state that is ahead of its head"
        if self._cold is None or head.position == self.position:
            return None
        self._next_at = head.position + SNAPSHOT_EVERY
        noise_at, frozen = tuple(replica.noise_at), freeze(replica.state)
        snapshot = Snapshot(FORMAT, head, replica.offset, noise_at, frozen)
        return Taken(snapshot, dict(replica.state.ids.hot))

    async def checkpoint(self, replica: Replica, taken: Taken, sent: str, ask: Ask) -> None:
        """Write a snapshot, once the journal has its checkpoint.

        If the process dies at any await, the old snapshot stays, and cold ids kept too early do
        not count.
        """
        head = taken.snapshot.head
        held = await asyncio.to_thread(lambda: holdings(thaw(taken.snapshot.state)))
        body = RecordCheckpoint(head.digest, held, head.position - 1)
        identity = derived_id(f"checkpoint/{head.digest}")
        record = write_command(identity, "checkpoint.record.v1", "system:snapshot", sent, body)
        assert self._cold is not None
        assert self._snapshot is not None
        try:
            await asyncio.to_thread(self._cold.add, taken.ids.items(), head.position, head.digest)
            await ask(record)
            await asyncio.to_thread(save, self._snapshot, taken.snapshot)
        except (sqlite3.Error, OSError) as wrong:
            _log.warning("no snapshot", why=str(wrong))
            return
        replica.state.ids.cooled(taken.ids, head.position)
        self.position = head.position

    def close(self) -> None:
        """Let go of the files."""
        if self._cold is not None:
            self._cold.close()

    async def _same_ledger(self, ledger: str) -> None:
        """Refuse a journal that names another ledger than the one asked for."""
        for record in (
            await self._journal.entries(0, 1) if await self._journal.journal_end() else ()
        ):
            if (
                outline(record.value) is not None
                and (kept := decode(record.value).ledger) != ledger
            ):
                raise Halted(f"this log is the ledger {kept!r}; set TONNE_NAME={kept}")

    def _known(self, head: Head) -> bool:
        """Say whether the cold ids go with a snapshot of this head."""
        if self._ids is None:
            return False
        try:
            self._cold = ColdIds(self._ids)
            return self._cold.knows(head.position, head.digest, forget=self._writes)
        except sqlite3.Error as wrong:
            _log.warning("the ids file is no use", why=str(wrong))
            return False

    def _begin_anew(self) -> None:
        """Remove the side files: they are of another journal, damaged, or not there."""
        self.close()
        self._cold = None
        if self._ids is None or self._snapshot is None or not self._writes:
            return
        for suffix in ("", "-wal", "-shm"):
            self._ids.with_name(self._ids.name + suffix).unlink(missing_ok=True)
        self._snapshot.unlink(missing_ok=True)
        try:
            self._cold = ColdIds(self._ids)
        except sqlite3.Error as wrong:
            _log.warning("no cold ids", why=str(wrong))
