"""The tables beside a log, held against tables made anew from its journal."""

from pathlib import Path

from libs.edge.database import Projection, connect
from libs.ledger.entry import Head
from libs.ledger.ports import Cursor
from libs.ledger.replica import Reader
from services import views
from services.audit.finding import Finding
from services.audit.full import Report
from services.audit.journal import Export, Log
from services.settings import Settings

BATCH = 2000


def compare(source: Export | Log, log: Path, report: Report) -> None:
    """Note in a report whether the tables are what a replay makes of the journal."""
    url = Settings(log=f"sqlite:///{log}").database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        report.checks["tables"] = "there are none beside this log"
        return
    live, fresh = connect(url), connect("sqlite://")
    try:
        for kept, anew in zip(views.followers(live), views.followers(fresh), strict=True):
            end = kept.cursor()
            replay(source, anew, end.position)
            if anew.cursor() != end:
                _wrong(report, end.position - 1, f"{kept.name} followed another journal")
                return
            before, after = kept.contents(), anew.contents()
            for table in sorted(after):
                if before.get(table) != after[table]:
                    _wrong(report, end.position - 1, f"table {table} is not what a replay makes")
                    return
            last = end.position - 1
            report.checks["tables"] = f"{len(after)} equal a replay up to position {last}"
    finally:
        live.dispose()
        fresh.dispose()


def replay(source: Export | Log, projection: Projection, end: int) -> None:
    """Let a projection follow a journal from its first entry up to a position."""
    reader = Reader(Head())
    batch: list[bytes] = []
    for record in source.records():
        if reader.head.position >= end:
            return
        if reader.read(record.value) is None:
            continue
        batch.append(record.value)
        if len(batch) == BATCH or reader.head.position == end:
            projection.follow(batch, Cursor(reader.head.position, reader.head.digest))
            batch = []


def _wrong(report: Report, position: int, message: str) -> None:
    report.ok = False
    report.failure = Finding(position, "tables", message)
