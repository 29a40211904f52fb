"""`tonne bench cluster`: the figures of a ledger on real Kafka and PostgreSQL."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from services.bench.figures import Bench, Figure, figure, machine
from services.bench.stage import Stage, told
from services.bench.workload import Workload
from services.cluster.children import free_ports
from services.cluster.processes import Service

Told = Callable[[str], None]


class Size(msgspec.Struct, frozen=True):
    """How much is measured; `pairs` are runs of spread and hot in turn."""

    commands: int
    pairs: int
    singles: int
    crowd: int
    rate: int
    seconds: int


FULL = Size(commands=60_000, pairs=5, singles=3_000, crowd=40_000, rate=2_000, seconds=20)
QUICK = Size(commands=5_000, pairs=1, singles=200, crowd=2_000, rate=500, seconds=3)

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


def _latency(name: str, found: dict[str, float], target: str) -> Figure:
    return figure(name, "ms", [found["p50_ms"]], target, p99=found["p99_ms"])


def _service(role: str, patience_ms: int = -1) -> Service:
    (port,) = free_ports(1)
    return Service(role, role, port, patience_ms)
