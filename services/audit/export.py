"""The journal of a log as a file: the stored bytes, untouched, each entry on a line of its own."""

from collections.abc import Callable
from pathlib import Path

from libs.ledger.entry import Head
from libs.ledger.replica import Reader
from services.logs import opened
from services.surveying import accepted


async def write(
    url: str,
    ledger: str,
    file: Path,
    told: Callable[[int, int], None] = lambda _done, _end: None,
) -> Head:
    """Write the journal of a log into a file, whole or not at all; return its head."""
    reader = Reader(Head())
    unfinished = file.with_name(file.name + ".part")
    async with opened(url, ledger) as source:
        try:
            with unfinished.open("wb") as lines:
                async for entries in accepted(source, reader, told):
                    lines.writelines(entry + b"\n" for entry in entries)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    return reader.head
