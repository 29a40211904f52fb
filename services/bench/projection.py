"""How many entries per second PostgreSQL's tables take: followed, and made anew."""

import asyncio
import time
from collections.abc import Sequence
from hashlib import sha256

import msgspec
from sqlalchemy import Engine, select

from libs.edge.bulk import write
from libs.edge.database import connect
from libs.edge.schema import METADATA
from libs.ledger import follower
from libs.ledger.ports import Cursor
from services import migrating, rebuilding, views

FLOOR = "floor"
"""The schema in which the same rows are copied into tables without any key or constraint."""


class Rate(msgspec.Struct, frozen=True):
    """Entries per second; `floor` is that of a bare COPY of the rows they come to."""

    per_second: float
    floor: float


def projection_rate(url: str, entries: Sequence[bytes]) -> Rate:
    """Follow a journal into an empty database, a batch per transaction, every constraint on."""
    engine = empty(url)
    try:
        (projection,) = views.followers(engine)
        started = time.perf_counter()
        for start in range(0, len(entries), follower.BATCH):
            some = entries[start : start + follower.BATCH]
            after = Cursor(start + len(some), sha256(some[-1]).hexdigest())
            projection.follow(some, after)
        seconds = time.perf_counter() - started
        return Rate(len(entries) / seconds, len(entries) / bare_copy(engine))
    finally:
        engine.dispose()


def rebuild_rate(url: str, entries: Sequence[bytes]) -> Rate:
    """Make the tables of a journal anew, constraints after the load, and put them in place."""
    engine = empty(url)

    async def read(position: int, most: int) -> Sequence[bytes]:
        return entries[position : position + most]

    try:
        views.followers(engine)
        report = asyncio.run(rebuilding.rebuild(engine, "", read, lambda: len(entries)))
        return Rate(len(entries) / report.seconds, len(entries) / bare_copy(engine))
    finally:
        engine.dispose()


def empty(url: str) -> Engine:
    """Return a database whose tables are there, and have nothing in them."""
    engine = connect(url, settings={"statement_timeout": "0"})
    migrating.downgrade(engine, migrating.BASE)
    migrating.upgrade(engine)
    return engine


def bare_copy(engine: Engine) -> float:
    """Return the seconds that a COPY of all rows takes, into tables that have nothing else."""
    with engine.connect() as connection:
        kept = {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in METADATA.sorted_tables
        }
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {FLOOR}")
        for table in kept:
            like = f"CREATE TABLE {FLOOR}.{table.name} (LIKE {table.name})"
            connection.exec_driver_sql(like)
        connection.exec_driver_sql(f"SET LOCAL search_path = {FLOOR}")
        started = time.perf_counter()
        for table, rows in kept.items():
            write(connection, table, rows)
        seconds = time.perf_counter() - started
        connection.rollback()
    return seconds
