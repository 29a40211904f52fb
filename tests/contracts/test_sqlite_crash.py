"""Nothing acknowledged is lost: by kill -9 at any instant, by torn writes, by half a checkpoint."""

import asyncio
import contextlib
import os
import signal
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Noted

PAGE = 16_384
HEADER, FRAME = 32, PAGE + 24

# ------------------------------------------------------------------------------------- kill -9


async def _append(path: Path, run: int, acks: int) -> None:
    """Append for ever from several clients at once, and say so on the pipe after each answer."""
    log = SqliteLog(path)

    async def submit(client: int) -> None:
        for number in range(1_000_000):
            name = b"%d.%d.%d" % (run, client, number)
            batch = [name + b" first", name + b" second" * (number % 400), name + b" third"]
            offset = await log.submit(batch)
            os.write(acks, b"c %d %s\n" % (offset, name))

    async def propose() -> None:
        for number in range(1_000_000):
            name = b"%d.%d" % (run, number)
            await log.propose([name, name + b" again"])
            os.write(acks, b"j - %s\n" % name)

    os.write(acks, b"open - -\n")
    await asyncio.gather(*(submit(client) for client in range(4)), propose())


def _killed(path: Path, run: int, instant: float, *, at_start: bool) -> list[tuple[str, str, str]]:
    """Start a child that appends, kill it, and return what it had acknowledged."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        with contextlib.suppress(BaseException):
            asyncio.run(_append(path, run, writing))
        os._exit(1)
    os.close(writing)
    told = b"" if at_start else os.read(reading, 65_536)
    time.sleep(instant)  # a real process, at a seeded instant
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with os.fdopen(reading, "rb") as pipe:
        told += pipe.read()
    whole = told[: told.rfind(b"\n") + 1].decode().splitlines()
    return [(kind, offset, name) for kind, offset, name in map(str.split, whole)]


async def _held(path: Path) -> tuple[list[bytes], list[bytes]]:
    log = SqliteLog(path)
    try:
        commands = await log.commands(0, 10**7) if log._command_end else []
        entries = await log.entries(0, 10**7) if log._journal_end else []
    finally:
        await log.close()
    assert [record.offset for record in commands] == list(range(len(commands)))
    assert [record.offset for record in entries] == list(range(len(entries)))
    return [record.value for record in commands], [record.value for record in entries]


def _assert_whole(commands: list[bytes], entries: list[bytes]) -> None:
    """Every batch is there with all its records, side by side."""
    for first, second, third in zip(*[iter(commands)] * 3, strict=True):
        name = first.removesuffix(b" first")
        assert second == name + b" second" * ((len(second) - len(name)) // 7)
        assert third == name + b" third"
    for first, again in zip(*[iter(entries)] * 2, strict=True):
        assert again == first + b" again"


@pytest.mark.parametrize("seed", range(3))
def test_kill_9_at_any_instant_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    """One file lives through all the kills; what was ever acknowledged stays where it was."""
    chance, path = Random(seed), tmp_path / "registry.db"
    acknowledged: dict[int, str] = {}
    proposed: list[str] = []
    for run in range(16):
        for kind, offset, name in _killed(path, run, chance.uniform(0, 0.025), at_start=False):
            if kind == "c":
                assert acknowledged.setdefault(int(offset), name) == name
            elif kind == "j":
                proposed.append(name)
        commands, entries = asyncio.run(_held(path))
        _assert_whole(commands, entries)
        for at, name in acknowledged.items():
            assert commands[at] == name.encode() + b" first"
        kept = [entry.decode() for entry in entries[::2]]
        assert [name for name in kept if name in set(proposed)] == proposed
    assert len(acknowledged) > 100


def test_kill_9_while_the_file_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    chance = Random(9)
    for run in range(25):
        path = tmp_path / f"{run}.db"
        told = _killed(path, run, chance.uniform(0.0002, 0.006), at_start=True)
        commands, _ = asyncio.run(_held(path))
        for kind, offset, name in told:
            assert kind != "c" or commands[int(offset)] == name.encode() + b" first"


# ----------------------------------------------------------------------------------- torn writes


def _frames(wal: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where each frame of the write-ahead log ends, its page, and whether it commits."""
    at = HEADER
    while at + FRAME <= len(wal) and wal[at + 8 : at + 16] == wal[16:24]:
        page, size = struct.unpack(">II", wal[at : at + 8])
        at += FRAME
        yield at, page, size > 0


class Copied:
    """A file and its write-ahead log as they were at one instant, and what each commit held."""

    def __init__(self, path: Path, ends: list[tuple[int, int]]) -> None:
        self.database = path.read_bytes()
        self.wal = Path(f"{path}-wal").read_bytes()
        self.commits = [end for end, _, commits in _frames(self.wal) if commits]
        self._ends = list(ends)

    def survives(self, cut: int) -> tuple[int, int]:
        """Return what must be in the log when nothing behind the cut is what was written."""
        lost = sum(end > cut for end in self.commits)
        return self._ends[max(0, len(self._ends) - 1 - lost)]

    def held(self, path: Path, wal: bytes, database: bytes | None = None) -> tuple[int, int]:
        """Reopen the copy with another tail; return how much it has, having compared it."""
        path.write_bytes(self.database if database is None else database)
        Path(f"{path}-wal").write_bytes(wal)
        commands, entries = asyncio.run(_held(path))
        assert commands == [_value("c", number) for number in range(len(commands))]
        assert entries == [_value("j", number) for number in range(len(entries))]
        return len(commands), len(entries)


def _value(kind: str, number: int) -> bytes:
    return b"%s %d " % (kind.encode(), number) + b"\xff%d" % number * (number * 37 % 3_000)


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> list[Copied]:
    """Copies at seeded instants of one long life, over several checkpoints."""
    folder, chance = tmp_path_factory.mktemp("torn"), Random(7)
    moments = {*chance.sample(range(5, 420), 9), 3}

    async def live() -> list[Copied]:
        log = SqliteLog(folder / "registry.db")
        commands = entries = 0
        ends, found = [(0, 0)], []
        for turn in range(420):
            more = chance.randrange(1, 4)
            if chance.random() < 0.5:
                await log.submit([_value("c", commands + number) for number in range(more)])
                commands += more
            else:
                await log.propose([_value("j", entries + number) for number in range(more)])
                entries += more
            ends.append((commands, entries))
            if turn in moments:
                found.append(Copied(log.path, ends))
        await log.close()
        return found

    return asyncio.run(live())


def test_the_copies_stand_before_and_behind_checkpoints(copies: list[Copied]) -> None:
    """Otherwise the tests below would prove less than they say."""
    assert any(copy.commits and copy.commits[-1] < len(copy.wal) for copy in copies)
    assert len({copy.wal[16:24] for copy in copies}) > 3
    assert sum(len(copy.commits) for copy in copies) > 100


@pytest.mark.parametrize("tail", ["cut", "zeroed", "garbled", "one bit"])
def test_a_torn_tail_leaves_exactly_the_commits_before_it(
    copies: list[Copied], tmp_path: Path, tail: str
) -> None:
    chance = Random(tail)
    for number, copy in enumerate(copies):
        assert copy.held(tmp_path / f"{number}.db", copy.wal) == copy.survives(len(copy.wal))
        for turn in range(5):
            at = chance.randrange(HEADER, max(copy.commits, default=HEADER) + 1)
            torn = bytearray(copy.wal)
            if tail == "cut":
                del torn[at:]
            elif tail == "zeroed":
                torn[at:] = bytes(len(torn) - at)
            elif tail == "garbled":
                torn[at:] = chance.randbytes(len(torn) - at)
            else:
                at = min(at, len(torn) - 1)
                torn[at] ^= 1 << chance.randrange(8)
            found = copy.held(tmp_path / f"{number}-{turn}.db", bytes(torn))
            frame = HEADER + (at - HEADER) // FRAME * FRAME
            assert found in {copy.survives(at), copy.survives(frame)}
        for path in tmp_path.iterdir():
            path.unlink()


def test_half_a_checkpoint_loses_nothing(copies: list[Copied], tmp_path: Path) -> None:
    """Every page that the write-ahead log still has may be torn in the file itself."""
    chance = Random(11)
    for number, copy in enumerate(copies):
        database = bytearray(copy.database)
        frames = list(_frames(copy.wal))
        committed = max((end for end, _, commits in frames if commits), default=0)
        for page in {page for end, page, _ in frames if end <= committed}:
            start = (page - 1) * PAGE + (512 if page == 1 else 0)
            if start < len(database) and chance.random() < 0.7:
                database[start : page * PAGE] = chance.randbytes(page * PAGE - start)
        whole = bytes(database[: len(copy.database)])
        found = copy.held(tmp_path / f"{number}.db", copy.wal, whole)
        assert found == copy.survives(len(copy.wal))


def test_a_log_goes_on_behind_a_torn_tail(copies: list[Copied], tmp_path: Path) -> None:
    """What is appended next takes the place of what was torn, and the journal stays dense."""
    copy, path = copies[-1], tmp_path / "registry.db"
    path.write_bytes(copy.database)
    cut = copy.commits[-2] + 100 if len(copy.commits) > 1 else HEADER
    Path(f"{path}-wal").write_bytes(copy.wal[:cut])
    expected = copy.survives(cut)

    async def go_on() -> None:
        log = SqliteLog(path)
        assert await log.submit([b"next"]) == expected[0]
        await log.propose([b"next"])
        assert list(await log.entries(expected[1], 9)) == [Noted(expected[1], b"next")]
        await log.close()

    asyncio.run(go_on())
