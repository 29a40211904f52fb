"""Delivery: at least once, recognisably, with patience for whoever is away."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from libs.edge.database import connect
from libs.ledger.ports import Noted
from services.notify import contacts, delivery
from services.notify.delivery import ATTEMPTS_MAX, Delivery, Post, claim, settle
from services.notify.outbox import Outbox, outbox
from tests.notify.sink import Sink, sink
from tests.notify.test_outbox import JOURNAL

SENDER = "registry@example.org"
NOW_MS = 1_795_415_527_000


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path}/registry.db.notices"
    if request.param == "postgresql":
        url = request.getfixturevalue("database")
    engine = connect(url)
    Outbox(engine).take([Noted(*pair) for pair in enumerate(JOURNAL)])
    contacts.add(engine, "A01", "a01@example.org")
    contacts.add(engine, "B02", "b02@example.org")
    yield engine
    engine.dispose()


@pytest.fixture
async def server() -> AsyncIterator[Sink]:
    async with sink() as one:
        yield one


class Hand:
    """A clock that a test moves, and what the delivery said."""

    def __init__(self, engine: Engine, server: Sink) -> None:
        self.now_ms = NOW_MS
        self.outcomes: list[str] = []
        post = Post(server.url, SENDER)
        self.delivery = Delivery(engine, post, lambda: self.now_ms, self.outcomes.append)

    async def turn(self, later_ms: int = 0) -> list[str]:
        """Let time pass, send what is due, and return how that ended."""
        self.now_ms += later_ms
        self.outcomes.clear()
        await self.delivery._deliver()
        return self.outcomes


def states(engine: Engine) -> list[tuple[str, int, int | None, str | None]]:
    asked = select(outbox.c.state, outbox.c.attempts, outbox.c.sent_at, outbox.c.fault)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(asked.order_by(*outbox.primary_key))]


async def test_a_notice_arrives_as_a_plain_mail(engine: Engine, server: Sink) -> None:
    assert await Hand(engine, server).turn() == ["sent"] * 5
    mail = server.mails[0]
    assert (mail["From"], mail["To"]) == (SENDER, "a01@example.org")
    assert mail["Subject"] == "無効化通知 / Retirement notice main-5-1 (1 t-CO2)"
    assert mail["Message-ID"] == "<main-5-1.invalidation@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(mail["Date"]).timestamp() == NOW_MS / 1000
    assert mail.get_content_type() == "text/plain"
    with engine.connect() as connection:
        body = connection.scalar(select(outbox.c.body).where(outbox.c.position == 5))
    assert mail.get_content().replace("\r\n", "\n") == body
    assert states(engine) == [("sent", 1, NOW_MS, None)] * 5
    assert server.asked == {"a01@example.org": 3, "b02@example.org": 2}


async def test_what_was_sent_is_not_sent_again(engine: Engine, server: Sink) -> None:
    hand = Hand(engine, server)
    await hand.turn()
    assert await hand.turn(later_ms=10**9) == []
    assert max(server.ids.values()) == 1


async def test_a_notice_without_a_contact_waits_for_one(engine: Engine, server: Sink) -> None:
    contacts.remove(engine, "B02")
    hand = Hand(engine, server)
    assert await hand.turn() == ["sent"] * 3
    assert contacts.counts(engine) == {"no_recipient": 2, "pending": 0, "dead": 0}
    contacts.add(engine, "B02", "new@example.org")
    assert await hand.turn() == ["sent"] * 2
    assert server.asked["new@example.org"] == 2


async def test_a_server_that_is_busy_is_tried_again_later_and_later(
    engine: Engine, server: Sink
) -> None:
    server.refuse["a01@example.org"] = b"451 come back\r\n"
    hand = Hand(engine, server)
    assert sorted(await hand.turn()) == ["deferred"] * 3 + ["sent"] * 2
    assert await hand.turn(later_ms=9_999) == []
    assert await hand.turn(later_ms=1) == ["deferred"] * 3
    assert await hand.turn(later_ms=19_999) == []
    del server.refuse["a01@example.org"]
    assert await hand.turn(later_ms=1) == ["sent"] * 3
    assert states(engine)[0] == ("sent", 3, hand.now_ms, None)


async def test_it_gives_up_after_days_and_can_be_told_to_go_on(
    engine: Engine, server: Sink
) -> None:
    server.refuse["b02@example.org"] = b"451 come back\r\n"
    hand = Hand(engine, server)
    await hand.turn()
    for _ in range(ATTEMPTS_MAX - 2):
        assert await hand.turn(later_ms=delivery.LONGEST_MS) == ["deferred"] * 2
    assert await hand.turn(later_ms=delivery.LONGEST_MS) == ["dead"] * 2
    assert await hand.turn(later_ms=10**12) == []
    assert ("dead", ATTEMPTS_MAX, None, "recipient 451") in states(engine)
    del server.refuse["b02@example.org"]
    assert contacts.retry(engine) == 2
    assert await hand.turn() == ["sent"] * 2


async def test_an_address_that_is_none_is_given_up_at_once(engine: Engine, server: Sink) -> None:
    server.refuse["b02@example.org"] = b"550 no such user b02@example.org\r\n"
    assert sorted(await Hand(engine, server).turn()) == ["dead"] * 2 + ["sent"] * 3
    # The reply has the address in it; what is kept of it has not.
    assert {fault for *_, fault in states(engine)} == {None, "recipient 550"}


async def test_a_server_that_hangs_up_kills_no_notice(engine: Engine, server: Sink) -> None:
    server.refuse["a01@example.org"] = server.refuse["b02@example.org"] = b"421 closing\r\n"
    outcomes = await Hand(engine, server).turn()
    assert set(outcomes) == {"deferred"}
    assert "dead" not in {state for state, *_ in states(engine)}


async def test_a_process_that_dies_leaves_its_notice_to_the_next(
    engine: Engine, server: Sink
) -> None:
    first = claim(engine, NOW_MS)
    assert first is not None
    hand = Hand(engine, server)
    assert await hand.turn() == ["sent"] * 4
    hand.now_ms += delivery.LEASE_MS
    second = claim(engine, hand.now_ms)
    assert second is not None
    assert (second.number, second.attempts) == (first.number, 2)
    # The first wakes up and says that it failed; whoever came behind it knows better.
    settle(engine, first, hand.now_ms - 10**6, "Disconnected")
    assert await hand.turn() == []
    settle(engine, second, hand.now_ms)
    settle(engine, first, hand.now_ms, "Disconnected", final=True)
    assert {state for state, *_ in states(engine)} == {"sent"}


async def test_nobody_there_costs_no_attempt(engine: Engine) -> None:
    async with sink() as gone:
        pass
    hand = Hand(engine, gone)
    with pytest.raises(OSError, match="connect"):
        await hand.turn()
    assert {attempts for _, attempts, *_ in states(engine)} == {0}


async def test_it_waits_for_a_server_and_stops_when_told(engine: Engine, server: Sink) -> None:
    hand = Hand(engine, server)
    running = asyncio.create_task(hand.delivery.run())
    await server.until(5)
    hand.delivery.stop()
    async with asyncio.timeout(5):
        await running
    assert {state for state, *_ in states(engine)} == {"sent"}


def test_many_processes_share_the_notices(database: str) -> None:
    engine = connect(database)
    Outbox(engine).take([Noted(*pair) for pair in enumerate(JOURNAL)])
    for account in ("A01", "B02"):
        contacts.add(engine, account, f"{account}@example.org")
    with engine.begin() as connection:  # a hundred more, of the same kind
        rows = [dict(row._mapping) for row in connection.execute(select(outbox))]
        more = [row | {"line": row["line"] + 10 * n} for n in range(1, 21) for row in rows]
        connection.execute(outbox.insert(), more)
    claimed: list[tuple[int, int]] = []
    together = threading.Barrier(8)

    def take() -> None:
        together.wait()
        while mail := claim(engine, NOW_MS):
            claimed.append((mail.position, mail.line))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert len(claimed) == len(set(claimed)) == 105


def test_nobody_waits_for_a_notice_that_another_holds(database: str) -> None:
    engine = connect(database)
    Outbox(engine).take([Noted(*pair) for pair in enumerate(JOURNAL)])
    contacts.add(engine, "A01", "a01@example.org")
    first = select(outbox).where(outbox.c.position == 5).with_for_update()
    with engine.begin() as holding:
        holding.execute(first)
        mail = claim(engine, NOW_MS)
    engine.dispose()
    assert mail is not None
    assert mail.position == 7


async def test_a_mail_that_cannot_be_written_is_given_up(engine: Engine, server: Sink) -> None:
    with engine.begin() as connection:
        torn = update(outbox).where(outbox.c.position == 5)
        connection.execute(torn.values(subject="two\nlines"))
    assert sorted(await Hand(engine, server).turn()) == ["dead"] + ["sent"] * 4


@pytest.mark.parametrize("url", ["", "http://a", "smtp://", "smtp:///x", "smtp://h/path"])
def test_what_is_no_mail_server_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Post(url, SENDER)
    with pytest.raises(contacts.ContactFault):
        Post("smtp://127.0.0.1", "nobody")
