"""Every subscribed fact is called at least once, signed, and one bad receiver keeps nobody back."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, delete, insert, select, update
from typing_extensions import override

from libs.edge.codes import Box
from libs.edge.database import connect
from libs.ledger.ports import Cursor
from services.cli.webhooks import receiver
from services.notify import calling, hooks, signing
from services.notify import hooking as hooking_module
from services.notify.calling import Answered, Caller
from services.notify.hooking import Hooking
from services.notify.hooks import Keys, calls, endpoints
from services.notify.links import Links
from services.notify.outbox import Outbox
from tests.notify.journals import written
from tests.notify.receiver import receiving

KEYS = Keys(signing.shared(b"s" * 32), signing.private(b"p" * 32), signing.shared(b"o" * 32))
BOX = Links("a key of the tests").box


class Clock:
    def __init__(self) -> None:
        self.ms = 1_700_000_000_000

    def __call__(self) -> int:
        return self.ms


class Plan(Caller):
    """Answers as it is told to, and remembers what it was asked."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__()
        self.faults = faults
        self.asked: list[tuple[str, str]] = []

    @override
    async def call(self, url: str, headers: Any, body: bytes) -> Answered:
        self.asked.append((url, headers["webhook-id"]))
        signing.verify(KEYS.before, dict(headers), body, int(headers["webhook-timestamp"]))
        fault = self.faults.get(url, "")
        return Answered(fault, gone=fault == "gone")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path}/registry.notices")
    Outbox(engine)
    yield engine
    engine.dispose()


def subscribe(engine: Engine, name: str, url: str, account: str = "", *events: str) -> None:
    assert BOX is not None
    row = {
        "name": name,
        "account": account,
        "url": url,
        "events": json.dumps(events),
        "keys": hooks.sealed(BOX, name, KEYS),
        "state": "active",
        "failures": 0,
        "paused_until": 0,
        "created_at": 0,
    }
    with engine.begin() as connection:
        connection.execute(insert(endpoints), row)


def follow(engine: Engine, journal: list[bytes]) -> None:
    box = Outbox(engine)
    new = journal[box.head.position :]
    box.follow(new, Cursor(len(journal), sha256(new[-1]).hexdigest()))


def expected(journal: list[bytes], *kinds: str) -> list[str]:
    return [
        f"main-{entry['position']}-{fact}"
        for entry in map(json.loads, journal)
        for fact, event in enumerate(entry.get("events", ()))
        if not kinds or event["type"] in kinds
    ]


def states(engine: Engine, name: str) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(select(calls).where(calls.c.endpoint == name))
        return {row.id: row.state for row in rows}


def hooking(engine: Engine, caller: Caller, clock: Clock) -> Hooking:
    assert isinstance(BOX, Box)
    return Hooking(engine, BOX, caller, clock)


async def test_each_hears_what_it_asked_for_and_nothing_of_another(engine: Engine) -> None:
    journal = written(3)
    subscribe(engine, "all", "https://all/")
    subscribe(engine, "uses", "https://uses/", "", "credits.invalidated.v1")
    subscribe(engine, "b02", "https://b02/", "B02", "credits.invalidated.v1")
    follow(engine, journal)
    caller = Plan({})
    await hooking(engine, caller, Clock()).drain()
    heard: dict[str, list[str]] = {}
    for url, identity in caller.asked:
        heard.setdefault(url, []).append(identity)
    assert heard["https://all/"] == expected(journal)
    assert heard["https://uses/"] == expected(journal, "credits.invalidated.v1")
    mine = {
        f"main-{entry['position']}-{fact}"
        for entry in map(json.loads, journal)
        for fact, event in enumerate(entry.get("events", ()))
        if event.get("account") == "B02" and event["type"] == "credits.invalidated.v1"
    }
    assert set(heard["https://b02/"]) == mine
    assert 0 < len(mine) < len(heard["https://uses/"])
    follow_again = len(caller.asked)
    await hooking(engine, caller, Clock()).drain()
    assert len(caller.asked) == follow_again, "what was taken is not sent again"


async def test_what_fails_is_tried_for_three_days_and_then_given_up(engine: Engine) -> None:
    journal = written(1)
    subscribe(engine, "bad", "https://bad/", "", "account.opened.v1")
    subscribe(engine, "good", "https://good/", "", "account.opened.v1")
    follow(engine, journal)
    clock, caller = Clock(), Plan({"https://bad/": "status_500"})
    started, runs = clock.ms, hooking(engine, caller, clock)
    await runs.drain()
    assert set(states(engine, "good").values()) == {"sent"}
    while "pending" in states(engine, "bad").values():
        clock.ms += 5 * hooks.MINUTE_MS
        await runs.drain()
    tried = [identity for url, identity in caller.asked if url == "https://bad/"]
    assert {tried.count(identity) for identity in tried} == {10}
    assert 2.5 < (clock.ms - started) / (24 * hooks.HOUR_MS) < 3.5
    (first, *_) = states(engine, "bad")
    _, position, fact = first.rsplit("-", 2)
    caller.faults = {}
    assert hooks.again(engine, "bad", int(position), int(fact))
    await runs.drain()
    assert states(engine, "bad")[first] == "sent"
    assert not hooks.again(engine, "bad", 99_999, 0)


async def test_an_endpoint_that_fails_in_a_row_is_paused(engine: Engine) -> None:
    subscribe(engine, "bad", "https://bad/")
    follow(engine, written(4))
    clock, caller = Clock(), Plan({"https://bad/": "too_slow"})
    runs = hooking(engine, caller, clock)
    for _ in range(30):
        await runs.drain()
        clock.ms += 1000
    assert len(caller.asked) == hooks.FAILURES_MAX, "a paused endpoint is left in peace"
    clock.ms += hooks.PAUSE_MS
    await runs.drain()
    assert len(caller.asked) == hooks.FAILURES_MAX + 1
    with engine.begin() as connection:
        connection.execute(update(endpoints).values(paused_until=0))
    caller.faults = {"https://bad/": "gone"}
    await runs.drain()
    with engine.connect() as connection:
        assert connection.scalar(select(endpoints.c.state)) == "gone"


async def test_whoever_dies_behind_a_call_calls_again_under_the_same_id(engine: Engine) -> None:
    journal = written(1)
    subscribe(engine, "all", "https://all/")
    follow(engine, journal)
    clock, caller = Clock(), Plan({})
    (oldest,) = hooks.waiting(engine, "all", clock.ms, 1)
    taken = hooks.claim(engine, "all", oldest, clock.ms)  # perhaps sent, and never settled
    assert taken is not None
    await hooking(engine, caller, clock).drain()
    assert taken[1]["id"] not in [identity for _, identity in caller.asked]
    clock.ms += hooks.LEASE_MS
    await hooking(engine, caller, clock).drain()
    assert sorted(identity for _, identity in caller.asked) == sorted(expected(journal))


async def test_what_a_removed_endpoint_answers_is_nothing_to_who_has_its_name_now(
    engine: Engine,
) -> None:
    subscribe(engine, "books", "https://old/", "A01")
    follow(engine, written(1))
    (place, *_) = hooks.waiting(engine, "books", Clock().ms, 1)
    taken = hooks.claim(engine, "books", place, Clock().ms)
    assert taken is not None
    with engine.begin() as connection:
        connection.execute(delete(calls))
        connection.execute(delete(endpoints))
    subscribe(engine, "books", "https://new/", "B02")
    hooks.settle(engine, taken[1], Clock().ms, "gone", gone=True)
    with engine.connect() as connection:
        (now,) = connection.execute(select(endpoints.c.state, endpoints.c.failures)).all()
    assert tuple(now) == ("active", 0)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_call_is_made_by_one_of_many(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """In one file as well, where whoever reads before it writes would find it locked."""
    url = f"sqlite:///{tmp_path}/registry.db.notices"
    engine = connect(request.getfixturevalue("database") if kind == "postgresql" else url)
    Outbox(engine)
    journal = written(6)
    for name in ("a", "b"):
        subscribe(engine, name, f"https://{name}/")
    follow(engine, journal)
    made: list[str] = []
    together = threading.Barrier(8)

    def work(number: int) -> None:
        name = "ab"[number % 2]
        places = hooks.waiting(engine, name, 1, 1000)
        together.wait()
        for place in places:
            taken = hooks.claim(engine, name, place, 1)
            if taken is not None:
                made.append(f"{name} {taken[1]['id']}")
                hooks.settle(engine, taken[1], 2, "", gone=False)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    engine.dispose()
    assert sorted(made) == sorted(f"{name} {one}" for name in "ab" for one in expected(journal))


async def test_a_long_queue_is_worked_off_without_a_pause(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And in the order of the journal, however many turns it takes."""
    monkeypatch.setattr(hooking_module, "GLANCE_SECONDS", 1000.0)
    monkeypatch.setattr(hooking_module, "CALLS_IN_A_ROW", 5)
    journal, caller = written(6), Plan({})
    subscribe(engine, "all", "https://all/")
    follow(engine, journal)
    keeping = asyncio.create_task(hooking(engine, caller, Clock()).keep())
    async with asyncio.timeout(60):
        while set(states(engine, "all").values()) != {"sent"}:  # noqa: ASYNC110 - rows are no event
            await asyncio.sleep(0.02)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert [identity for _, identity in caller.asked] == expected(journal)
    assert len(caller.asked) > 15


async def test_whoever_has_much_to_hear_keeps_nobody_waiting(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More endpoints than are called at once take turns, a few calls each."""
    monkeypatch.setattr(hooking_module, "ENDPOINTS_AT_ONCE", 2)
    monkeypatch.setattr(hooking_module, "CALLS_IN_A_ROW", 3)
    caller = Plan({})
    for name in "abcde":
        subscribe(engine, name, f"https://{name}/")
    follow(engine, written(3))
    await hooking(engine, caller, Clock()).drain()
    first = [url for url, _ in caller.asked[:18]]
    assert {url for url in first if first.count(url) >= 3} == {
        f"https://{name}/" for name in "abcde"
    }


async def test_a_receiver_that_takes_its_time_does_not_take_the_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooking_module, "ENDPOINTS_AT_ONCE", 1)
    monkeypatch.setattr(hooking_module, "ROW_SECONDS", -1.0)
    caller = Plan({})
    for name in "ab":
        subscribe(engine, name, f"https://{name}/")
    follow(engine, written(1))
    await hooking(engine, caller, Clock()).drain()
    assert [url for url, _ in caller.asked[:4]] == ["https://a/", "https://b/"] * 2


@pytest.mark.parametrize("idle", [True, False])
async def test_a_connection_ends_with_the_work_or_the_process(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, *, idle: bool
) -> None:
    if idle:
        monkeypatch.setattr(calling, "IDLE_SECONDS", 0.2)
        monkeypatch.setattr(hooking_module, "GLANCE_SECONDS", 0.05)
    async with receiving() as there, asyncio.timeout(60):
        subscribe(engine, "all", f"http://127.0.0.1:{there.port}/")
        follow(engine, written(2))
        keeping = asyncio.create_task(hooking(engine, Caller(loopback=True), Clock()).keep())
        while set(states(engine, "all").values()) != {"sent"}:  # noqa: ASYNC110 - rows are no event
            await asyncio.sleep(0.02)
        if idle:
            await there.ended.acquire()
        else:
            assert len(there.connections) == 1
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        if not idle:
            await there.ended.acquire()


@contextmanager
def listening(key: str, heard: list[bytes]) -> Iterator[str]:
    """Run what `tonne webhooks listen` runs; yield its address."""

    def hand_on(_: dict[str, str], body: bytes) -> int:
        heard.append(body)
        return 204

    server = receiver(key, 0, hand_on)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("key", [KEYS.shared, KEYS.before, signing.public(KEYS.private)])
async def test_our_own_receiver_hears_what_is_signed_and_refuses_the_rest(
    engine: Engine, key: str
) -> None:
    journal, heard = written(1), list[bytes]()
    with listening(key, heard) as url:
        subscribe(engine, "here", url, "", "account.opened.v1")
        follow(engine, journal)
        clock = Clock()
        clock.ms = int(asyncio.get_running_loop().time())  # of another time: refused
        runs = hooking(engine, Caller(loopback=True), clock)
        await runs.drain()
        assert heard == []
        clock.ms = now_ms()
        await runs.drain()
    told = [json.loads(body) for body in heard]
    assert [one["data"]["event"]["account"] for one in told] == ["A01", "B02"]
    assert {one["type"] for one in told} == {"account.opened.v1"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000
