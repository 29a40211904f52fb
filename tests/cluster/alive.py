"""Whether a process that is no child of ours runs."""

import os
from pathlib import Path


def runs(pid: int) -> bool:
    """Return whether a process runs; one that ended and was not yet seen off does not."""
    try:
        os.kill(pid, 0)
        told = Path(f"/proc/{pid}/stat")
        return not told.is_file() or told.read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
