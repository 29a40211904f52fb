"""Every service of a ledger as a process of its own, with a log file and a readiness."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import msgspec

from services.cluster.children import NoServer, end, is_free, spawn, tail
from services.settings import environment

GRACE_SECONDS = 12
"""A service drains within ten seconds; then a little patience, then SIGKILL."""

STEP_SECONDS = 120
STANDBY_MS = 1000


class Service(msgspec.Struct, frozen=True):
    """One process: its name here, the role it serves, its port, its patience as a replica."""

    name: str
    role: str
    port: int
    patience_ms: int = -1

    @property
    def address(self) -> str:
        """Where it listens, as HOST:PORT."""
        return f"127.0.0.1:{self.port}"


def services(base: int = 8000) -> tuple[Service, ...]:
    """Return the processes of a cluster in the order of their start, from a base port on."""
    return (
        Service("replica-1", "replica", base + 10, 0),
        Service("replica-2", "replica", base + 11, STANDBY_MS),
        Service("projection", "projection", base + 12),
        Service("issuance", "issuance", base + 1),
        Service("transfer", "transfer", base + 2),
        Service("invalidation", "invalidation", base + 3),
        Service("notify", "notify", base + 4),
        Service("intake", "intake", base + 5),
    )


class Processes:
    """The services that were started, by name; their logs are in one folder.

    `chosen` are settings of tonne that all of them share, by field: `log`, `database`, `name`.
    Start them from a thread that stays: they end with it.
    """

    def __init__(self, logs: Path, chosen: Mapping[str, str]) -> None:
        self.logs = logs.resolve()
        self._chosen = chosen
        self._running: dict[str, tuple[Service, subprocess.Popen[bytes]]] = {}

    @property
    def pids(self) -> dict[str, int]:
        """The process of each service that was started."""
        return {name: process.pid for name, (_, process) in self._running.items()}

    def log(self, name: str) -> Path:
        """Return the log file of a service, or of the `setup` before them."""
        return self.logs / f"{name}.log"

    def run(self, *words: str) -> None:
        """Run `tonne WORDS` to its end; raise NoServer with the end of its log where it fails."""
        environ = environment(**self._chosen)
        process = spawn(_tonne(*words), self.log("setup"), dies_by="TERM", environment=environ)
        try:
            code = process.wait(STEP_SECONDS)
        finally:
            end(process, GRACE_SECONDS)
        if code != 0:
            raise NoServer(f"tonne {' '.join(words)} ended with {code}:\n{tail(self.log('setup'))}")

    def start(self, service: Service) -> None:
        """Start a service; `ready` tells when it serves."""
        if not is_free(service.port):
            raise NoServer(f"{service.name} would listen at port {service.port}, which is taken")
        chosen = {**self._chosen, "http": service.address, "patience_ms": str(service.patience_ms)}
        process = spawn(
            _tonne("serve", service.role),
            self.log(service.name),
            dies_by="TERM",
            environment=environment(**chosen),
        )
        self._running[service.name] = service, process

    def restart(self, name: str) -> None:
        """Start a service again that has ended."""
        self.start(self._running[name][0])

    def ready(self, name: str) -> bool:
        """Return whether a service says of itself that it is ready."""
        service, _ = self._running[name]
        asked = http.client.HTTPConnection("127.0.0.1", service.port, timeout=1)
        try:
            asked.request("GET", "/readyz")
            return asked.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()

    def ended(self) -> dict[str, int]:
        """Return the services that run no more, with how they ended."""
        codes = {name: process.poll() for name, (_, process) in self._running.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def signal(self, name: str, by: signal.Signals) -> None:
        """Send a signal to a service: SIGSTOP, SIGCONT, SIGTERM."""
        self._running[name][1].send_signal(by)

    def kill(self, name: str) -> None:
        """End a service at once (SIGKILL) and see it gone."""
        process = self._running[name][1]
        process.kill()
        process.wait()

    def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """End every service, the last started first, each by its process id."""
        for _, process in reversed(self._running.values()):
            end(process, grace_seconds)


def _tonne(*words: str) -> list[str]:
    return [sys.executable, "-m", "services.cli", *words]
