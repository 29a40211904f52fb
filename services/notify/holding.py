"""What somebody holds who has a code: a notice, or the document of one line of its batch."""

import re

import msgspec
from sqlalchemy import Connection, RowMapping, select

from libs.edge.problems import Refused
from services.notify.batches import Batches, Found
from services.notify.links import Links, child, digest
from services.notify.projection import notices

_code = re.compile(r"[0-9a-f]{32}")


class Held(msgspec.Struct, frozen=True):
    """What somebody holds: the row of its notice, and of a batch the document of one line."""

    row: RowMapping
    child: Found | None = None


def by_code(read: Connection, links: Links, batches: Batches, code: str) -> Held | None:
    """Return what a code is of; whatever is no code of ours is of nothing, by the same look-ups."""
    wanted = select(notices).where(notices.c.check_digest == digest(code)).limit(1)
    row = read.execute(wanted).mappings().first()
    number = links.opened(code if _code.fullmatch(code) else "0" * 32)
    if row is not None:
        return Held(row)
    held = None if number is None or child(number) is None else by_number(read, batches, number)
    if held is None:
        return None
    by = links.made(held.row["number"], held.row["check_digest"])
    return held if by is not None and by.code(str(number)) == code else None


def by_number(read: Connection, batches: Batches, number: str) -> Held | None:
    """Return what a number names, be it of a notice or of a line of its batch."""
    named = child(number)
    wanted = select(notices).where(notices.c.number == (named.notice if named else number))
    row = read.execute(wanted).mappings().first()
    if row is None or named is None:
        return None if row is None else Held(row)
    try:
        found = batches.find(read, number)
    except Refused as wrong:
        if wrong.problem.code == "document_not_found":  # this notice has no batch, or not here
            return None
        raise
    return None if found is None else Held(row, found)
