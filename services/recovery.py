"""How an embedded registry starts: from its snapshot where the journal vouches for it, or zero."""

import asyncio

from libs.ledger.codec import write_command
from libs.ledger.cold import ColdIds
from libs.ledger.commands import RecordCheckpoint
from libs.ledger.decider import Decider
from libs.ledger.entry import Head
from libs.ledger.frozen import freeze
from libs.ledger.holdings import holdings
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.replica import Replica
from libs.ledger.running import restore
from libs.ledger.snapshot import FORMAT, Snapshot, load, save, vouched
from libs.ledger.state import State

SNAPSHOT_EVERY = 100_000
"""After how many entries a snapshot is worth its time."""


class Recovery:
    """The files beside a log that make its start quick; all of them can be deleted."""

    def __init__(self, log: SqliteLog) -> None:
        self._log = log
        self._snapshot = log.path.with_name(log.path.name + ".snapshot")
        self._ids = log.path.with_name(log.path.name + ".ids")
        self.position = 0
        self._cold: ColdIds | None = None

    async def start(self, decider: Decider, ledger: str) -> tuple[Replica, int]:
        """Return a replica that has folded the whole journal, and the offset behind it."""
        snapshot = load(self._snapshot)
        state = None
        if snapshot is not None and self._ids.exists():
            state = await vouched(snapshot, self._log)
        if snapshot is None or state is None:
            for stale in (self._snapshot, self._ids):
                stale.unlink(missing_ok=True)
            replica, offset = Replica(decider, State(ledger), Head(), 0), 0
        else:
            replica = Replica(decider, state, snapshot.head, 0)
            replica.noise_at = list(snapshot.noise_at)
            offset, self.position = snapshot.offset, snapshot.head.position
        self._cold = ColdIds(self._ids)
        replica.state.ids.cold = self._cold
        return replica, await restore(replica, self._log, offset)

    async def snapshot(self, replica: Replica, sent: str) -> bytes | None:
        """Write a snapshot behind the accepted head; return the checkpoint command it asks for.

        Returns None where entries are on their way: the state is ahead of the head then. If the
        process dies at any await, the old snapshot stays, and ids kept too early do not count.
        """
        if replica.pending or self._cold is None:
            return None
        head, offset = replica.accepted, replica.accepted.position + len(replica.noise_at)
        frozen, claimed = freeze(replica.state), holdings(replica.state)
        hot = dict(replica.state.ids.hot)
        snapshot = Snapshot(FORMAT, head, offset, tuple(replica.noise_at), frozen)
        await asyncio.to_thread(self._cold.add, hot.items())
        await asyncio.to_thread(save, self._snapshot, snapshot)
        replica.state.ids.cooled(hot)
        self.position = head.position
        body = RecordCheckpoint(head.digest, claimed, head.position - 1)
        return write_command(_identity(head), "checkpoint.record.v1", "system:snapshot", sent, body)

    def close(self) -> None:
        """Let go of the files."""
        if self._cold is not None:
            self._cold.close()


def _identity(head: Head) -> str:
    """Return the id of the checkpoint behind a head: derived, so that it is claimed once."""
    name = head.digest
    return f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:32]}"
