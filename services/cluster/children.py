"""Child processes that never outlive their parent, whatever ends it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from libs.ledger.ports import LedgerFault

PORTS = range(10_000, 32_000)
"""Below the range that connections take their own ends from: a client that asks for a dead server
there could be answered by itself, and no connection takes the port of a server that is away."""

TAIL_LINES = 25
LINGER_SECONDS = 5


class NoServer(LedgerFault):
    """A server cannot be had, or does not come up."""


def spawn(
    command: Sequence[str],
    log: Path,
    *,
    dies_by: str = "KILL",
    environment: Mapping[str, str] | None = None,
    privileges: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that Ctrl-C at a terminal does not reach it.

    On Linux the kernel sends it the signal `dies_by` when the thread that called this ends: call
    it from a thread that stays, the main one. `privileges` are options of setpriv.
    """
    leash = shutil.which("setpriv")
    leashed = [leash, *privileges, "--pdeathsig", dies_by, "--"] if leash else []
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as written:
        return subprocess.Popen(  # noqa: S603 - our own command lines, no shell between
            [*leashed, *command],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )


def end(
    process: subprocess.Popen[bytes], grace_seconds: float, by: signal.Signals = signal.SIGTERM
) -> int:
    """End a child: ask it by a signal, and after the grace kill it; return how it ended."""
    if process.poll() is None:
        process.send_signal(by)
        process.send_signal(signal.SIGCONT)  # one that is held cannot hear
    try:
        return process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens at, and that this process has given to nobody."""
    return [next(_ports) for _ in range(count)]


def insist_free(ports: Iterable[int], whose: Path) -> None:
    """Wait a little for what listened before to end; raise NoServer where a port stays taken."""
    deadline = time.monotonic() + LINGER_SECONDS
    for port in ports:
        while not is_free(port):
            if time.monotonic() > deadline:
                raise NoServer(f"port {port}, which {whose} listens at, is taken; does it run?")
            time.sleep(0.05)


def is_free(port: int) -> bool:
    """Return whether a server could listen at this port of 127.0.0.1."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free(seed: int) -> Iterator[int]:
    for step in range(len(PORTS)):
        port = PORTS[(seed + step) % len(PORTS)]
        if is_free(port):
            yield port
    raise NoServer(f"no port from {PORTS.start} to {PORTS.stop} is free")


_ports = _free(64 * os.getpid())  # two programs that look at once look at other places


def tail(log: Path, count: int = TAIL_LINES) -> str:
    """Return the last lines of a log, for the fault that names it."""
    if not log.is_file():
        return f"{log} was not written"
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return "\n".join([f"the last lines of {log}:", *lines])
