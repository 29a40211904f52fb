"""The tables beside a log, held against tables made anew from its journal."""

from pathlib import Path

from libs.edge.database import connect
from libs.edge.projection import Projection
from libs.ledger.entry import Head
from libs.ledger.ports import Cursor, Halted
from libs.ledger.replica import Reader
from services import views
from services.audit.finding import Finding
from services.audit.full import Report
from services.audit.journal import Log
from services.settings import settings

BATCH = 2000


def compare(source: Log, log: str, report: Report) -> None:
    """Note in a report whether the tables are what a replay makes of the journal."""
    chosen = settings(log=log)
    if chosen.brokers is not None and not chosen.database:
        report.checks["tables"] = "not looked at: TONNE_DATABASE names none"
        return
    url = chosen.database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        report.checks["tables"] = "there are none beside this log"
        return
    live, fresh = connect(url, changes=False), connect("sqlite://")
    try:
        for anew in views.followers(fresh):
            # Its parts are only read here, so that the two may share them.
            kept = Projection(anew.name, live, anew.parts, create=False)
            _compare(source, kept, anew, report)
    except Halted as wrong:
        _wrong(report, report.entries - 1, str(wrong))
    finally:
        live.dispose()
        fresh.dispose()


def _compare(source: Log, kept: Projection, anew: Projection, report: Report) -> None:
    end, before = kept.standing()
    last = end.position - 1
    replay(source.again(), anew, end.position)  # tables of a cluster are ahead of what was audited
    if anew.cursor() != end:
        _wrong(report, max(last, 0), f"{kept.name} followed another journal")
        return
    after = anew.contents()
    for table in sorted(after):
        if before.get(table) != after[table]:
            _wrong(report, max(last, 0), f"table {table} is not what a replay makes")
            return
    behind = report.entries - end.position
    if not end.position:
        report.checks["tables"] = f"{len(after)} hold nothing yet; tonne rebuild fills them"
    else:
        lag = f", {behind:,} entries behind the journal" if behind > 0 else ""
        report.checks["tables"] = f"{len(after)} equal a replay up to position {last}{lag}"


def replay(source: Log, projection: Projection, end: int) -> None:
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


def _wrong(report: Report, position: int, words: str) -> None:
    report.ok = False
    report.failure = Finding(position, "tables", words)
