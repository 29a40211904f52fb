"""A stranger's file in a process of its own: it has little memory and time, and writes nothing."""

import asyncio
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from libs.edge.paper import apart
from libs.edge.paper.apart import Apart, Asked, Unanswered
from libs.edge.paper.doubts import Doubt


@pytest.mark.parametrize(
    ("does", "ends"),
    [
        ("bytes(2**30)", "MemoryError"),
        ("open('{folder}/x', 'w').write('x' * 100_000)", "File too large"),
        ("print('alive')", ""),
    ],
)
def test_the_process_has_its_limits(tmp_path: Path, does: str, ends: str) -> None:
    code = f"from libs.edge.paper import apart; apart.bound(); {does.format(folder=tmp_path)}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode == 0) == (not ends)
    assert ends in run.stderr
    assert run.stdout == ("" if ends else "alive\n")


async def test_a_file_that_swells_is_not_genuine_and_no_more() -> None:
    """A table of references that would take a gigabyte: 1 MiB on the wire."""
    pack = zlib.compressobj(9)
    swelling = b"".join(pack.compress(bytes(2**20)) for _ in range(1024)) + pack.flush()
    head = b"%PDF-1.7\n"
    told = b"<</Type/XRef/Size 99999999/W[1 4 2]/Root 2 0 R/Filter/FlateDecode/Length %d>>"
    table = b"1 0 obj\n" + told % len(swelling) + b"\nstream\n" + swelling + b"\nendstream\nendobj"
    raw = head + table + b"\nstartxref\n%d\n%%%%EOF\n" % len(head)
    found = await Apart().verify(Asked(raw, (), ()))
    assert (found.genuine, found.doubt) == (False, Doubt.PDF_MALFORMED)


async def test_so_many_at_once_and_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, full, go_on = 0, 0, asyncio.Event(), asyncio.Event()

    async def answered(_: bytes) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == apart.AT_ONCE:
            full.set()
        await go_on.wait()
        running -= 1
        return b'{"genuine":false}'

    monkeypatch.setattr(apart, "_answered", answered)
    booth, asked = Apart(), Asked(b"", (), ())
    tasks = [asyncio.create_task(booth.verify(asked)) for _ in range(apart.WAITING_MAX)]
    await full.wait()
    with pytest.raises(Unanswered):
        await booth.verify(asked)
    go_on.set()
    assert [one.genuine for one in await asyncio.gather(*tasks)] == [False] * apart.WAITING_MAX
    assert most == apart.AT_ONCE
    assert not (await booth.verify(asked)).genuine


async def test_a_process_that_dies_says_nothing_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Unanswered):
        await Apart().verify(Asked(b"", ("no key",), ()))
    monkeypatch.setattr(apart, "SECONDS_MAX", 0.001)
    with pytest.raises(Unanswered):
        await Apart().verify(Asked(b"", (), ()))
