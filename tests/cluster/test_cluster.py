"""`tonne cluster` is the whole system on one machine: it serves, it ends whole, it goes on."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from services.cluster.children import free_ports, is_free
from services.cluster.processes import Service, services
from tests.cluster.alive import runs
from tests.servers import kafka_servers, postgres_server

PROJECT = Path(__file__).resolve().parents[2]
READY = "Ctrl-C ends it all"
COMMAND = "0b5a2f4e-7c1d-4e2f-9b1a-6d1f3a5c7e90"

pytestmark = pytest.mark.timeout(400)


class Started:
    """A cluster as a user starts it, in a process of its own."""

    def __init__(self, folder: Path, base: int) -> None:
        self.service = {one.role: one for one in services(base)}
        self._said, self._warned = folder / "said", folder / "warned"
        command = ["-m", "services.cli", "cluster", "--folder", str(folder / "cluster")]
        with self._said.open("w") as out, self._warned.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, *command, "--base-port", str(base)],
                cwd=PROJECT,
                stdout=out,
                stderr=err,
            )

    def wait(self) -> None:
        """Return once it says that all is ready."""
        deadline = time.monotonic() + 150
        while READY not in self._said.read_text():
            assert self.process.poll() is None, self.warned()
            assert time.monotonic() < deadline, self.warned()
            time.sleep(0.1)

    def warned(self) -> str:
        """Return what it said on standard error."""
        return self._warned.read_text()

    def pids(self) -> dict[str, int]:
        """Return the process of each service, as its table says."""
        rows = re.findall(r"^(\S+) +http://\S+ +(\d+) +ready", self._said.read_text(), re.MULTILINE)
        return {name: int(pid) for name, pid in rows}

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return how it did."""
        self.process.send_signal(by)
        return self.process.wait(100)


@contextmanager
def cluster(folder: Path, base: int) -> Iterator[Started]:
    """Start a cluster and wait for it; whatever happens, none of it is left."""
    started = Started(folder, base)
    try:
        started.wait()
        yield started
    finally:
        if started.process.poll() is None:
            started.end()


def asked(service: Service, method: str, path: str, body: object = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", service.port, timeout=10)
    headers = {"Content-Type": "application/json", "Idempotency-Key": COMMAND}
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def free_base() -> int:
    """Return a port above which the services find theirs."""
    while True:
        (base,) = free_ports(1)
        if all(is_free(one.port) for one in services(base)):
            return base


def settings_of(pid: int) -> dict[str, str]:
    """Return the settings that a service was started with."""
    said = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(one.split("=", 1) for one in said if one.startswith("TONNE_"))


def told(folder: Path, chosen: dict[str, str]) -> dict[str, Any]:
    """Play the story of J-Credit on a cluster, or on a file of its own; return what it says."""
    where = ["--log", chosen["TONNE_LOG"]] if chosen else []
    command = ["-m", "services.cli", "demo", "--scenario", "j-credit", "--json", *where]
    done = subprocess.run(
        [sys.executable, *command, "--folder", str(folder)],
        cwd=PROJECT,
        env=os.environ | chosen | {"TONNE_HTTP": "127.0.0.1:0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_cluster_serves_and_ends_whole_and_goes_on_with_its_data(tmp_path: Path) -> None:
    kafka_servers(tmp_path / "asked")  # skips where no server can be had
    postgres_server(tmp_path / "asked")
    base = free_base()

    with cluster(tmp_path, base) as first:
        transfer = first.service["transfer"]
        account = {"account": "A01", "name": "Example Forest Co."}
        assert asked(transfer, "POST", "/v1/accounts", account)[0] == 201
        assert asked(transfer, "GET", "/v1/accounts/A01")[1]["name"] == "Example Forest Co."
        pids = first.pids()
        assert set(pids) == {one.name for one in services()}
        assert all(map(runs, pids.values()))
        assert first.end(signal.SIGINT) == 0
        assert not any(map(runs, pids.values()))

    with cluster(tmp_path, base) as second:
        assert asked(transfer, "GET", "/v1/accounts/A01")[0] == 200
        assert asked(transfer, "POST", "/v1/accounts", account)[0] in {200, 201}
        pids = second.pids()
        there = told(tmp_path / "there", settings_of(pids["transfer"]))
        here = told(tmp_path / "here", {})
        assert there["steps"] == here["steps"]
        assert there["holdings"] == here["holdings"], "one story, one end, on a file or a cluster"
        os.kill(pids["issuance"], signal.SIGKILL)
        assert second.process.wait(100) == 2
        assert "issuance ended with -9" in second.warned()
        assert not any(map(runs, pids.values()))
