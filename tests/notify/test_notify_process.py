"""The road from the journal to the mail, in processes of their own, on real servers."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.pool import NullPool

from services.cluster.children import free_ports
from services.cluster.postgres import create_database, drop_database
from services.notify import contacts
from services.notify.outbox import create, deliveries, outbox
from tests.notify.journals import append, hours, make_topics, noisy, numbers, written
from tests.notify.sink import Sink, sink
from tests.servers import Kafka, Postgres, kafka_servers, postgres_server

PROJECT = Path(__file__).parents[2]
JOURNAL = written(8)
LAST = len(JOURNAL) - 1
SECONDS = 60


class Member:
    """A notify process, and what it answers."""

    def __init__(self, road: "Road", process: asyncio.subprocess.Process, port: int) -> None:
        self.road, self.process, self.port = road, process, port

    def get(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    async def hours(self, position: int = LAST) -> dict[str, dict[str, int]]:
        """Return the hours once everything up to a position is in them."""
        async with asyncio.timeout(SECONDS):
            while True:
                assert self.process.returncode is None, self.road.said()
                try:
                    status, body = await asyncio.to_thread(self.get, "/v1/statistics/hours")
                except OSError:
                    status, body = 0, b""
                if status == 200 and json.loads(body)["position"] >= position:
                    items = json.loads(body)["items"]
                    return {item.pop("hour"): item for item in items}
                await asyncio.sleep(0.1)

    async def ended(self) -> int:
        async with asyncio.timeout(SECONDS):
            return await self.process.wait()

    async def stop(self) -> int:
        self.process.terminate()
        return await self.ended()


class Road:
    """One ledger: its topics, its database, its mail server and its notify processes."""

    def __init__(self, kafka: Kafka, ledger: str, database: str, mails: Sink, log: Path) -> None:
        self.kafka, self.ledger, self.database, self.mails, self.log = (
            *(kafka, ledger, database, mails),
            log,
        )
        self.engine: Engine = create_engine(database, poolclass=NullPool)
        self.members: list[Member] = []

    def said(self) -> str:
        return self.log.read_text()

    async def append(self, values: Sequence[bytes | None]) -> None:
        await append(self.kafka.bootstrap, self.ledger, values)

    async def start(self, *where: object) -> Member:
        """Start a process, which may be told where to die."""
        (port,) = free_ports(1)
        words = (self.kafka.bootstrap, self.ledger, self.database, port, self.mails.url, *where)
        with self.log.open("a") as said:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "error", "-m", "tests.notify.member"),
                *map(str, words),
                cwd=PROJECT,
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdout=said,
                stderr=said,
            )
        self.members.append(Member(self, process, port))
        return self.members[-1]

    def rows(self) -> list[str]:
        asked = select(outbox.c.number).order_by(outbox.c.position, outbox.c.line)
        with self.engine.connect() as connection:
            return list(connection.scalars(asked))

    def place(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(deliveries.c.place)).scalar_one())


def mail(number: str) -> str:
    return f"<{number}.invalidation@example.org>"


@asynccontextmanager
async def road_of(kafka: Kafka, postgres: Postgres, name: str, folder: Path) -> AsyncIterator[Road]:
    database = create_database(postgres.url, name)
    async with sink() as mails:
        road = Road(kafka, name, database, mails, folder / f"{name}.log")
        road.log.touch()
        await make_topics(kafka.bootstrap, name)
        create(road.engine)
        contacts.add(road.engine, "A01", "a01@example.org")
        contacts.add(road.engine, "B02", "b02@example.org")
        try:
            yield road
        finally:
            for member in road.members:
                if member.process.returncode is None:
                    member.process.kill()
                    await member.process.wait()
    drop_database(postgres.url, name)


@pytest.fixture
async def road(
    kafka: Kafka, postgres: Postgres, ledger_name: str, tmp_path: Path
) -> AsyncIterator[Road]:
    async with road_of(kafka, postgres, ledger_name, tmp_path) as one:
        yield one


async def test_every_notice_is_told_once(road: Road) -> None:
    await road.append([*noisy(JOURNAL)])
    contacts.remove(road.engine, "B02")
    member = await road.start()
    assert await member.hours() == hours(JOURNAL)
    mine = numbers(JOURNAL)[::2]  # the first and the last line of each act, in turn
    await road.mails.until(len(mine))
    assert road.mails.ids == dict.fromkeys(map(mail, mine), 1)
    assert road.rows() == numbers(JOURNAL)
    assert contacts.counts(road.engine)["no_recipient"] == len(mine)

    status, page = member.get("/metrics")
    assert status == 200
    told = dict(line.rsplit(" ", 1) for line in page.decode().splitlines() if line[0] != "#")
    assert float(told['tonne_deliveries_total{outcome="sent"}']) == len(mine)
    assert float(told['tonne_outbox_notices{state="no_recipient"}']) == len(mine)
    assert float(told['tonne_projection_lag_events{projection="notices"}']) == 0
    assert float(told['tonne_journal_noise_total{kind="void"}']) > 0
    assert member.get("/livez") == (200, b"ok\n")
    status, checks = member.get("/readyz?verbose")
    assert status == 200
    assert b"[+]database ok\n[+]log ok\n[ ]follows\nok\n" in checks

    started = time.monotonic()
    assert await member.stop() == 0, road.said()
    assert time.monotonic() - started < 10
    assert "frames" not in road.said()


async def test_new_entries_are_told_as_they_come(road: Road) -> None:
    await road.append(JOURNAL[:6])
    member = await road.start()
    await member.hours(5)
    await road.append(JOURNAL[6:])
    await road.mails.until(len(numbers(JOURNAL)))
    assert await member.hours() == hours(JOURNAL)
    assert road.rows() == numbers(JOURNAL)
    assert await member.stop() == 0
    # Hours that are lost are counted again, and nothing is told again for it.
    await _deleted(road, f"{road.ledger}-notify-hourly-changelog")
    await make_topics(road.kafka.bootstrap, road.ledger)
    member = await road.start()
    assert await member.hours() == hours(JOURNAL)
    assert road.rows() == numbers(JOURNAL)
    assert max(road.mails.ids.values()) == 1


POINTS = ("rows_not_committed", "rows_committed", "hours_counted", "mail_accepted")


@pytest.mark.timeout(300)  # many processes, on whatever cores there are
async def test_a_kill_loses_nothing_and_writes_no_second_row(
    kafka: Kafka, postgres: Postgres, ledger_name: str, tmp_path: Path
) -> None:
    async def killed_at(point: str) -> None:
        name = f"{ledger_name}-{point.replace('_', '-')}"
        async with road_of(kafka, postgres, name, tmp_path) as road:
            half = len(JOURNAL) // 2
            await road.append([*noisy(JOURNAL[:half])])
            doomed = await road.start(point, 1)
            assert await doomed.ended() == -signal.SIGKILL, road.said()
            await road.append([*noisy(JOURNAL)])
            member = await road.start()
            assert await member.hours() == hours(JOURNAL), point
            await road.mails.until(len(numbers(JOURNAL)))
            assert await member.stop() == 0, road.said()
            assert road.rows() == numbers(JOURNAL), point
            twice = [1, *[1] * (len(numbers(JOURNAL)) - 1)]
            if point == "mail_accepted":
                twice[0] = 2  # at least once: the second has the same id
            assert sorted(road.mails.ids.values(), reverse=True) == twice, point
            assert set(road.mails.ids) == set(map(mail, numbers(JOURNAL))), point

    await asyncio.gather(*map(killed_at, POINTS))


async def test_a_restored_database_is_followed_from_where_it_stands(road: Road) -> None:
    half = len(JOURNAL) // 2
    await road.append([*noisy(JOURNAL[:half])])
    member = await road.start()
    await member.hours(half - 1)
    await road.mails.until(len(numbers(JOURNAL[:half])))
    assert await member.stop() == 0
    backup = _dumped(road.engine)
    await road.append([*noisy(JOURNAL)])
    member = await road.start()
    await road.mails.until(len(numbers(JOURNAL)))
    assert await member.stop() == 0  # the group's offset is at the end now

    _restored(road.engine, backup)
    assert len(road.rows()) < len(numbers(JOURNAL))
    member = await road.start()
    assert await member.hours() == hours(JOURNAL)

    async def sent() -> bool:
        return road.rows() == numbers(JOURNAL) and not contacts.counts(road.engine)["pending"]

    await _until(sent)
    assert max(road.mails.ids.values()) == 2  # sent after the backup was taken, and again


async def test_a_journal_that_was_copied_is_found_again_and_another_is_refused(
    road: Road,
) -> None:
    half = len(JOURNAL) // 2
    await road.append([*noisy(JOURNAL[:half])])
    member = await road.start()
    await member.hours(half - 1)
    assert await member.stop() == 0
    before = road.place()
    await _deleted(road, f"{road.ledger}.journal")
    await make_topics(road.kafka.bootstrap, road.ledger)
    await road.append(JOURNAL)  # the same entries, elsewhere
    member = await road.start()
    assert await member.hours() == hours(JOURNAL)
    await road.mails.until(len(numbers(JOURNAL)))
    assert await member.stop() == 0
    assert road.place() == len(JOURNAL) != before
    assert max(road.mails.ids.values()) == 1

    await _deleted(road, f"{road.ledger}.journal")
    await make_topics(road.kafka.bootstrap, road.ledger)
    await road.append(JOURNAL[:-1])  # the last answered command is missing
    member = await road.start()
    assert await member.ended() == 1
    assert "Halted: notices has followed" in road.said()
    assert road.rows() == numbers(JOURNAL)


async def test_a_second_process_takes_over(road: Road) -> None:
    half = len(JOURNAL) // 2
    await road.append(JOURNAL[:half])
    first = await road.start()
    await first.hours(half - 1)
    second = await road.start()
    # Who of the two follows is the group's affair: the one that does is killed.
    active, other = await _sorted(first, second)
    active.process.kill()
    await active.ended()
    await road.append(JOURNAL[half:])
    assert await other.hours() == hours(JOURNAL)
    await road.mails.until(len(numbers(JOURNAL)))
    assert road.rows() == numbers(JOURNAL)


@pytest.mark.timeout(300)  # many processes, on whatever cores there are
async def test_servers_that_go_away_are_waited_for(tmp_path: Path, ledger_name: str) -> None:
    servers = kafka_servers(tmp_path / "kafka")
    database = postgres_server(tmp_path / "postgres")
    with servers as brokers, database as tables:
        kafka, postgres = Kafka(brokers.bootstrap), Postgres(tables.url())
        async with road_of(kafka, postgres, ledger_name, tmp_path) as road:
            await road.append(JOURNAL[:10])
            member = await road.start()
            await member.hours(9)
            tables.kill()
            await road.append(JOURNAL[10:20])

            async def waits() -> bool:
                return b"[-]database TablesUnavailable" in member.get("/readyz?verbose")[1]

            await _until(waits)
            tables.start()
            tables.wait()
            await member.hours(19)

            brokers.kill(1)
            status, checks = await asyncio.to_thread(member.get, "/readyz?verbose")
            assert (status, b"[-]log LogUnavailable" in checks) == (503, True)
            brokers.restart(1)
            brokers.wait()
            await road.append(JOURNAL[20:])
            assert await member.hours() == hours(JOURNAL)
            await road.mails.until(len(numbers(JOURNAL)))
            assert road.rows() == numbers(JOURNAL)

            brokers.kill(1)  # and without a broker it still ends in time
            started = time.monotonic()
            assert await member.stop() == 0, road.said()
            assert time.monotonic() - started < 10
            brokers.restart(1)


async def _sorted(one: Member, other: Member) -> tuple[Member, Member]:
    """Return the process that follows, and the one that stands by."""
    found: list[Member] = []

    async def settled() -> bool:
        told = [(await asyncio.to_thread(m.get, "/readyz?verbose"))[1] for m in (one, other)]
        found[:] = [m for m, page in zip((one, other), told, strict=True) if b"[ ]follows" in page]
        return len(found) == 1 and any(b"stands by" in page for page in told)

    await _until(settled)
    return (one, other) if found == [one] else (other, one)


async def _until(true: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until something is so."""
    async with asyncio.timeout(SECONDS):
        while True:
            with suppress(OSError):
                if await true():
                    return
            await asyncio.sleep(0.1)


def _dumped(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with engine.connect() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in (outbox, deliveries)
        }


def _restored(engine: Engine, backup: dict[str, list[dict[str, Any]]]) -> None:
    with engine.begin() as connection:
        for table in (outbox, deliveries):
            connection.execute(table.delete())
            connection.execute(table.insert(), backup[table.name])


async def _deleted(road: Road, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=road.kafka.bootstrap)
    await admin.start()

    async def gone() -> bool:
        return topic not in await admin.list_topics()

    try:
        await admin.delete_topics([topic])
        await _until(gone)
    finally:
        await admin.close()
