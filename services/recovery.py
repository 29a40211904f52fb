"""How an embedded registry starts: from its snapshot where the journal vouches for it, or zero."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

import structlog

from libs.ledger.codec import derived_id, write_command
from libs.ledger.cold import ColdIds
from libs.ledger.commands import RecordCheckpoint
from libs.ledger.decider import Decider, WrongDecider
from libs.ledger.entry import Head, decode, outline
from libs.ledger.frozen import freeze
from libs.ledger.holdings import holdings
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Halted
from libs.ledger.replica import Replica
from libs.ledger.rules import DECIDER
from libs.ledger.running import restore
from libs.ledger.snapshot import FORMAT, Snapshot, load, save, vouched
from libs.ledger.state import State

SNAPSHOT_EVERY = 100_000
"""After how many entries a snapshot is worth its time."""

Ask = Callable[[bytes], Awaitable[object]]

_log = structlog.get_logger("tonne")


class Recovery:
    """The files beside a log that make its start quick; all of them can be deleted.

    They save time and prove nothing, so nothing that goes wrong with them may hurt anybody.
    """

    def __init__(self, log: SqliteLog) -> None:
        self._log = log
        self._snapshot = log.path.with_name(log.path.name + ".snapshot")
        self._ids = log.path.with_name(log.path.name + ".ids")
        self.position = 0
        self._next_at = SNAPSHOT_EVERY
        self._cold: ColdIds | None = None

    async def start(self, decider: Decider, ledger: str) -> tuple[Replica, int]:
        """Return a replica that has folded the whole journal, and the offset behind it.

        Raises Halted where the journal is of another ledger, or for another version of the code.
        """
        await self._same_ledger(ledger)
        snapshot = load(self._snapshot)
        state = await vouched(snapshot, self._log) if snapshot is not None else None
        if snapshot is not None and state is not None and self._known(snapshot.head):
            replica = Replica(decider, state, snapshot.head, 0)
            replica.noise_at = list(snapshot.noise_at)
            offset, self.position = snapshot.offset, snapshot.head.position
            self._next_at = self.position + SNAPSHOT_EVERY
        else:
            replica, offset = Replica(decider, State(ledger), Head(), 0), 0
            self._begin_anew()
        replica.state.ids.cold, replica.state.ids.cold_before = self._cold, self.position
        try:
            offset = await restore(replica, self._log, offset)
        except WrongDecider as wrong:
            raise Halted(str(wrong)) from None
        if replica.state.rules.decider != DECIDER and replica.state.open:
            asked = replica.state.rules.decider
            raise Halted(f"the rules ask for decider {asked}, this code is decider {DECIDER}")
        return replica, offset

    def worth(self, head: Head) -> bool:
        """Say whether enough has happened since the last snapshot, or the last try."""
        return head.position >= self._next_at

    async def checkpoint(self, replica: Replica, sent: str, ask: Ask) -> None:
        """Write a snapshot behind the accepted head, once the journal has its checkpoint.

        Does nothing where entries are on their way: the state is ahead of the head then. If the
        process dies at any await, the old snapshot stays, and cold ids kept too early do not count.
        """
        head = replica.accepted
        if replica.tip != head or self._cold is None or head.position == self.position:
            return
        self._next_at = head.position + SNAPSHOT_EVERY
        offset = head.position + len(replica.noise_at)
        frozen, claimed = freeze(replica.state), holdings(replica.state)
        hot = dict(replica.state.ids.hot)
        snapshot = Snapshot(FORMAT, head, offset, tuple(replica.noise_at), frozen)
        body = RecordCheckpoint(head.digest, claimed, head.position - 1)
        identity = derived_id(f"checkpoint/{head.digest}")
        try:
            await asyncio.to_thread(self._cold.add, hot.items(), head.position, head.digest)
            record = write_command(identity, "checkpoint.record.v1", "system:snapshot", sent, body)
            await ask(record)
            await asyncio.to_thread(save, self._snapshot, snapshot)
        except (sqlite3.Error, OSError) as wrong:
            _log.warning("no snapshot", why=str(wrong))
            return
        replica.state.ids.cooled(hot, head.position)
        self.position = head.position

    def close(self) -> None:
        """Let go of the files."""
        if self._cold is not None:
            self._cold.close()

    async def _same_ledger(self, ledger: str) -> None:
        """Refuse a journal that names another ledger than the one asked for."""
        for record in await self._log.entries(0, 1) if await self._log.journal_end() else ():
            if (
                outline(record.value) is not None
                and (kept := decode(record.value).ledger) != ledger
            ):
                raise Halted(f"this log is the ledger {kept!r}; set TONNE_NAME={kept}")

    def _known(self, head: Head) -> bool:
        """Say whether the cold ids go with a snapshot of this head."""
        try:
            self._cold = ColdIds(self._ids)
            return self._cold.knows(head.position, head.digest)
        except sqlite3.Error as wrong:
            _log.warning("the ids file is no use", why=str(wrong))
            return False

    def _begin_anew(self) -> None:
        """Remove the side files: they are of another journal, damaged, or not there."""
        self.close()
        self._cold = None
        for suffix in ("", "-wal", "-shm"):
            self._ids.with_name(self._ids.name + suffix).unlink(missing_ok=True)
        self._snapshot.unlink(missing_ok=True)
        try:
            self._cold = ColdIds(self._ids)
        except sqlite3.Error as wrong:
            _log.warning("no cold ids", why=str(wrong))
