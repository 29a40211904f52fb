"""PostgreSQL dies under the projection, at any moment: after it the tables equal a replay."""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from libs.edge.projection import Projection
from libs.ledger import follower
from libs.ledger.ports import LogUnavailable
from services import views
from services.cluster.children import NoServer
from services.cluster.postgres import PostgresServer, create_database
from tests.edge.journals import contents, journal, migrated
from tests.postgres.feeds import Written
from tests.servers import postgres_server


@pytest.fixture(scope="module")
def entries() -> list[bytes]:
    return journal(13, 400)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon, a few entries at a time, so that many transactions meet the fault."""
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(follower, "BREATH_SECONDS", 0.001)
    monkeypatch.setattr(follower, "BATCH", 5)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server of the test's own."""
    with postgres_server(tmp_path) as server:
        yield server


@pytest.fixture
def projection(server: PostgresServer, opened: Callable[..., Engine]) -> Projection:
    """A projection in that server."""
    url = create_database(server.url(), "views")
    migrated(url)
    (one,) = views.followers(opened(url))
    return one


def restart(server: PostgresServer) -> None:
    """Start a killed server again; it refuses while its last orphans go, which is soon."""
    for _ in range(50):
        server.start()
        try:
            server.wait()
        except NoServer:
            assert "still in use" in server.log.read_text()
        else:
            return
    pytest.fail("the server does not come up again")


@contextmanager
def at_commit(engine: Engine, act: Callable[[Connection], None]) -> Iterator[None]:
    """Do something when a transaction is about to be committed, the first time."""
    done: list[int] = []

    def once(connection: Connection) -> None:
        if not done:
            done.append(1)
            act(connection)

    event.listen(engine, "commit", once)
    yield
    event.remove(engine, "commit", once)
    assert done


@pytest.mark.parametrize("answer", ["never sent", "lost"])
def test_a_server_that_dies_at_the_commit(
    server: PostgresServer, projection: Projection, entries: list[bytes], answer: str
) -> None:
    written = Written(entries)
    projection.follow(entries[:50], written.cursor(50))

    def die(connection: Connection) -> None:
        raw = connection.connection.driver_connection
        assert raw is not None
        if answer == "lost":
            raw.commit()
        server.kill()
        if answer == "lost":  # what the driver says where it waits for an answer
            raise OperationalError("COMMIT", None, RuntimeError("the connection is lost"))

    with at_commit(projection.engine, die), pytest.raises(LogUnavailable):
        projection.follow(entries[50:100], written.cursor(100))
    assert projection.cursor() == written.cursor(50), "what is not known is not claimed"
    with pytest.raises(LogUnavailable):
        projection.follow(entries[50:100], written.cursor(100))
    restart(server)
    stored = projection.refresh().position
    assert stored == (100 if answer == "lost" else 50)
    assert projection.contents() == contents(entries[:stored])
    projection.follow(entries[50:100], written.cursor(100))
    projection.follow(entries[100:], written.cursor(len(entries)))
    assert projection.contents() == contents(entries)


async def test_a_server_killed_again_and_again(
    server: PostgresServer, projection: Projection, entries: list[bytes]
) -> None:
    written = Written(entries)
    chance = random.Random(1)
    following = asyncio.create_task(written.follow(projection))
    kills = 0
    while projection.cursor().position < len(entries) * 0.9:
        await written.followed(projection, projection.cursor().position + chance.randint(5, 60))
        await asyncio.sleep(chance.random() * 0.01)  # anywhere in a transaction
        server.kill()
        kills += 1
        restart(server)
    await written.followed(projection, len(entries))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert kills >= 5
    assert projection.contents() == contents(entries)


async def test_sessions_ended_by_the_server_at_any_moment(
    opened: Callable[..., Engine], tables: str, entries: list[bytes]
) -> None:
    (projection,) = views.followers(opened(tables, name="tonne under test"))
    written = Written(entries)
    following = asyncio.create_task(written.follow(projection))
    end = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = 'tonne under test'"
    )
    ended = 0
    with opened(tables).connect() as other:
        while projection.cursor().position < len(entries):
            ended += other.scalar(end) or 0
            await asyncio.sleep(0.007)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert ended >= 10
    assert projection.contents() == contents(entries)
