"""Reading tables for the checks: every row of every table that follows the journal."""

from hashlib import sha256
from io import BytesIO
from typing import Any

from sqlalchemy import Engine, select

from libs.auditor import audit
from libs.edge.cursors import VIEWS, cursor_of, snapshot
from libs.edge.database import connect
from libs.ledger.ports import Cursor
from services import views
from tests.faults.run import Tables

BATCH = 2000


def dump(engine: Engine) -> Tables:
    """Return all rows, and where they say they stand, in one snapshot."""
    (projection,) = views.followers(engine)
    with snapshot(engine) as connection:
        rows: dict[str, list[dict[str, Any]]] = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in projection.tables
        }
        cursor = cursor_of(connection, VIEWS)
    return Tables(rows, cursor.position, cursor.digest)


def made_anew(url: str, journal: list[bytes]) -> Tables:
    """Follow a whole journal into an empty database, and return what it has then."""
    engine = connect(url)
    try:
        (projection,) = views.followers(engine)
        for start in range(0, len(journal), BATCH):
            part = journal[start : start + BATCH]
            projection.follow(part, Cursor(start + len(part), sha256(part[-1]).hexdigest()))
        return dump(engine)
    finally:
        engine.dispose()


def audited(journal: list[bytes]) -> str:
    """Return the digest of the holdings by the auditor's program, or what it says is broken."""
    told = audit.prove(BytesIO(b"".join(raw + b"\n" for raw in journal)))[1]
    return str(told["holdings"] or told["failure"])
