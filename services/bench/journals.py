"""A long journal: how the cost grows, how quick it is proven, how quick it is started from."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec

import services
from services.audit.full import Report, audit, audit_file
from services.audit.journal import Export
from services.bench.workload import Workload
from services.bootstrap import embedded
from services.node import Node

BLOCK = 10_000
WINDOW = 500


class Grown(msgspec.Struct):
    """Rates per block of commands while a journal grows, and the starts on its way."""

    rates: list[float]
    starts: dict[int, float]


async def grow(
    path: Path, entries: int, starts_at: tuple[int, ...], told: Callable[[int], None]
) -> Grown:
    """Grow a journal by mixed commands; at some lengths take a snapshot and time a start."""
    work = Workload(7)
    setting = list(work.setting())
    grown = Grown([], {})
    done = 0
    for stop in (*starts_at, entries):
        async with embedded(path, f"sqlite:///{path}.views") as registry:
            if not done:
                await registry.ask(setting[1:], 600_000)
            while done < stop:
                grown.rates.append(await _block(registry, work))
                done += BLOCK
                told(done)
                await registry.caught_up(registry.head.position, 600_000)
            await registry.checkpoint()
        if stop in starts_at or stop == entries:
            grown.starts[stop] = await asyncio.to_thread(_start_elsewhere, path)
    return grown


async def _block(registry: Node, work: Workload) -> float:
    records = work.mixed(BLOCK)
    started = time.perf_counter()
    for first in range(0, BLOCK, WINDOW):
        await registry.ask(records[first : first + WINDOW], 600_000)
    return BLOCK / (time.perf_counter() - started)


def _start_elsewhere(path: Path) -> float:
    """Return the seconds a process of its own takes to start from the snapshot."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "services.bench.starting", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout)["seconds"])


def proofs(journal: Path, told: Callable[[str], None]) -> dict[str, float]:
    """Return entries per second of every depth of audit, over an exported journal."""
    workers = os.cpu_count() or 1
    rates: dict[str, float] = {}
    for name, count in (("chain, one core", 1), ("chain", workers)):
        told(name)
        rates[name] = _rate(audit_file(journal, "chain", count))
    for name, count in (("books, one core", 1), ("books", workers)):
        told(name)
        rates[name] = _rate(audit_file(journal, "books", count))
    told("verdicts")
    rates["verdicts"] = _rate(audit(Export(journal)))
    told("audit.py")
    program = Path(services.__file__).parents[1] / "libs" / "auditor" / "audit.py"
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", str(program), str(journal), "--json", "--quiet"],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - started
    rates["audit.py"] = json.loads(done.stdout.splitlines()[-1])["entries"] / seconds
    return rates


def _rate(report: Report) -> float:
    if not report.ok:
        raise RuntimeError(f"not proven: {report.failure}")
    return report.entries / report.seconds


def hashing(journal: Path) -> float:
    """Return the floor of a proof: entries per second read from the file and hashed, no more."""
    started, count = time.perf_counter(), 0
    with journal.open("rb") as lines:
        for line in lines:
            sha256(line).digest()
            count += 1
    return count / (time.perf_counter() - started)
