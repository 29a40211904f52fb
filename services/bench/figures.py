"""A figure: what was measured, how often, against which target, beside which floor."""

import os
import platform
import sqlite3
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a benchmark; `target` begins with >= or <=, `floor` is the bare work's figure."""

    name: str
    unit: str
    median: float
    min: float
    max: float
    runs: int
    p99: float | None = None
    target: str = ""
    met: bool | None = None
    floor: float | None = None
    ratio: float | None = None


class Bench(msgspec.Struct, frozen=True):
    """A whole run: where, how, and what came out."""

    machine: dict[str, str | int]
    settings: dict[str, str | int]
    figures: list[Figure]


def machine() -> dict[str, str | int]:
    """Say what this was measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "cpu": model,
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
    }


def figure(
    name: str,
    unit: str,
    samples: Sequence[float],
    target: str = "",
    floor: float | None = None,
    p99: float | None = None,
) -> Figure:
    """Make a figure of samples; a target on p99 is written `<= 0.5, p99 <= 3`."""
    median = statistics.median(samples)
    return Figure(
        name=name,
        unit=unit,
        median=_short(median),
        min=_short(min(samples)),
        max=_short(max(samples)),
        runs=len(samples),
        p99=None if p99 is None else _short(p99),
        target=target,
        met=_met(target, median, p99),
        floor=None if floor is None else _short(floor),
        ratio=None if not floor else _short(median / floor),
    )


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the value that a share of the samples does not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _met(target: str, median: float, p99: float | None) -> bool | None:
    if not target:
        return None
    met = True
    for part in target.split(", "):
        words = part.split()
        value = median
        if words[0] == "p99":
            value, words = p99 if p99 is not None else float("inf"), words[1:]
        bound = float(words[1])
        met = met and (value >= bound if words[0] == ">=" else value <= bound)
    return met


def render(bench: Bench) -> list[tuple[str, ...]]:
    """Return the rows of the table that people read."""
    rows: list[tuple[str, ...]] = []
    for one in bench.figures:
        spread = f"{one.min:g} - {one.max:g}" if one.runs > 1 else ""
        beside = "" if one.floor is None else f"{one.floor:g} ({one.ratio:g}x)"
        met = {None: "", True: "met", False: "MISSED"}[one.met]
        p99 = "" if one.p99 is None else f"{one.p99:g}"
        rows.append((one.name, f"{one.median:g} {one.unit}", p99, spread, beside, one.target, met))
    return rows
