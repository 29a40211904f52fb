"""`tonne bench cluster`: the figures of a ledger on real Kafka and PostgreSQL."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from services.bench.figures import Bench, Figure, figure, machine
from services.bench.memory import resident
from services.bench.projection import projection_rate, rebuild_rate
from services.bench.stage import Stage, told
from services.bench.standing import decided, pauses
from services.bench.workload import Workload
from services.cluster.children import free_ports
from services.cluster.processes import Service

Told = Callable[[str], None]


class Size(msgspec.Struct, frozen=True):
    """How much is measured.

    commands  wait in the topic for a replica, in so many `pairs` of runs: spread, then hot
    singles   come from one client, the `crowd`'s from 32
    rate      is steady for so many `seconds` while the tables follow
    entries   are followed into empty tables, and made anew
    segments  are held while a process is weighed
    """

    commands: int
    pairs: int
    singles: int
    crowd: int
    rate: int
    seconds: int
    entries: int
    segments: int


FULL = Size(60_000, 5, 3_000, 40_000, 2_000, 20, 60_000, 100_000)
QUICK = Size(5_000, 1, 200, 2_000, 500, 3, 2_000, 2_000)

CLIENTS = 32


def cluster(size: Size, said: Told) -> Bench:
    """Measure everything, on servers that are started for it."""
    with tempfile.TemporaryDirectory(prefix="tonne-bench-") as folder:
        said("Kafka and PostgreSQL")
        with Stage(Path(folder)) as stage:
            figures = [
                *_throughput(stage, size, said),
                *_inbox(stage, size, said),
                *_http(stage, size, said),
                *_lag(stage, size, said),
                *_tables(stage, size, said),
                *_resident(stage, size, said),
                *_pause(size, said),
            ]
    settings: dict[str, str | int] = {
        **msgspec.structs.asdict(size),
        "kafka": "one broker, flush.messages=1 on both topics",
        "shared by": "broker, database, services and clients",
    }
    return Bench(machine(), settings, figures)


def _throughput(stage: Stage, size: Size, said: Told) -> Iterator[Figure]:
    """Commands that wait in the topic, decided by one replica, accepted by a separate reader."""
    spread, hot, ratios, floors = [], [], [], []
    for run in range(size.pairs):
        said(f"commands through a replica, pair {run + 1} of {size.pairs}")
        rates = [_through(stage, f"run{run}{kind}", kind, size.commands) for kind in ("s", "h")]
        spread.append(rates[0])
        hot.append(rates[1])
        ratios.append(rates[1] / rates[0])
        ledger = stage.ledger(f"run{run}bare")
        ledger.append(Workload(run).spread(size.commands))
        reading = ledger.begin("reading", "linked", size.commands // 10, size.commands)
        bare = ledger.begin("bare", size.commands)
        floors.append(told(reading)["per_second"])
        bare.wait()
    floor = sorted(floors)[len(floors) // 2]
    name = "commands in the topic, decided, journalled, accepted by another process"
    yield figure(name, "1/s", spread, ">= 30000", floor)
    yield figure(f"{name}; one hot account", "1/s", hot, "", floor)
    yield figure("hot over spread, interleaved pairs", "ratio", ratios, ">= 0.8")


def _through(stage: Stage, name: str, kind: str, count: int) -> float:
    ledger = stage.ledger(name)
    work = ledger.setting(1)
    set_up = work.count + 1
    ledger.append(work.spread(count) if kind == "s" else work.hot(count))
    first = set_up + count // 10
    reading = ledger.begin("reading", "accepted", first, set_up + count)
    with ledger.serving(_service("replica", 0)):
        return told(reading)["per_second"]


def _inbox(stage: Stage, size: Size, said: Told) -> Iterator[Figure]:
    ledger = stage.ledger("inbox")
    ledger.setting(1)
    with ledger.serving(_service("replica", 0)):
        for clients, count, target in (
            (1, size.singles, ""),
            (CLIENTS, size.crowd, "<= 4, p99 <= 15"),
        ):
            said(f"{clients} clients at the inbox")
            found = ledger.measured("asking", "inbox", clients, count, clients)
            yield _latency(f"{clients} clients at the inbox, one command", found, target)
            rate = ">= 8000" if clients == CLIENTS else ""
            yield figure(f"{clients} clients at the inbox", "1/s", [found["per_second"]], rate)


def _http(stage: Stage, size: Size, said: Told) -> Iterator[Figure]:
    ledger = stage.ledger("http")
    ledger.setting(1)
    api = _service("transfer")
    with ledger.serving(_service("replica", 0), _service("projection"), api):
        # A write waits for no table; what filling them costs on these cores is a figure below.
        ledger.processes.kill("projection")
        for clients, count, target in (
            (1, size.singles, "<= 6, p99 <= 25"),
            (CLIENTS, size.crowd // 2, "<= 10"),
        ):
            said(f"{clients} clients over HTTP")
            found = ledger.measured("asking", "http", clients, count, clients, api.port)
            yield _latency(f"{clients} clients over HTTP, one command", found, target)
            rate = ">= 3000" if clients == CLIENTS else ""
            yield figure(f"{clients} clients over HTTP", "1/s", [found["per_second"]], rate)


def _lag(stage: Stage, size: Size, said: Told) -> Iterator[Figure]:
    said(f"the tables' lag at {size.rate} commands a second")
    ledger = stage.ledger("lag")
    ledger.setting(1)
    with ledger.serving(_service("replica", 0), _service("projection")):
        found = ledger.measured("asking", "steady", size.rate, size.seconds, 1)
    yield figure("steady commands while the tables follow", "1/s", [found["per_second"]])
    yield _latency("the tables' lag behind the journal", found, "p99 <= 250")


def _tables(stage: Stage, size: Size, said: Told) -> Iterator[Figure]:
    """The tables alone: nothing else runs but the database."""
    entries = decided(Workload(3), size.entries)
    for name, rate, target in (
        ("entries into the tables, every constraint on", projection_rate, ">= 8000"),
        ("entries into tables made anew, constraints after", rebuild_rate, ">= 40000"),
    ):
        said(name)
        found = [rate(stage.database(f"t{run}{rate.__name__}"), entries) for run in range(3)]
        floor = sorted(one.floor for one in found)[1]
        yield figure(name, "1/s", [one.per_second for one in found], target, floor)


def _resident(stage: Stage, size: Size, said: Told) -> Iterator[Figure]:
    """What processes weigh once they have folded a ledger of many segments."""
    said(f"processes that hold {size.segments} segments")
    ledger = stage.ledger("resident")
    ledger.append(ledger.setting(1).scattered(size.segments))
    roles = {"transfer": "<= 200", "replica": "<= 300"}
    with ledger.serving(_service("replica", 0), _service("projection"), _service("transfer")):
        ledger.measured("asking", "inbox", 1, 20, 2)
        for role, target in roles.items():
            megabytes = resident(ledger.processes.pids[role]) / 1e6
            yield figure(f"{role}, resident at {size.segments} segments", "MB", [megabytes], target)


def _pause(size: Size, said: Told) -> Iterator[Figure]:
    """The follower's pause; a replica that decides goes on, for it takes no snapshot."""
    said("the pause of a snapshot")
    spent = asyncio.run(pauses(size.segments, 5))
    name = f"pause of the follower that takes a snapshot of {size.segments} segments"
    yield figure(name, "ms", spent, "<= 10")


def _latency(name: str, found: dict[str, float], target: str) -> Figure:
    return figure(name, "ms", [found["p50_ms"]], target, p99=found["p99_ms"])


def _service(role: str, patience_ms: int = -1) -> Service:
    (port,) = free_ports(1)
    return Service(role, role, port, patience_ms)
