"""Webhooks: who asked to hear of which facts, and the calls that wait for them.

A call is written in the transaction of the outbox's cursor and is named by what it tells of, so
each endpoint is called at least once for every fact that it asked for, under the same id. Keys are
sealed; endpoints are no facts of the ledger, and are forgotten when they are removed.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    and_,
    select,
    update,
)

from libs.edge.bulk import Row
from libs.edge.codes import Box
from libs.edge.database import reaching
from libs.ledger.codec import encode
from libs.ledger.entry import Entry, decode
from libs.ledger.events import Event, NoticeIssued
from libs.ledger.registers.notices import TYPES, parties
from services.notify.papers import add, metadata

PENDING, SENT, DEAD = "pending", "sent", "dead"
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
RETRY_MS = (
    *(5_000, 5 * MINUTE_MS, 30 * MINUTE_MS),
    *(hours * HOUR_MS for hours in (2, 5, 10, 14, 20, 20)),
)
"""How long a call waits behind each attempt that failed: ten attempts in three days."""

FAILURES_MAX, PAUSE_MS, PAUSE_MS_MAX = 5, MINUTE_MS, HOUR_MS
"""So many failures in a row pause an endpoint, for longer each time, so that it is not pressed."""

LEASE_MS = MINUTE_MS

endpoints = Table(
    "endpoints",
    metadata,
    Column("name", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("keys", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("paused_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint("state IN ('active', 'gone')", name="endpoints_state"),
)
"""`account` is whose facts it hears, all where it is empty; `events` the types, all where there is
none; `keys` are sealed."""

calls = Table(
    "calls",
    metadata,
    Column("endpoint", String, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("fact", Integer, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("fault", String),
    CheckConstraint("state IN ('pending', 'sent', 'dead')", name="calls_state"),
    Index("calls_by_state", "state", "endpoint", "next_at"),
)

TABLES: Sequence[Table] = (endpoints, calls)
_names = msgspec.json.Decoder(tuple[str, ...])


Place: TypeAlias = tuple[int, int]
"""A call among an endpoint's: the position of an entry, and which of its facts."""


class Keys(msgspec.Struct, frozen=True):
    """An endpoint's keys: a shared secret, a private key, and the shared secret before."""

    shared: str
    private: str
    before: str = ""

    @property
    def signing(self) -> tuple[str, ...]:
        """The keys that a message is signed by: while secrets change, by both."""
        return tuple(filter(None, (self.shared, self.private, self.before)))


def sealed(kept: Box, name: str, keys: Keys) -> str:
    """Return keys as the table may hold them."""
    return kept.seal(name, encode(keys).decode())


def opened(kept: Box, row: RowMapping) -> Keys:
    """Return an endpoint's keys; raise InvalidToken where they were sealed otherwise."""
    return msgspec.json.decode(kept.open(row["name"], row["keys"]), type=Keys)


def hear(connection: Connection, raws: Sequence[bytes]) -> None:
    """Write down the calls that accepted entries ask for."""
    rows = connection.execute(select(endpoints).where(endpoints.c.state == "active")).mappings()
    heard = [(row, frozenset(_names.decode(row["events"]))) for row in rows]
    if not heard:
        return
    waiting = [call for raw in raws for call in _calls(decode(raw), heard)]
    if waiting:
        add(connection, calls, *waiting)


def _calls(entry: Entry, heard: Sequence[tuple[RowMapping, frozenset[str]]]) -> Iterator[Row]:
    for fact, event in enumerate(entry.events):
        kind, concerned = TYPES[type(event)], _concerned(event)
        for endpoint, events in heard:
            if (events and kind not in events) or endpoint["account"] not in ("", *concerned):
                continue
            yield {
                "endpoint": endpoint["name"],
                "position": entry.position,
                "fact": fact,
                "id": f"{entry.ledger}-{entry.position}-{fact}",
                "type": kind,
                "payload": _payload(entry, fact, event),
                "state": PENDING,
                "attempts": 0,
                "next_at": 0,
                "sent_at": None,
                "fault": None,
            }


def _concerned(event: Event) -> tuple[str, ...]:
    return event.parties if isinstance(event, NoticeIssued) else parties(event)


def _payload(entry: Entry, fact: int, event: Event) -> str:
    data = {"ledger": entry.ledger, "position": entry.position, "fact": fact, "event": event}
    told = {"type": TYPES[type(event)], "timestamp": entry.at, "data": data}
    return encode(told).decode()


def due(engine: Engine, now_ms: int) -> Sequence[str]:
    """Return the endpoints that have a call whose time has come, and are not paused."""
    its = select(calls.c.endpoint).where(calls.c.endpoint == endpoints.c.name, _due(now_ms))
    asked = select(endpoints.c.name).where(_free(now_ms), its.exists())
    with reaching(), engine.connect() as connection:
        return connection.scalars(asked).all()


def waiting(engine: Engine, endpoint: str, now_ms: int, most: int) -> Sequence[Place]:
    """Return an endpoint's oldest calls whose time has come: they are asked for together.

    A hundred thousand may wait, and to find the oldest of so many takes longer than to call it.
    """
    asked = (
        select(calls.c.position, calls.c.fact)
        .where(calls.c.endpoint == endpoint, _due(now_ms))
        .order_by(calls.c.position, calls.c.fact)
        .limit(most)
    )
    with reaching(), engine.connect() as connection:
        return [(row.position, row.fact) for row in connection.execute(asked)]


def claim(
    engine: Engine, endpoint: str, place: Place, now_ms: int
) -> tuple[RowMapping, RowMapping] | None:
    """Take a call for a while, so that nobody else makes it; return its endpoint's row and its own.

    None where somebody else has it, or its endpoint is not to be called now.
    """
    mine = endpoints.c.name == endpoint
    free = select(endpoints.c.name).where(mine, _free(now_ms))
    taken = (
        update(calls)
        .where(_at(endpoint, *place), _due(now_ms), free.exists())
        .values(attempts=calls.c.attempts + 1, next_at=now_ms + LEASE_MS)
        .returning(*calls.c)
    )
    with reaching(), engine.begin() as connection:
        call = connection.execute(taken).mappings().first()
        if call is None:
            return None
        return connection.execute(select(endpoints).where(mine)).mappings().one(), call


def settle(engine: Engine, call: RowMapping, now_ms: int, fault: str, *, gone: bool) -> str:
    """Write down how a call ended, and return it: sent, deferred or dead."""
    attempt = call["attempts"]
    outcome = "deferred"
    values: Row = {"fault": fault}
    if not fault:
        outcome = SENT
        values = {"state": SENT, "sent_at": now_ms, "fault": None}
    elif gone or attempt > len(RETRY_MS):
        outcome = DEAD
        values = {"state": DEAD, "fault": fault}
    else:
        values["next_at"] = now_ms + RETRY_MS[attempt - 1]
    mine = endpoints.c.name == call["endpoint"]
    this = _at(call["endpoint"], call["position"], call["fact"])
    with reaching(), engine.begin() as connection:
        if not connection.execute(update(calls).where(this).values(values)).rowcount:
            return outcome  # removed meanwhile: who has the name now is another
        failed = connection.scalar(select(endpoints.c.failures).where(mine)) or 0
        stands: Row = {"failures": 0, "paused_until": 0}
        if fault:
            stands = {"failures": failed + 1, "paused_until": _paused(failed + 1, now_ms)}
        if gone:
            stands["state"] = "gone"
        if fault or failed:  # a row that says so already is not written for every call
            connection.execute(update(endpoints).where(mine).values(stands))
    return outcome


def again(engine: Engine, endpoint: str, position: int, fact: int) -> bool:
    """Call once more, whatever became of it; say whether there is such a call."""
    mine = _at(endpoint, position, fact)
    fresh = {"state": PENDING, "attempts": 0, "next_at": 0, "sent_at": None, "fault": None}
    awake = {"state": "active", "failures": 0, "paused_until": 0}
    with reaching(), engine.begin() as connection:
        found = connection.execute(update(calls).where(mine).values(fresh)).rowcount
        if found:
            connection.execute(update(endpoints).where(endpoints.c.name == endpoint).values(awake))
    return found == 1


def _paused(failures: int, now_ms: int) -> int:
    if failures < FAILURES_MAX:
        return 0
    doubled = PAUSE_MS << min(failures - FAILURES_MAX, 10)
    return now_ms + min(doubled, PAUSE_MS_MAX)


def _at(endpoint: str, position: int, fact: int) -> ColumnElement[bool]:
    return and_(calls.c.endpoint == endpoint, calls.c.position == position, calls.c.fact == fact)


def _due(now_ms: int) -> ColumnElement[bool]:
    return and_(calls.c.state == PENDING, calls.c.next_at <= now_ms)


def _free(now_ms: int) -> ColumnElement[bool]:
    return and_(endpoints.c.state == "active", endpoints.c.paused_until <= now_ms)
