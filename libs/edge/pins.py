"""The pins: which topics a ledger's logs and its partners' letters are, kept beside its tables.

Whoever deletes a topic and makes it again, or points a service at another cluster, changes what
the ledger is; the pins are how every process notices before it serves.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import (
    CheckConstraint,
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, OperationalError

from libs.ledger.log.layout import NOTHING, Pin
from libs.ledger.ports import Halted, LogUnavailable

pins = Table(
    "pins",
    MetaData(),
    Column("topic", String, primary_key=True),
    Column("topic_id", String(22), nullable=False),
    Column("partitions", Integer, CheckConstraint("partitions > 0"), nullable=False),
    Column("genesis", String(64), nullable=False),
)


def read(engine: Engine) -> Mapping[str, Pin]:
    """Return every pin, by topic; raise Halted where there is no table of pins yet."""
    with _faults(), engine.connect() as connection:
        rows = connection.execute(select(pins)).mappings().all()
    return {row["topic"]: Pin(**row) for row in rows}


def settle(engine: Engine, wanted: Iterable[Pin]) -> None:
    """Remember new pins, and the first record of a topic that had none; nothing else changes.

    Raises Halted where another pin stands already, and writes none of them then.
    """
    known = read(engine)
    with _faults(), engine.begin() as connection:
        for pin in wanted:
            old = known.get(pin.topic)
            if old is None:
                connection.execute(insert(pins).values(**_row(pin)))
            elif _row(old) | {"genesis": NOTHING} != _row(pin) | {"genesis": NOTHING}:
                raise Halted(f"{pin.topic} is pinned as {old.topic_id}, it is {pin.topic_id}")
            elif old.genesis != pin.genesis:
                mine = (pins.c.topic == pin.topic) & (pins.c.genesis == NOTHING)
                filled = update(pins).where(mine).values(genesis=pin.genesis)
                if connection.execute(filled).rowcount != 1:
                    raise Halted(f"{pin.topic} is pinned to another first record")


def _row(pin: Pin) -> dict[str, str | int]:
    return {
        "topic": pin.topic,
        "topic_id": pin.topic_id,
        "partitions": pin.partitions,
        "genesis": pin.genesis,
    }


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except OperationalError as wrong:
        raise LogUnavailable(f"the pins cannot be read or written: {wrong.orig}") from wrong
    except DBAPIError as wrong:
        raise Halted(f"there is no table of pins ({wrong.orig}): tonne migrate upgrade") from wrong
