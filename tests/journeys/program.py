"""Starting the program as a user does: as a process of its own, in a folder of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

PROJECT = Path(__file__).parents[2]
AUDITOR = PROJECT / "libs" / "auditor" / "audit.py"
DATA = PROJECT.parent / "shared" / "data"
PLAIN = {**os.environ, "COLUMNS": "200", "TERM": "dumb"}


def tonne(*words: object, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `tonne` and require an exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *map(str, words)],
        cwd=cwd,
        env={**PLAIN, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def told(*words: object, cwd: Path, code: int = 0) -> dict[str, object]:
    """Run `tonne ... --json` and return the object of its last line."""
    done = tonne(*words, "--json", cwd=cwd, code=code)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def stranger(journal: Path, code: int = 0) -> dict[str, object]:
    """Run the independent auditor, isolated from everything that is ours."""
    done = subprocess.run(
        [sys.executable, "-I", str(AUDITOR), str(journal), "--json", "--quiet"],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def free_port() -> int:
    """Return a port of loopback that nobody has: two runs of the suite may meet on one machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(cwd: Path, *words: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run `tonne serve` until the block ends; it is there when the block begins."""
    said = (cwd / "served.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "serve", "--http", f"127.0.0.1:{port}", *words],
        cwd=cwd,
        env={**PLAIN, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.DEVNULL,
        stderr=said,
        text=True,
    )
    said.close()
    try:
        wait_for(port, process, cwd / "served.log")
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(port: int, process: subprocess.Popen[str], said: Path) -> None:
    """Return when the server answers; fail with its words where it ends instead."""
    for _ in range(400):
        if process.poll() is not None:
            raise AssertionError(said.read_text(encoding="utf-8"))
        try:
            if request(port, "GET", "/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server is not ready after 20 s")


def request(
    port: int, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Send one request; header names are written with underscores."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        sent = None if body is None else json.dumps(body).encode()
        typed = {} if body is None else {"Content-Type": "application/json"}
        named = typed | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, sent, named)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()
