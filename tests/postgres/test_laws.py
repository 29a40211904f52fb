"""What the database refuses by itself, whoever asks: serials held twice, and journals rewritten."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Engine, Integer, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from libs.edge.books import holdings
from libs.edge.schema import METADATA, journal
from services import views
from tests.edge.journals import follow
from tests.edge.journals import journal as busy_journal

JOURNALS = sorted(table.name for table in METADATA.sorted_tables if journal(table))


def held(first: int, last: int, lot: str = "L") -> dict[str, str | int]:
    return {"lot": lot, "first": first, "last": last, "account": "HOLD:A", "holder": "A"}


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, opened: Callable[..., Engine], tmp_path: Path) -> Engine:
    """Tables that have followed a busy journal, in each kind of database."""
    file = f"sqlite:///{tmp_path}/views.db"
    url = file if request.param == "sqlite" else request.getfixturevalue("tables")
    engine = opened(url)
    (projection,) = views.followers(engine)
    follow(projection, busy_journal(3, 150))
    return engine


def test_the_journals_are_the_tables_that_no_entry_changes() -> None:
    assert [
        *("activities", "addressees", "allocations", "annulments", "commands", "compensations"),
        *("discharges", "donations", "duties", "goods", "meetings", "movements"),
        *("plan_facts", "pool_retirements", "projects", "retirements", "rules", "settlements"),
    ] == JOURNALS


def _counts(column: Column[Any]) -> bool:
    return isinstance(column.type, Boolean | Integer)


@pytest.mark.parametrize("table", JOURNALS)
def test_a_journal_refuses_update_and_delete(kept: Engine, table: str) -> None:
    kind = METADATA.tables[table]
    rows = select(func.count()).select_from(kind)
    same = update(kind).values({kind.c[0]: kind.c[0]})
    with kept.begin() as connection:
        if not connection.scalar(rows):  # nothing of this kind happened in the busy journal
            one = {column.name: 1 if _counts(column) else "x" for column in kind.c}
            connection.execute(insert(kind).values(one))
        before = connection.scalar(rows)
    assert before  # a trigger of SQLite is asked of rows, not of statements
    for change in (same, delete(kind)):
        with pytest.raises(IntegrityError, match="is a journal"), kept.begin() as connection:
            connection.execute(change)
    with kept.connect() as connection:
        assert connection.scalar(rows) == before


def test_no_journal_is_emptied_at_once(opened: Callable[..., Engine], tables: str) -> None:
    engine = opened(tables)
    for table in JOURNALS:
        with pytest.raises(IntegrityError, match="is a journal"), engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {table}"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 10), (10, 20)),
        ((1, 10), (5, 6)),
        ((5, 6), (1, 10)),
        ((1, 10), (1, 10)),
        ((1, 2**53 - 1), (7, 7)),
    ],
)
def test_serials_held_twice_are_refused(
    opened: Callable[..., Engine], tables: str, one: tuple[int, int], other: tuple[int, int]
) -> None:
    engine = opened(tables)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(holdings), [held(*one), held(*other)])
    with engine.connect() as connection:
        assert connection.execute(select(holdings)).all() == []


def test_neighbours_and_other_lots_are_welcome(opened: Callable[..., Engine], tables: str) -> None:
    with opened(tables).begin() as connection:
        connection.execute(insert(holdings), [held(1, 10), held(11, 20), held(5, 15, "M")])


def test_within_a_transaction_serials_may_pass_through_a_clash(
    opened: Callable[..., Engine], tables: str
) -> None:
    with opened(tables).begin() as connection:
        connection.execute(insert(holdings), held(1, 10))
        connection.execute(insert(holdings), held(5, 15))
        connection.execute(text("UPDATE holdings SET last = 4 WHERE first = 1"))
