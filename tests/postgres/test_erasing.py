"""Erasing on a server: no row of any table has a person, nor anything that the name is known by."""

from collections.abc import Callable

from sqlalchemy import Engine, inspect, text

from libs.edge import particulars, recipients
from services import erasing
from services.erasing import Places
from tests.edge.named import HANAKO, NUMBER, TARO, guessed, standing, tell_of

ID = "00000000-0000-0000-0000-000000000007"


def rows(engine: Engine) -> dict[str, bytes]:
    """Return every table as text, all columns of all rows."""
    found = {}
    with engine.connect() as connection:
        for name in inspect(engine).get_table_names():
            whole = text(f'SELECT one::text FROM "{name}" AS one')  # noqa: S608 - names of our tables
            found[name] = "\n".join(connection.scalars(whole)).encode()
    return found


def test_no_row_of_a_person_is_left(opened: Callable[..., Engine], tables: str) -> None:
    engine = opened(tables)
    at = Places(engine, engine)
    first, second = recipients.keep(engine, "A01", ID, (TARO, HANAKO), 0)
    digest = tell_of(engine, engine, first, TARO)
    tell_of(engine, engine, second, HANAKO, NUMBER[:-1] + "2")
    assert standing(rows(engine), TARO)
    assert {first, digest} <= guessed(rows(engine).values(), TARO)
    looked = erasing.look(at, (first,))
    assert (looked.particulars, looked.swept.papers, looked.done) == (1, 1, False)
    assert looked.elsewhere == {"papers": 1, "outbox": 1, "contacts": 1}

    done = erasing.erase(at, (first,), 1)
    assert (done.done, done.elsewhere) == (True, {})
    assert any("log of writes" in one for one in done.remains), "what we cannot reach is said"
    assert not any("failed" in one for one in done.remains)
    left = rows(engine)
    assert standing(left, TARO) == []
    assert guessed(left.values(), TARO) == set()
    assert digest.encode() in left["papers"]
    assert second in guessed(left.values(), HANAKO)
    assert particulars.standing(engine, first) == "erased"
    assert erasing.erase(at, (first,), 2).particulars == 0


def test_a_table_that_is_locked_is_said_to_remain(
    opened: Callable[..., Engine], tables: str
) -> None:
    engine, reader = opened(tables), opened(tables)
    (named,) = recipients.keep(engine, "A01", ID, (TARO,), 0)
    with reader.connect() as connection:
        connection.execute(text("SELECT * FROM particulars"))
        done = erasing.erase(Places(engine, engine), (named,), 1)
    assert any(one.startswith("particulars: VACUUM FULL failed") for one in done.remains)
    assert standing(rows(engine), TARO) == []
    again = erasing.erase(Places(engine, engine), (named,), 2)
    assert not any("failed" in one for one in again.remains)
