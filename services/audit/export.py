"""The journal of a log as a file: the stored bytes, untouched, each entry on a line of its own."""

from collections.abc import Callable
from pathlib import Path

from libs.ledger.entry import Head
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.replica import Reader

BATCH = 10_000


async def write(
    path: Path, file: Path, told: Callable[[int, int], None] = lambda _done, _end: None
) -> Head:
    """Write the journal of a log into a file, whole or not at all; return its head."""
    source = SqliteLog(path, create=False)
    reader = Reader(Head())
    unfinished = file.with_name(file.name + ".part")
    try:
        end, offset = await source.journal_end(), 0
        with unfinished.open("wb") as lines:
            while offset < end:
                records = await source.entries(offset, BATCH)
                lines.writelines(one.value + b"\n" for one in records if reader.read(one.value))
                offset = records[-1].offset + 1
                told(offset, end)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
        await source.close()
    return reader.head
