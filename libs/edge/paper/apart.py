"""Verifying a stranger's file in a process of its own, which can be stopped and has little.

A file of a few MiB can ask a PDF reader for all the memory and time there is. A thread could not be
taken that from, and would take the registry with it; a process is bounded by the system, has no
setting and no key, writes no file, and is killed when its time is over.
"""

import asyncio
import resource
import sys
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from libs.edge.paper.verify import Verdict

AT_ONCE, WAITING_MAX = 2, 8
SECONDS_MAX, CPU_SECONDS_MAX = 30, 10
MEMORY_BYTES_MAX = 256 * 2**20
"""Three times what any file took so far; those at once fit into half of a pod of 1 GiB."""


class Asked(msgspec.Struct, frozen=True):
    """A file, and whom to trust: public keys of ledgers as they are written, certificates (DER)."""

    file: bytes
    keys: tuple[str, ...]
    certificates: tuple[bytes, ...]


class Unanswered(Exception):
    """The file was not checked: too many wait, or it took too much; this says nothing of it."""


class Apart:
    """Verifies files, so many at once; a few more wait."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def verify(self, asked: Asked) -> "Verdict":
        """Return what a file shows; raises Unanswered."""
        from libs.edge.paper.verify import Verdict  # noqa: PLC0415 - half a second to load

        if self._waiting >= WAITING_MAX:
            raise Unanswered("too many wait")
        self._waiting += 1
        try:
            async with self._free:
                told = await _answered(msgspec.msgpack.encode(asked))
        finally:
            self._waiting -= 1
        return msgspec.json.decode(told, type=Verdict)


async def _answered(asked: bytes) -> bytes:
    """Run this module's `main`, and kill it when its time is over."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-B", "-m", "libs.edge.paper.apart"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(SECONDS_MAX):
            told, _ = await process.communicate(asked)
    except TimeoutError:
        raise Unanswered("it took too long") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Unanswered(f"the process ended with {process.returncode}")
    return told


def bound() -> None:
    """Take from this process all but some memory and time; it can write no file any more."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, CPU_SECONDS_MAX),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def main() -> None:
    """Verify what stands on standard input, within the limits; write the verdict as JSON."""
    bound()
    from asn1crypto import x509  # noqa: PLC0415 - loaded within the limits

    from libs.edge.paper.verify import verify  # noqa: PLC0415 - the same
    from libs.ledger import note  # noqa: PLC0415 - the same

    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Asked)
    trust = tuple(x509.Certificate.load(one) for one in asked.certificates)
    found = verify(asked.file, tuple(map(note.key, asked.keys)), trust)
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
