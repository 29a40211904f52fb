"""Clients of a cluster, in a process of their own: at the inbox, or over HTTP."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from services.bench.figures import percentile
from services.bench.workload import Workload, account, lot
from services.looping import run
from services.member import member
from services.settings import settings

WAIT_MS = 30_000
WARM = 0.1
"""The share of the first commands that is not counted: connections, caches, compilers."""

Ask = Callable[[], Awaitable[None]]


async def closed(clients: int, count: int, ask: Callable[[int], Ask]) -> dict[str, float]:
    """Let clients ask one after the other until `count` was asked; return rate and latencies."""
    taken: list[tuple[float, float]] = []
    left = iter(range(count))

    async def client(number: int) -> None:
        one = ask(number)
        for _ in left:
            started = time.perf_counter()
            await one()
            taken.append((started, time.perf_counter() - started))

    await asyncio.gather(*map(client, range(clients)))
    taken.sort()
    counted = taken[int(len(taken) * WARM) :]
    seconds = max(start + took for start, took in counted) - counted[0][0]
    spent = [took * 1000 for _, took in counted]
    return {
        "per_second": len(counted) / seconds,
        "p50_ms": percentile(spent, 0.5),
        "p99_ms": percentile(spent, 0.99),
        "max_ms": max(spent),
    }


async def at_the_inbox(clients: int, count: int, seed: int) -> dict[str, float]:
    """Ask in the process of a room's API, without HTTP."""
    records = iter(Workload(seed).spread(count))
    async with member("transfer", settings()) as node:

        def client(_: int) -> Ask:
            async def one() -> None:
                await node.ask([next(records)], WAIT_MS)

            return one

        return await closed(clients, count, client)


async def over_http(clients: int, count: int, seed: int, port: int) -> dict[str, float]:
    """Post transfers over connections that are kept."""
    bodies = _requests(seed, count)
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(clients)]

    def client(number: int) -> Ask:
        reader, writer = streams[number]

        async def one() -> None:
            writer.write(next(bodies))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            said = await reader.readexactly(length)
            if not head.startswith(b"HTTP/1.1 201"):
                raise RuntimeError(f"{head[:30]!r}: {said[:300]!r}")

        return one

    figures = await closed(clients, count, client)
    for _, writer in streams:
        writer.close()
    return figures


def _requests(seed: int, count: int) -> Iterator[bytes]:
    for number in range(count):
        line = {"lot": lot(number % 20), "quantity": 3, "source": account(1 + number % 90)}
        body = json.dumps({"lines": [{**line, "target": account(100 + number % 90)}]}).encode()
        identity = f"{seed:08x}-0000-4000-8000-{number:012x}"
        yield (
            f"POST /v1/transfers HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: {identity}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


async def steady(rate: int, seconds: int, seed: int) -> dict[str, float]:
    """Append commands at a steady rate, and watch how far behind the tables are, in time."""
    records = Workload(seed).spread(rate * seconds)
    lags: list[float] = []
    async with member("transfer", settings()) as node:

        async def watch() -> None:
            while True:
                started, position = time.perf_counter(), node.head.position
                await node.caught_up(position, WAIT_MS)
                lags.append((time.perf_counter() - started) * 1000)
                await asyncio.sleep(0.01)

        watching = asyncio.create_task(watch())
        started = time.perf_counter()
        asked = []
        for number in range(0, len(records), rate // 100):
            asked.append(
                asyncio.create_task(node.ask(records[number : number + rate // 100], WAIT_MS))
            )
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        await asyncio.gather(*asked)
        took = time.perf_counter() - started
        watching.cancel()
    counted = lags[len(lags) // 10 :]
    return {
        "per_second": len(records) / took,
        "p50_ms": percentile(counted, 0.5),
        "p99_ms": percentile(counted, 0.99),
        "max_ms": max(counted),
    }


def asked(how: str, numbers: Sequence[int]) -> dict[str, float]:
    """Run one kind of clients."""
    match how:
        case "inbox":
            clients, count, seed = numbers
            return run(at_the_inbox(clients, count, seed))
        case "http":
            clients, count, seed, port = numbers
            return run(over_http(clients, count, seed, port))
        case _:
            rate, seconds, seed = numbers
            return run(steady(rate, seconds, seed))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asked(sys.argv[1], [int(word) for word in sys.argv[2:]])) + "\n")
