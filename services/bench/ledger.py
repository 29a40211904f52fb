"""`tonne bench ledger`: the figures of the embedded registry, one after the other, alone."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from services.audit.export import write
from services.bench import journals, retirement, throughput
from services.bench.figures import Bench, Figure, figure, machine, percentile
from services.bench.workload import Workload

Told = Callable[[str], None]


class Size(msgspec.Struct, frozen=True):
    """How much is measured.

    `singles` are sent one at a time, `entries` make the long journal, and `bulks` are commands of
    ten thousand lines.
    """

    commands: int
    runs: int
    singles: int
    entries: int
    bulks: int


FULL = Size(commands=50_000, runs=5, singles=3_000, entries=1_000_000, bulks=100)
QUICK = Size(commands=5_000, runs=3, singles=300, entries=40_000, bulks=2)


def ledger(size: Size, told: Told, parts: Sequence[str] = ()) -> Bench:
    """Measure these parts, or everything, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="tonne-bench-") as folder:
        place = Path(folder)
        figures = [found for name in parts or PARTS for found in PARTS[name](place, size, told)]
    settings: dict[str, str | int] = {
        **msgspec.structs.asdict(size),
        "log": "SQLite, WAL, synchronous=FULL, one file",
    }
    return Bench(machine(), settings, figures)


def _throughput(place: Path, size: Size, told: Told) -> Iterator[Figure]:
    spread, hot, floors, ratios = [], [], [], []
    for run in range(size.runs):
        told(f"commands through the replica, run {run + 1} of {size.runs}")
        work = Workload(run)
        setting, records = list(work.setting()), work.spread(size.commands)
        floors.append(asyncio.run(throughput.bare(place / f"bare{run}.db", records)))
        spread.append(asyncio.run(throughput.through(place / f"spread{run}.db", setting, records)))
        work = Workload(run)
        setting, records = list(work.setting()), work.hot(size.commands)
        hot.append(asyncio.run(throughput.through(place / f"hot{run}.db", setting, records)))
        ratios.append(hot[-1] / spread[-1])
    floor = sorted(floors)[len(floors) // 2]
    yield figure("commands through the replica", "1/s", spread, ">= 20000", floor)
    yield figure("commands through the replica, one hot account", "1/s", hot, "", floor)
    yield figure("hot over spread, interleaved pairs", "ratio", ratios, ">= 0.8")


def _latency(place: Path, size: Size, told: Told) -> Iterator[Figure]:
    work = Workload(1)
    setting, records = list(work.setting()), work.spread(size.singles)
    told("one command at a time, in process")
    taken = asyncio.run(throughput.one_by_one(place / "single.db", setting, records))
    floor = throughput.two_commits(place / "commit.db", size.singles)
    yield figure(
        "one command in process", "ms", taken, "<= 0.5, p99 <= 3", floor, percentile(taken, 0.99)
    )
    told("one command at a time, over HTTP")
    taken = throughput.over_http(place / "http.db", setting, size.singles)
    yield figure(
        "one command over HTTP", "ms", taken, "<= 4, p99 <= 15", floor, percentile(taken, 0.99)
    )


def _ranges(_: Path, size: Size, told: Told) -> Iterator[Figure]:
    """Ten commands that move ten credits, and ten that move ten million: the same cost."""
    told("ten credits and ten million")
    ratios = []
    for run in range(size.runs * 4):
        work = Workload(run)
        setting = list(work.setting())
        few = work.sized(10, 1)
        many = work.sized(10, 1_000_000)
        small, large = throughput.deciding(setting, few), throughput.deciding(setting, many)
        ratios.append(large / small)
    yield figure("10 M credits over 10 credits, in 10 commands each", "ratio", ratios, "<= 1.2")


def _memory(_: Path, __: Size, told: Told) -> Iterator[Figure]:
    shapes = ((1000, 100, 10), (10_000, 100, 1), (10, 10, 10_000))
    for accounts, lots, pieces in shapes:
        told(f"a million segments: {accounts} accounts x {lots} lots x {pieces}")
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "services.bench.memory", str(accounts), str(lots), str(pieces)],
            capture_output=True,
            text=True,
            check=True,
        )
        size = json.loads(done.stdout)["bytes"] / 2**20
        name = f"1 M segments: {accounts:,} accounts x {lots} lots x {pieces:,} pieces"
        yield figure(name, "MiB", [size], "<= 350", 16 * 10**6 / 2**20)


def _long(place: Path, size: Size, told: Told) -> Iterator[Figure]:
    path, count = place / "long.db", size.entries
    starts_at = (count // 4, count // 2)

    def grown_to(done: int) -> None:
        if done % max(count // 20, 1) == 0:
            told(f"a long journal: {done:,} of {count:,} entries")

    grown = asyncio.run(journals.grow(path, count, starts_at, grown_to))
    blocks = max(1, len(grown.rates) // 10)
    first, last = grown.rates[:blocks], grown.rates[-blocks:]
    yield figure("commands/s while a journal grows, first tenth", "1/s", first)
    yield figure("commands/s while a journal grows, last tenth", "1/s", last)
    flat = (sum(first) / len(first)) / (sum(last) / len(last))
    yield figure("cost per command, last tenth over first tenth", "ratio", [flat], "<= 1.2")
    for entries, seconds in grown.starts.items():
        yield figure(f"start from a snapshot of {entries:,} entries", "s", [seconds], "<= 10")
    told("export")
    exported = place / "long.ndjson"
    started = time.perf_counter()
    head = asyncio.run(write(f"sqlite:///{path}", "main", exported))
    yield figure("export", "entries/s", [head.position / (time.perf_counter() - started)])
    rates = journals.proofs(exported, told)
    floor = journals.hashing(exported)
    targets = {
        "chain": ">= 500000",
        "books": ">= 100000",
        "verdicts": ">= 40000",
        "audit.py": ">= 15000",
    }
    for name, rate in rates.items():
        yield figure(f"audit: {name}", "entries/s", [rate], targets.get(name, ""), floor)


def _retirement(_: Path, size: Size, told: Told) -> Iterator[Figure]:
    told(f"retirements of ten thousand lines, {size.runs} of each kind and {size.bulks} in a row")
    yield from retirement.figures(size.runs, size.bulks)


PARTS: dict[str, Callable[[Path, Size, Told], Iterator[Figure]]] = {
    "throughput": _throughput,
    "latency": _latency,
    "ranges": _ranges,
    "memory": _memory,
    "retirement": _retirement,
    "long": _long,
}
