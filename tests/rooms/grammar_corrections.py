"""The words of a story about what is put right: errors and reversals."""

from tests.rooms.grammar import VERBS, Asked, Body, Line, Part, serials


def moved(part: Part) -> Body:
    """Read `LOT/1-20 HOLD:A01 -> HOLD:B02`."""
    named, source, _, target = part.words[-4:]
    lot, _, ends = named.partition("/")
    return {"lot": lot, **serials(ends), "source": source, "target": target}


def compensate(line: Line) -> Asked:
    """Read `compensate NAME LOT/1-20 HOLD:A01 -> HOLD:B02; ...`."""
    body: Body = {"moved": [moved(part) for part in line.parts], "reason": "A wrong account."}
    return "ledger.compensate.v1", body | {"position": line.position()}


def cover(line: Line) -> Asked:
    """Read `make-good PROJECT 400 of LOT from A01`."""
    body = line.selection() | line.said(account="from")
    return "reversal.cover.v1", body | {"project": line.words[0], "reason": "Felled for a road."}


VERBS |= {"compensate": compensate, "make-good": cover}
