"""Time one start of an embedded registry's replica, in a process of its own."""

import asyncio
import json
import sys
import time
from pathlib import Path

from libs.ledger.log.sqlite import SqliteLog
from services.decider import decider
from services.recovery import Recovery


async def start(path: Path) -> dict[str, float | int]:
    """Return how long it took, from which position, up to which."""
    started = time.perf_counter()
    log = SqliteLog(path, create=False)
    recovery = Recovery(log, path)
    replica = await recovery.start(decider(), "main")
    seconds = time.perf_counter() - started
    recovery.close()
    await log.close()
    return {
        "seconds": seconds,
        "snapshot": recovery.position,
        "position": replica.accepted.position,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(start(Path(sys.argv[1])))) + "\n")
