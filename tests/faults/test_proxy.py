"""The proxy on a real broker: what passes is not changed, and what is lost is lost as planned."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from libs.ledger.log import topics
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog
from libs.ledger.ports import LogUnavailable
from services.cluster.children import free_ports
from services.topics import topics_of
from tests.faults.proxy import FETCH, PRODUCE, Act, Frame, Proxy, letting_pass
from tests.servers import kafka_servers

Place = tuple[int, int]
"""The port that a broker sends its clients to, and the one where it listens."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A broker behind a proxy; the proxy must be there whenever the broker is asked."""
    (port,) = free_ports(1)
    advertised = f"PLAINTEXT://127.0.0.1:{port}"
    servers = kafka_servers(tmp_path_factory.mktemp("kafka"), advertised_listeners=advertised)
    listening = int(servers.bootstrap.rpartition(":")[2])

    async def begin() -> None:
        async with Proxy(port, listening):
            servers.start()
            await servers.ready()

    try:
        asyncio.run(begin())
        yield port, listening
    finally:
        servers.stop(0)


@pytest.fixture
async def proxy(place: Place) -> AsyncIterator[Proxy]:
    async with Proxy(*place) as proxy:
        yield proxy


@pytest.fixture
async def log(proxy: Proxy, ledger_name: str) -> AsyncIterator[KafkaLog]:
    """A log whose every byte goes through the proxy."""
    broker = Broker(f"127.0.0.1:{proxy.port}")
    await topics.create(broker, topics_of(ledger_name, 0, 1))
    log = await KafkaLog.open(broker, ledger_name)
    yield log
    proxy.plan = letting_pass
    proxy.release()
    await log.close()


class Every:
    """A plan that does something to every so manieth produce response."""

    def __init__(self, number: int, act: Act) -> None:
        self.number, self.act, self.seen = number, act, 0

    def __call__(self, frame: Frame) -> Act:
        self.seen += frame.response and frame.key == PRODUCE
        strikes = frame.response and frame.key == PRODUCE and self.seen % self.number == 0
        return self.act if strikes else Act.LET


async def submitted(log: KafkaLog, count: int) -> tuple[list[bytes], dict[int, bytes]]:
    """Submit records one by one; return all of them, and the acknowledged by offset."""
    values = [b"record %d" % number for number in range(count)]
    acknowledged: dict[int, bytes] = {}
    for value in values:
        try:
            acknowledged[await log.submit([value])] = value
        except LogUnavailable:
            continue
    return values, acknowledged


async def stored(log: KafkaLog) -> list[bytes]:
    end, found = await log.commands_end(), list[bytes]()
    while len(found) < end:
        found += [record.value for record in await log.commands(len(found), 1000)]
    return found


async def test_what_passes_is_not_changed(log: KafkaLog, proxy: Proxy) -> None:
    values, acknowledged = await submitted(log, 30)
    assert await stored(log) == values == list(acknowledged.values())
    assert proxy.done[PRODUCE, Act.LET] >= 60
    assert proxy.done[FETCH, Act.LET] >= 2
    assert proxy.lost == 0


@pytest.mark.parametrize("act", [Act.RESET, Act.CUT, Act.TWICE])
async def test_a_lost_response_loses_no_record_and_doubles_none(
    log: KafkaLog, proxy: Proxy, act: Act
) -> None:
    proxy.plan = Every(3, act)
    values, acknowledged = await submitted(log, 40)
    proxy.plan = letting_pass
    found = await stored(log)
    assert proxy.done[PRODUCE, act] >= 10
    assert len(acknowledged) > 0
    assert all(found[offset] == value for offset, value in acknowledged.items())
    assert sorted(found) == sorted(set(found)), "an idempotent producer wrote a record twice"
    assert set(found) <= set(values)


async def test_a_held_response_comes_once_it_is_let_go(log: KafkaLog, proxy: Proxy) -> None:
    await log.submit([b"first"])
    proxy.plan = Every(1, Act.HOLD)
    held = asyncio.create_task(log.submit([b"second"]))
    await proxy.until(PRODUCE, Act.HOLD)
    assert await stored(log) == [b"first", b"second"]
    assert not held.done()
    proxy.plan = letting_pass
    proxy.release()
    assert await held == 1


async def test_a_dropped_response_never_comes(log: KafkaLog, proxy: Proxy) -> None:
    await log.submit([b"first"])
    proxy.plan = Every(1, Act.DROP)
    lost = asyncio.create_task(log.submit([b"second"]))
    await proxy.until(PRODUCE, Act.DROP)
    assert await stored(log) == [b"first", b"second"]
    assert not lost.done()
    proxy.plan = letting_pass
    proxy.release()
    assert await lost == 1, "the client asked again, and the broker knew the record"
    assert await stored(log) == [b"first", b"second"]
