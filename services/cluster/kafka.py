"""A real Apache Kafka on 127.0.0.1: one broker or three, as child processes."""

import asyncio
import secrets
import signal
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from libs.ledger.log.broker import Broker
from libs.ledger.log.topics import nodes
from libs.ledger.ports import LogUnavailable
from services.cluster.children import NoServer, end, free_ports, insist_free, is_free, spawn, tail
from services.cluster.jars import java
from services.cluster.kafka_settings import LOG4J, Plan, properties

READY_SECONDS = 90
GRACE_SECONDS = 10


class KafkaServers:
    """Brokers that are also the controllers, numbered from 1; their data stays in the folder.

    `settings` are broker settings on top of ours. Nothing but 127.0.0.1 hears them.
    """

    def __init__(
        self,
        folder: Path,
        jars: Path,
        brokers: int = 1,
        *,
        deletable: bool = False,
        settings: Mapping[str, str] | None = None,
        logs: Path | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.logs = (logs or folder).resolve()
        self.brokers = brokers
        self._jars = jars
        self._deletable = deletable
        self._settings = settings or {}
        self._plan = self._planned()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def bootstrap(self) -> str:
        """Where clients begin: HOST:PORT of every broker, parted by commas."""
        return ",".join(f"127.0.0.1:{port}" for port in self._plan.ports)

    @property
    def pids(self) -> dict[int, int]:
        """The process of each broker that was started."""
        return {number: process.pid for number, process in self._processes.items()}

    def ended(self) -> list[int]:
        """Return the brokers that were started and run no more."""
        return [n for n, process in self._processes.items() if process.poll() is not None]

    def log(self, number: int) -> Path:
        """Return the log file of a broker."""
        return self.logs / f"broker-{number}.log"

    def __enter__(self) -> Self:
        """Start every broker and wait until they serve."""
        try:
            self.start()
            self.wait()
        except BaseException:
            self.stop(0)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every broker."""
        self.stop()

    def start(self) -> None:
        """Start every broker; `wait` or `ready` tells when they serve."""
        numbers = range(1, self.brokers + 1)
        fresh = [n for n in numbers if not (self._data(n) / "meta.properties").is_file()]
        for number in numbers:
            self._configure(number)
        formatting = [(n, self._format(n)) for n in fresh]
        for number, process in formatting:
            if process.wait() != 0:
                raise NoServer(f"broker {number} has no place:\n{tail(self.log(number))}")
        for number in numbers:
            self.restart(number)

    def wait(self, seconds: float = READY_SECONDS) -> None:
        """Block until every broker serves; the work is done on a loop of its own."""
        with ThreadPoolExecutor(1) as aside:
            aside.submit(lambda: asyncio.run(self.ready(seconds))).result()

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Return once every broker serves, and each of them says so; raise NoServer otherwise."""
        try:
            async with asyncio.timeout(seconds):
                for number, port in enumerate(self._plan.ports, 1):
                    while await self._seen(number, port) < self.brokers:  # noqa: ASYNC110 - a process sets no event
                        await asyncio.sleep(0.1)
        except TimeoutError:
            raise NoServer(f"Kafka does not serve within {seconds} s\n{self._tails()}") from None

    async def _seen(self, number: int, port: int) -> int:
        if self._processes[number].poll() is not None:
            raise NoServer(f"broker {number} ended:\n{tail(self.log(number))}")
        return await seen(port)

    def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """End every broker; the last of three cannot hand over and is killed after the grace."""
        for process in self._processes.values():
            if grace_seconds and process.poll() is None:
                process.terminate()
                process.send_signal(signal.SIGCONT)
        for process in reversed(self._processes.values()):
            end(process, grace_seconds) if grace_seconds else end(process, 0, signal.SIGKILL)

    def kill(self, number: int) -> None:
        """End a broker at once (SIGKILL) and see it gone."""
        self._processes[number].kill()
        self._processes[number].wait()

    def restart(self, number: int) -> None:
        """Start a broker that has ended; `ready` tells when it serves."""
        if number in self._processes and self._processes[number].poll() is None:
            raise NoServer(f"broker {number} runs already")
        heap = "-Xmx512m" if self.brokers == 1 else "-Xmx384m"
        self._processes[number] = spawn(
            self._java(heap, "-XX:+ExitOnOutOfMemoryError", "kafka.Kafka", self._file(number)),
            self.log(number),
        )

    def pause(self, number: int) -> None:
        """Let a broker stand still (SIGSTOP); its connections stay open and silent."""
        self._processes[number].send_signal(signal.SIGSTOP)

    def resume(self, number: int) -> None:
        """Let a broker that stands still go on (SIGCONT)."""
        self._processes[number].send_signal(signal.SIGCONT)

    def _data(self, number: int) -> Path:
        return self.folder / f"broker-{number}"

    def _file(self, number: int) -> str:
        return str(self.folder / f"broker-{number}.properties")

    def _java(self, *arguments: str) -> list[str]:
        log4j = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        return [java(), "-cp", f"{self._jars}/*", log4j, *arguments]

    def _format(self, number: int) -> subprocess.Popen[bytes]:
        tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted"]
        tool += ["--cluster-id", self._plan.cluster, "--config", self._file(number)]
        return spawn(self._java("-XX:TieredStopAtLevel=1", *tool), self.log(number))

    def _tails(self) -> str:
        return "\n".join(tail(self.log(number)) for number in self._processes)

    def _planned(self) -> Plan:
        """Read what the folder's cluster is, or settle it: clients find it where it was."""
        file = self.folder / "cluster.json"
        if file.is_file():
            plan = msgspec.json.decode(file.read_bytes(), type=Plan)
            if len(plan.ports) != self.brokers:
                raise NoServer(f"{self.folder} holds {len(plan.ports)} brokers, not {self.brokers}")
            insist_free(plan.ports + plan.controllers, self.folder)
            return plan
        ports = free_ports(2 * self.brokers)
        cluster = "A" + secrets.token_urlsafe(16)[1:]  # as an option's value it opens with no dash
        plan = Plan(cluster, tuple(ports[: self.brokers]), tuple(ports[self.brokers :]))
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "log4j2.properties").write_text(LOG4J)
        file.write_bytes(msgspec.json.encode(plan))
        return plan

    def _configure(self, number: int) -> None:
        chosen = {
            **properties(self._plan, number),
            "log.dirs": str(self._data(number)),
            "delete.topic.enable": str(self._deletable).lower(),
            **self._settings,
        }
        text = "".join(f"{name}={value}\n" for name, value in chosen.items())
        Path(self._file(number)).write_text(text)


async def seen(port: int) -> int:
    """Return how many brokers serve, as the one at this port says; 0 while it says nothing."""
    if is_free(port):
        return 0
    try:
        return await nodes(Broker(f"127.0.0.1:{port}"))
    except LogUnavailable:
        return 0
