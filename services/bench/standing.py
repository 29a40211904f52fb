"""A ledger in this process, without a log: entries to follow, and a state to copy."""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from libs.ledger.decider import Record
from libs.ledger.entry import Head
from libs.ledger.log.memory import MemoryLog
from libs.ledger.ports import Noted
from libs.ledger.replica import Replica
from libs.ledger.state import State
from services.bench.workload import Workload
from services.decider import decider
from services.recovery import Recovery

STARTED_MS = 1_767_225_600_000


def decided(work: Workload, count: int) -> list[bytes]:
    """Return the entries of the workload's opening and of so many transfers behind it."""
    return _folded(work, work.spread(count))[1]


async def pauses(segments: int, runs: int) -> list[float]:
    """Return the milliseconds for which a process decides nothing while its state is copied."""
    work = Workload(5)
    replica, _ = _folded(work, work.scattered(segments))
    spent = []
    for _ in range(runs):
        with TemporaryDirectory(prefix="tonne-bench-") as folder:
            recovery = Recovery(MemoryLog(), Path(folder) / "state")
            await recovery.start(replica.decider, "main")
            started = time.perf_counter()
            assert recovery.take(replica) is not None
            spent.append((time.perf_counter() - started) * 1000)
            recovery.close()
    return spent


def _folded(work: Workload, more: Sequence[bytes]) -> tuple[Replica, list[bytes]]:
    """Return a replica that has decided the opening and more, and its entries."""
    setting = [*work.setting()]
    replica = Replica(decider(), State("main"), Head())
    replica.take(
        Record(0, offset, STARTED_MS + offset, record)
        for offset, record in enumerate([*setting, *more])
    )
    entries = [*replica.due(0)]
    replica.accept((Noted(offset, entry) for offset, entry in enumerate(entries)), 0)
    return replica, entries
