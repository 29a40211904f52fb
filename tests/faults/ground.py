"""Where a run takes place: servers, a town on them, a load, strikes, and the verdict behind."""

import itertools
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeAlias

from libs.ledger.rules import RuleSet
from services.cluster.postgres import create_database
from tests.faults.checks import ACKNOWLEDGED_MIN, judge
from tests.faults.load import Load
from tests.faults.report import Report, report
from tests.faults.run import Run
from tests.faults.town import Town

Strike: TypeAlias = Callable[[Town, Load, Random, int], Awaitable[None]]
"""Does something to a town under load, so many times."""

Houses: TypeAlias = Sequence[tuple[str, str, int]]

LEADING: Houses = (("replica-1", "replica", 0), ("replica-2", "replica", 1000))
HOUSES: Houses = (
    *LEADING,
    ("projection-1", "projection", -1),
    ("transfer-1", "transfer", -1),
    ("transfer-2", "transfer", -1),
    ("invalidation-1", "invalidation", -1),
)
"""The processes of a town: name, role, patience in milliseconds."""

NOTIFYING: Houses = (*HOUSES, ("notify-1", "notify", -1))
CLIENTS = 16
OBSERVATIONS_MAX = 5
WARM = 100
"""So many commands are answered before anything strikes."""

_numbers = itertools.count(1)


class Servers(NamedTuple):
    """Where Kafka and PostgreSQL are; `postgres` is the address of any database of its owner."""

    bootstrap: str
    postgres: str
    replication: int = 1


class Ground:
    """A folder, servers, and the seed that everything is drawn from."""

    def __init__(self, folder: Path, servers: Servers, seed: int) -> None:
        self.folder = folder
        self.servers = servers
        self.seed = seed

    def town(
        self,
        name: str,
        *,
        bootstrap: str = "",
        wait_ms: int = 2000,
        ruled: RuleSet | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Town:
        """Return a town of its own topics and database, not founded yet."""
        unique = f"{name.lower()}-{next(_numbers)}"
        folder = self.folder / unique
        folder.mkdir(parents=True)
        copies = itertools.count(1)

        def empty() -> str:
            return self.database(f"{unique}-{next(copies)}")

        return Town(
            folder,
            bootstrap or self.servers.bootstrap,
            self.database(unique),
            empty,
            unique,
            replication=self.servers.replication,
            wait_ms=wait_ms,
            ruled=ruled,
            settings=settings,
        )

    def database(self, name: str) -> str:
        """Return the address of a new empty database."""
        return create_database(self.servers.postgres, name)

    async def run(
        self,
        name: str,
        strikes: Sequence[tuple[Strike, int]],
        *,
        houses: Houses = HOUSES,
        acknowledged: int = ACKNOWLEDGED_MIN,
        unknown: int = 0,
        town: Town | None = None,
    ) -> Report:
        """Let strikes fall on a loaded town, one after the other, and judge what is left."""
        began, chance = time.monotonic(), Random(self.seed)
        async with town or self.town(name) as struck:
            await struck.settle(houses)
            load = Load(struck, self.seed, CLIENTS)
            await load.found()
            async with load:
                await load.more(WARM)
                for strike, count in strikes:
                    await strike(struck, load, chance, count)
                    await load.more(WARM)
                await load.until(acknowledged)
            run = await observed(struck)
            verdict = judge(run, acknowledged=acknowledged, unknown=unknown, injected=len(strikes))
        return report(name, run, verdict, time.monotonic() - began)


async def observed(town: Town) -> Run:
    """Return what a quiet town is; looked at again where time passed in it meanwhile."""
    for left in reversed(range(OBSERVATIONS_MAX)):
        whole = await town.quiet()
        before = await town.ends()
        run = await town.observe(whole=whole)
        still = before == await town.ends()
        if still or not left:
            run.whole = whole and still
            return run
    raise AssertionError
