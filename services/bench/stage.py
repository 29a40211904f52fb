"""A stage for benchmarks: real servers, ledgers with a history, and processes that are measured."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog
from services.bench.workload import Workload
from services.cluster.postgres import create_database
from services.cluster.processes import Processes, Service
from services.cluster.whole import Cluster
from services.looping import run
from services.settings import environment

READY_SECONDS = 60
BATCH = 2000


class Stage:
    """Kafka and PostgreSQL on this machine, and as many ledgers as are measured on."""

    def __init__(self, folder: Path, brokers: int = 1) -> None:
        self._cluster = Cluster(folder, brokers)
        self._chosen: dict[str, str] = {}
        self.folder = folder
        self.brokers = brokers

    def __enter__(self) -> Self:
        self._chosen = self._cluster.start_servers()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._cluster.stop()

    def database(self, name: str) -> str:
        """Return the address of a new database."""
        return create_database(self._chosen["database"], name)

    def ledger(self, name: str) -> "Ledger":
        """Return a new ledger with topics and tables of its own."""
        database = self.database(name)
        chosen = {**self._chosen, "name": name, "database": database, "log_level": "warning"}
        chosen["state"] = ""
        processes = Processes(self.folder / "logs" / name, chosen)
        processes.run("migrate", "upgrade")
        processes.run("topics", "apply", "--replication", str(self.brokers))
        return Ledger(chosen, processes)


class Ledger:
    """One ledger of the stage."""

    def __init__(self, chosen: dict[str, str], processes: Processes) -> None:
        self.chosen = chosen
        self.processes = processes

    def append(self, records: Sequence[bytes]) -> None:
        """Put commands into the log, whether anybody answers them or not."""
        run(_append(self.chosen["log"].removeprefix("kafka://"), self.chosen["name"], records))

    def setting(self, seed: int) -> Workload:
        """Put the opening of the workload into the log; return the workload."""
        work = Workload(seed, self.chosen["name"])
        self.append(list(work.setting()))
        return work

    @contextmanager
    def serving(self, *services: Service) -> Iterator[None]:
        """Run services, each ready before the block begins."""
        try:
            for service in services:
                self.processes.start(service)
            deadline = time.monotonic() + READY_SECONDS
            for service in services:
                while not self.processes.ready(service.name):
                    if time.monotonic() > deadline or self.processes.ended():
                        raise RuntimeError(f"{service.name} does not get ready")
                    time.sleep(0.05)
            yield
        finally:
            self.processes.stop()

    def begin(self, module: str, *words: object) -> subprocess.Popen[str]:
        """Start a process of the benchmark on this ledger."""
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", f"services.bench.{module}", *map(str, words)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(**self.chosen),
        )

    def measured(self, module: str, *words: object) -> dict[str, float]:
        """Run a process of the benchmark to its end and return what it says."""
        return told(self.begin(module, *words))


def told(process: subprocess.Popen[str]) -> dict[str, float]:
    """Return what a process of the benchmark says at its end."""
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
    found: dict[str, float] = json.loads(said)
    return found


async def _append(bootstrap: str, ledger: str, records: Sequence[bytes]) -> None:
    log = await KafkaLog.open(Broker(bootstrap), ledger)
    for start in range(0, len(records), BATCH):
        await log.submit(records[start : start + BATCH])
    await log.close()
