"""A database with the tables in it, and engines that are disposed of behind the test."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from libs.edge.database import connect
from tests.edge.journals import migrated


@pytest.fixture
def tables(database: str) -> str:
    """The address of a fresh PostgreSQL database in which the tables are, and no row."""
    migrated(database)
    return database


@pytest.fixture
def opened() -> Iterator[Callable[..., Engine]]:
    """`connect`, with an end."""
    engines: list[Engine] = []

    def one(url: str, **how: object) -> Engine:
        engines.append(connect(url, **how))  # type: ignore[arg-type]  # connect says what it takes
        return engines[-1]

    yield one
    for engine in engines:
        engine.dispose()
