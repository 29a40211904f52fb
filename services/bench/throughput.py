"""How many commands per second go through the replica, and how long one takes."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path

import msgspec

from libs.ledger.codec import Command
from libs.ledger.decider import Record
from libs.ledger.entry import Head
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.replica import Replica
from libs.ledger.running import BATCH, run
from libs.ledger.state import State
from services.bench.workload import account, lot
from services.bootstrap import embedded
from services.decider import decider
from services.node import SystemClock


def fresh_replica() -> Replica:
    """Return a replica that has decided nothing."""
    return Replica(decider(), State("main"), Head(), 0)


async def through(path: Path, setting: Sequence[bytes], records: Sequence[bytes]) -> float:
    """Return commands per second: waiting in the log, decided, journalled, accepted again."""
    log = SqliteLog(path)
    await log.submit(list(setting))
    replica = fresh_replica()
    accepted, waited = 0, len(setting)
    there = asyncio.Event()

    def heard(entries: Sequence[bytes]) -> None:
        nonlocal accepted
        accepted += len(entries)
        if accepted >= waited:
            there.set()

    running = asyncio.create_task(run(replica, log, log, SystemClock(), heard))
    await there.wait()
    there.clear()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    waited += len(records)
    await log.submit(list(records))
    started = time.perf_counter()
    running = asyncio.create_task(run(replica, log, log, SystemClock(), heard))
    await there.wait()
    seconds = time.perf_counter() - started
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await log.close()
    return len(records) / seconds


async def bare(path: Path, records: Sequence[bytes]) -> float:
    """Return the floor: decode, one dict update, encode, SHA-256, append; no rule, no law."""
    log = SqliteLog(path)
    await log.submit(list(records))
    decoder, digest, balance = msgspec.json.Decoder(Command), "0" * 64, {"A": 0}
    started = time.perf_counter()
    position = 0
    while position < len(records):
        batch = []
        for record in await log.commands(position, BATCH):
            command = decoder.decode(record.value)
            balance["A"] += 1
            entry = {"command": command, "position": position, "previous": digest}
            raw = msgspec.json.encode(entry, order="sorted")
            digest = sha256(raw).hexdigest()
            batch.append(raw)
            position += 1
        await log.propose(batch)
    seconds = time.perf_counter() - started
    await log.close()
    return len(records) / seconds


async def one_by_one(path: Path, setting: Sequence[bytes], records: Sequence[bytes]) -> list[float]:
    """Return the milliseconds of each command, sent one after the other in this process."""
    taken = []
    async with embedded(path, f"sqlite:///{path}.views") as registry:
        for record in setting[1:]:
            await registry.ask([record], 60_000)
        await registry.caught_up(registry.head.position, 60_000)
        for record in records:
            started = time.perf_counter()
            await registry.ask([record], 10_000)
            taken.append((time.perf_counter() - started) * 1000)
    return taken


def over_http(path: Path, setting: Sequence[bytes], count: int) -> list[float]:
    """Return the milliseconds of each transfer, sent one after the other over loopback."""
    asyncio.run(_prepare(path, setting))
    port = _free_port()
    serving = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
        [
            sys.executable,
            "-m",
            "services.cli",
            "serve",
            "--log",
            f"sqlite:///{path}",
            "--http",
            f"127.0.0.1:{port}",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        return _post(port, count)
    finally:
        serving.terminate()
        serving.wait(timeout=20)


async def _prepare(path: Path, setting: Sequence[bytes]) -> None:
    async with embedded(path, f"sqlite:///{path}.views") as registry:
        await registry.ask(setting[1:], 60_000)
        await registry.caught_up(registry.head.position, 60_000)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _post(port: int, count: int) -> list[float]:
    connection = _connected(port)
    taken = []
    for number in range(count):
        ends = {"source": account(1), "target": account(2 + number % 100)}
        body = json.dumps({"lines": [{**ends, "lot": lot(0), "quantity": 3}]}).encode()
        headers = {
            "Idempotency-Key": f"00000000-0000-4000-8000-{number:012x}",
            "Content-Type": "application/json",
        }
        started = time.perf_counter()
        connection.request("POST", "/v1/transfers", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        taken.append((time.perf_counter() - started) * 1000)
        if answer.status != 201:  # noqa: PLR2004 - created
            raise RuntimeError(f"{answer.status}: {said[:300]!r}")
    connection.close()
    return taken


def _connected(port: int) -> HTTPConnection:
    for _ in range(200):
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/livez")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return connection
    raise RuntimeError("the server did not start")


def deciding(setting: Sequence[bytes], records: Sequence[bytes]) -> float:
    """Return seconds to decide records that are in memory, without any log."""
    replica = fresh_replica()
    _take(replica, setting)
    started = time.perf_counter()
    _take(replica, records)
    return time.perf_counter() - started


def _take(replica: Replica, records: Sequence[bytes]) -> None:
    first = replica.tip.offset
    replica.take(Record(0, first + n, 0, record) for n, record in enumerate(records))


def two_commits(path: Path, count: int) -> float:
    """Return the floor of one command's milliseconds: two commits with an fsync each."""

    async def appended() -> list[float]:
        log = SqliteLog(path)
        taken = []
        for _ in range(count):
            started = time.perf_counter()
            await log.submit([b"x" * 300])
            await log.propose([b"x" * 800])
            taken.append((time.perf_counter() - started) * 1000)
        await log.close()
        return taken

    return sorted(asyncio.run(appended()))[count // 2]
