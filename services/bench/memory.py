"""What a million segments take in memory, in a process of its own."""

import json
import os
import sys
from pathlib import Path

from libs.ledger.records import Lot
from libs.ledger.serials import Ranges
from libs.ledger.state import State


def resident(process: int | str = "self") -> int:
    """Return the resident bytes of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def segments(accounts: int, lots: int, pieces: int) -> int:
    """Return the bytes that accounts x lots x pieces segments add, gaps between all of them."""
    state = State("main")
    names = [f"HOLD:A{number:06d}" for number in range(accounts)]
    for number in range(lots):
        name = f"JC-ER-1-{number:06d}"
        state.lots[name] = Lot(name, "JC-ER-1", "JC", "A", ("2026-01-01", name))
    before = resident()
    for place, code in enumerate(names):
        for name in state.lots:
            first = 1 + 20 * place * pieces
            starts = range(first, first + 20 * pieces, 20)
            state.place(code, name, Ranges((start, start + 10) for start in starts))
    return resident() - before


if __name__ == "__main__":
    shape = [int(word) for word in sys.argv[1:4]]
    sys.stdout.write(json.dumps({"bytes": segments(*shape)}) + "\n")
