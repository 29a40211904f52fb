"""Busy journals to follow, and what follows them: shared by the tests of tables."""

import random
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from libs.edge.database import connect
from libs.edge.projection import Projection
from libs.ledger.codec import Command, encode
from libs.ledger.ports import Cursor
from services import migrating, views
from tests.edge.twin import Twin, issuance


def tell(twin: Twin, kind: str, body: Any, number: list[int]) -> bytes:
    """Fold one command of the first operator."""
    number[0] += 1
    identity = str(UUID(int=number[0]))
    sent = "2026-04-01T00:00:00.000Z"
    record = Command("operator:1", msgspec.Raw(encode(body)), identity, sent, kind)
    return twin.fold(encode(record))


def busy(twin: Twin, seed: int, commands: int) -> None:
    """Do everything that moves credits, in random order."""
    chance, number = random.Random(seed), [1000]
    project = {"scheme": "JC", "kind": "FM", "name": "n", "methodologies": []}
    tell(twin, "project.register.v1", {**project, "project": "P"}, number)
    accounts = ("A01", "B02", "C03")
    for account in accounts:
        tell(twin, "account.open.v1", {"account": account, "name": account}, number)
    for lot in range(4):
        tell(twin, "credits.issue.v1", issuance("P", f"L{lot}", 500), number)
    orders = []
    for _ in range(commands):
        source, target = chance.sample(accounts, 2)
        quantity, first = chance.randint(1, 40), chance.randint(1, 500)
        line: dict[str, Any] = {"source": source, "target": target, "quantity": quantity}
        claim = {"account": source, "beneficiary": "x", "purpose": "offset", "quantity": quantity}
        serials = [{"first": first, "last": min(500, first + quantity)}]
        what = chance.randrange(40)
        if what < 22:
            lines = {"lines": [line, {**line, "quantity": 1}], "atomic": chance.random() < 0.5}
            tell(twin, "transfer.request.v1", lines, number)
        elif what < 30:
            tell(twin, "credits.invalidate.v1", {"lines": [claim]}, number)
        elif what < 34:
            tell(twin, "credits.reserve.v1", {"account": source, "quantity": quantity}, number)
            orders.append(f"o-{twin.head.position - 1}")
        elif what < 37 and orders:
            tell(twin, "reservation.release.v1", {"order": orders.pop()}, number)
        elif what < 39:
            body = {"buffer": "FOREST", "reason": "x", "quantity": 1}
            tell(twin, "buffer.cancel.v1", body, number)
        else:
            body = {"lot": f"L{chance.randrange(4)}", "reason": "x", "serials": serials}
            tell(twin, "credits.annul.v1", body, number)


def replayed(journal: list[bytes], url: str, step: int) -> Projection:
    """Follow a whole journal, `step` entries at a time."""
    (projection,) = views.followers(connect(url))
    for start in range(0, len(journal), step):
        follow(projection, journal[start : start + step])
    return projection


def follow(projection: Projection, entries: list[bytes]) -> None:
    """Let a projection take entries behind its cursor, in one transaction."""
    position = projection.cursor().position + len(entries)
    projection.follow(entries, Cursor(position, sha256(entries[-1]).hexdigest()))


def migrated(url: str) -> None:
    """Make the tables of a database that processes share."""
    engine = connect(url)
    migrating.upgrade(engine)
    engine.dispose()


def journal(seed: int, commands: int) -> list[bytes]:
    """Return the entries of a busy ledger."""
    twin = Twin("sqlite://")
    twin.following = False
    twin.open()
    busy(twin, seed, commands)
    twin.views.dispose()
    return twin.journal


def contents(entries: list[bytes]) -> dict[str, str]:
    """Return what a replay in memory makes of entries, table by table."""
    fresh = replayed(entries, "sqlite://", 500)
    try:
        return dict(fresh.contents())
    finally:
        fresh.engine.dispose()
