"""Faults on real servers, checked: `make faults ARGS='--faults F1,F9 --minutes 30 --seed 7'`.

Every fault has a quantity of its own; `--times` multiplies all of them, `--minutes` ends the run
behind the fault that is running then. The seed is printed; the same seed draws the same faults.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from libs.ledger.ports import LedgerFault
from services.cli.frame import speak
from services.cluster.children import NoServer
from tests.faults.cancelling import f13 as cancelling
from tests.faults.contract import b1
from tests.faults.ground import NOTIFYING, Ground, Servers
from tests.faults.lossy import lossy
from tests.faults.minds import s4
from tests.faults.postmen import f1n
from tests.faults.quorum import SESSION, f2, f3
from tests.faults.refusals import f17
from tests.faults.report import Report, broken
from tests.faults.strangers import f7
from tests.faults.strikes import b3, b9, f1, f4, f5, f12, f13
from tests.servers import kafka_servers, postgres_server

FOLDER = Path("build/faults")
ACKNOWLEDGED = 1000
LONG: Mapping[str, int] = {
    "F1": 2,
    "F1N": 42,
    "F2": 6,
    "F3": 2,
    "F4": 5,
    "F5": 20,
    "F7": 3,
    "F9": 20,
    "F12": 5,
    "F13": 5000,
    "F17": 1,
    "S4": 3,
    "B1": 10_000,
    "B3": 50,
    "B9": 20,
}
"""How often, by fault: rounds of every point (F1, 26 kills), kills (F1N, F2, F12), brokers' rounds
(F3), stops (F4), hundreds of commands (F5, F9), transactions (F7, 4 each), cancellations (F13),
rounds of changes (F17), odd replicas (S4), requests (B1), rounds of 22 poisons (B3), hundreds of
the same at once (B9)."""


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Night:
    """The faults of one run, in order, on servers of their own."""

    def __init__(self, folder: Path, seed: int, times: int) -> None:
        self.folder = folder
        self.seed = seed
        self.times = times

    async def fault(self, name: str) -> Report:
        """Run one fault on the servers that it needs."""
        count = LONG[name] * self.times
        folder = Path(tempfile.mkdtemp(prefix=f"{name.lower()}-", dir=self.folder))
        say(f"{name}: {count} times, in {folder}")
        if name in ("F2", "F3"):
            return await self._quorum(name, folder, count)
        with postgres_server(folder / "pg") as database, kafka_servers(folder / "kafka") as kafka:
            ground = Ground(folder, Servers(kafka.bootstrap, database.url()), self.seed)
            others: Mapping[str, Callable[[], Awaitable[Report]]] = {
                "F1N": lambda: f1n(ground, count, ACKNOWLEDGED),
                "F9": lambda: lossy(ground, count),
                "F12": lambda: ground.run("F12", [(f12(database), count)], houses=NOTIFYING),
                "F13": lambda: self._cancelled(ground, count),
                "F17": lambda: self._elsewhere(ground, folder),
                "S4": lambda: s4(ground, count, ACKNOWLEDGED),
                "B1": lambda: b1(ground, count, ACKNOWLEDGED),
            }
            if name in others:
                return await others[name]()
            strike = {"F1": f1, "F4": f4, "F5": f5, "F7": f7, "B3": b3, "B9": b9}[name]
            return await ground.run(name, [(strike, count)], houses=NOTIFYING)

    async def _quorum(self, name: str, folder: Path, count: int) -> Report:
        brokers = kafka_servers(folder / "kafka", 3, **SESSION)
        with postgres_server(folder / "pg") as database, brokers:
            servers = Servers(brokers.bootstrap, database.url(), 3)
            strike = (f2 if name == "F2" else f3)(brokers)
            return await Ground(folder, servers, self.seed).run(name, [(strike, count)])

    async def _cancelled(self, ground: Ground, count: int) -> Report:
        """Cancel inside this process, then hang up on other ones."""
        inside = await cancelling(ground, count, ACKNOWLEDGED)
        say(inside.line)
        outside = await ground.run("F13", [(f13, count // 10)])
        return worse(inside, outside)

    async def _elsewhere(self, ground: Ground, folder: Path) -> Report:
        with kafka_servers(folder / "other") as other:
            return await f17(ground, ACKNOWLEDGED, other.bootstrap)


def worse(one: Report, other: Report) -> Report:
    """Return the report that is less good."""
    order = ("valid", "unknown", "violation")
    return max(one, other, key=lambda told: order.index(told.verdict))


async def run(names: list[str], night: Night, minutes: float) -> int:
    """Run faults; return 0 where all are valid, 1 where one is not."""
    began, told = time.monotonic(), list[Report]()
    for name in names:
        if told and (time.monotonic() - began) / 60 > minutes:
            say(f"{name}: not run, {minutes:g} minutes are over")
            continue
        try:
            done = await night.fault(name)
        except NoServer:
            raise
        except (LedgerFault, RuntimeError, AssertionError, TimeoutError) as wrong:
            done = broken(name, wrong)
        told.append(done)
        say(done.line)
        for violation in done.violations:
            say(f"  {violation}")
        for why in done.why:
            say(f"  unknown: {why}")
    report = night.folder / "report.json"
    report.write_bytes(msgspec.json.format(msgspec.json.encode(told)))
    bad = [one.name for one in told if one.verdict != "valid"]
    say(f"{len(told)} faults, seed {night.seed}, {', '.join(bad) or 'none'} not valid; {report}")
    return 1 if bad or len(told) < len(names) else 0


def main(arguments: list[str] | None = None) -> int:
    """Read what was asked for, and run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--faults", default=",".join(LONG), help="which, parted by commas")
    parser.add_argument("--times", type=int, default=1, help="multiplies every quantity")
    parser.add_argument("--minutes", type=float, default=600, help="begin no fault behind these")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="of all chance")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where data and logs are kept")
    asked = parser.parse_args(arguments)
    names = asked.faults.upper().split(",")
    if unknown := [name for name in names if name not in LONG]:
        parser.error(f"no such fault: {', '.join(unknown)}; there are {', '.join(LONG)}")
    folder = (asked.folder / f"seed-{asked.seed}").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    speak("warning", serving=True)
    say(f"seed {asked.seed}")
    try:
        return asyncio.run(run(names, Night(folder, asked.seed, asked.times), asked.minutes))
    except (NoServer, pytest.skip.Exception, pytest.fail.Exception) as missing:
        say(f"not run: {missing}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
