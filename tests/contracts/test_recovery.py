"""Starting: from a snapshot and from zero alike, whatever happened to the files beside the log."""

import shutil
import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from libs.ledger.codec import write_command
from libs.ledger.cold import BITS_PER_ID, ColdIds, Filter
from libs.ledger.commands import AdoptRules, Approve
from libs.ledger.entry import Head, decode
from libs.ledger.holdings import holdings
from libs.ledger.ids import key
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Halted, LogDamaged
from libs.ledger.snapshot import load, save
from services import recovery, rules
from services.bench.workload import SENT, Workload
from services.bootstrap import embedded
from services.decider import decider
from services.node import Node
from services.recovery import Recovery

WAIT_MS = 60_000


async def worked(path: Path, work: Workload, count: int, *, snapshot: bool) -> tuple[Head, str]:
    """Let a registry answer commands; return its head and holdings at the end."""
    async with embedded(path, f"sqlite:///{path}.views") as registry:
        if registry.head.position == 1:
            await registry.ask(list(work.setting())[1:], WAIT_MS)
        await registry.ask(work.mixed(count), WAIT_MS)
        if snapshot:
            await registry.checkpoint()
        await registry.ask(work.mixed(count), WAIT_MS)
        return registry.head, holdings(registry.replica.state)


async def started(path: Path) -> tuple[Head, str, int]:
    """Start a replica as the registry does; return head, holdings, and where its snapshot was."""
    log = SqliteLog(path, create=False)
    mine = Recovery(log, path)
    replica = await mine.start(decider(), "main")
    found = replica.accepted, holdings(replica.state), mine.position
    mine.close()
    await log.close()
    return found


async def test_a_start_from_a_snapshot_is_a_start_from_zero(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    head, held = await worked(path, Workload(1), 200, snapshot=True)
    quick = await started(path)
    assert quick[:2] == (head, held)
    assert quick[2] > 200
    _remove(tmp_path, "registry.db.*")
    assert await started(path) == (head, held, 0)


def _remove(folder: Path, pattern: str) -> None:
    for found in folder.glob(pattern):
        found.unlink()


async def test_ids_answered_before_the_snapshot_stay_answered(tmp_path: Path) -> None:
    path, work = tmp_path / "registry.db", Workload(2)
    async with embedded(path, f"sqlite:///{path}.views") as registry:
        await registry.ask(list(work.setting())[1:], WAIT_MS)
        records = work.mixed(100)
        first = await registry.ask(records, WAIT_MS)
        await registry.checkpoint()
        assert not {key(_id(raw)) for raw in first} & registry.replica.state.ids.hot.keys()
        assert await _repeats(registry, records, first)
    async with embedded(path, f"sqlite:///{path}.views") as registry:
        assert await _repeats(registry, records, first)


async def _repeats(registry: Node, records: Sequence[bytes], first: Sequence[bytes]) -> bool:
    again = [decode(raw) for raw in await registry.ask(records, WAIT_MS)]
    return [entry.repeats for entry in again] == [decode(raw).position for raw in first]


def _id(raw: bytes) -> str:
    command = bytes(decode(raw).command)
    return command.partition(b'"id":"')[2][:36].decode()


@pytest.mark.parametrize(
    "damage", ["cut", "flip", "empty", "none", "no-ids", "empty-ids", "garbage-ids", "older-ids"]
)
async def test_a_damaged_side_file_costs_time_and_nothing_else(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "registry.db"
    head, held = await worked(path, Workload(3), 100, snapshot=True)
    snapshot, ids = tmp_path / "registry.db.snapshot", tmp_path / "registry.db.ids"
    kept = snapshot.read_bytes()
    match damage:
        case "cut":
            snapshot.write_bytes(kept[:-7])
        case "flip":
            snapshot.write_bytes(kept[:500] + bytes([kept[500] ^ 1]) + kept[501:])
        case "empty":
            snapshot.write_bytes(b"")
        case "none":
            snapshot.unlink()
        case "no-ids":
            ids.unlink()
        case "empty-ids":
            _remove(tmp_path, "registry.db.ids*")
            ids.touch()
        case "garbage-ids":
            _remove(tmp_path, "registry.db.ids*")
            ids.write_bytes(b"x" * 5000)
        case _:
            _remove(tmp_path, "registry.db.ids*")
            older = ColdIds(ids)
            older.add([], 5, "0" * 64)
            older.close()
    assert await started(path) == (head, held, 0)


async def test_a_snapshot_that_the_journal_does_not_vouch_for_is_not_used(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.db", tmp_path / "other.db"
    head, held = await worked(mine, Workload(4), 60, snapshot=True)
    await worked(other, Workload(5), 60, snapshot=True)
    for name in ("snapshot", "ids"):
        shutil.copy(f"{other}.{name}", f"{mine}.{name}")
    assert await started(mine) == (head, held, 0)


async def test_a_snapshot_with_other_holdings_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    head, held = await worked(path, Workload(6), 60, snapshot=True)
    kept = load(Path(f"{path}.snapshot"))
    assert kept is not None
    code, lots = next((c, held_) for c, held_ in kept.state.held.items() if c[:4] == "HOLD")
    del kept.state.held[code]
    assert lots
    save(Path(f"{path}.snapshot"), kept)
    assert await started(path) == (head, held, 0)


async def test_a_snapshot_newer_than_a_restored_log_is_not_used(tmp_path: Path) -> None:
    path, work = tmp_path / "registry.db", Workload(7)
    head, held = await worked(path, work, 60, snapshot=False)
    shutil.copy(path, tmp_path / "yesterday.db")
    await worked(path, work, 60, snapshot=True)
    _remove(tmp_path, "registry.db-*")
    shutil.copy(tmp_path / "yesterday.db", path)
    assert await started(path) == (head, held, 0)


async def test_cold_ids_written_before_a_crash_do_not_answer_what_is_decided_again(
    tmp_path: Path,
) -> None:
    """The ids are on disk, the snapshot they belong to is not: everything is decided again."""
    path, work = tmp_path / "registry.db", Workload(8)
    await worked(path, work, 60, snapshot=True)
    shutil.copy(f"{path}.snapshot", tmp_path / "before")
    head, held = await worked(path, work, 60, snapshot=True)
    shutil.copy(tmp_path / "before", f"{path}.snapshot")
    assert (await started(path))[:2] == (head, held)


async def test_ids_of_a_lost_history_answer_nothing(tmp_path: Path) -> None:
    """The log is restored from an older copy; what was answered since then never happened."""
    path, work = tmp_path / "registry.db", Workload(9)
    await worked(path, work, 20, snapshot=True)
    shutil.copy(path, tmp_path / "yesterday.db")
    shutil.copy(f"{path}.snapshot", tmp_path / "yesterday.snapshot")
    lost = work.mixed(10)
    async with embedded(path, f"sqlite:///{path}.views") as registry:
        await registry.ask(lost, WAIT_MS)
        await registry.checkpoint()
    _remove(tmp_path, "registry.db-*")
    _remove(tmp_path, "registry.db.views*")
    shutil.copy(tmp_path / "yesterday.db", path)
    shutil.copy(tmp_path / "yesterday.snapshot", f"{path}.snapshot")
    async with embedded(path, f"sqlite:///{path}.views") as registry:
        await registry.ask(work.mixed(30), WAIT_MS)
        await registry.checkpoint()
        entries = [decode(raw) for raw in await registry.ask(lost, WAIT_MS)]
        assert [entry.verdict for entry in entries] == ["accepted"] * len(lost)
        head, held = registry.head, holdings(registry.replica.state)
    assert (await started(path))[:2] == (head, held)
    _remove(tmp_path, "registry.db.*")
    assert (await started(path))[:2] == (head, held)


async def test_a_disk_that_is_full_costs_the_snapshot_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path, work = tmp_path / "registry.db", Workload(10)
    monkeypatch.setattr(recovery, "save", full)
    head, held = await worked(path, work, 20, snapshot=True)
    monkeypatch.undo()
    assert await started(path) == (head, held, 0)


async def test_a_log_of_another_ledger_or_decider_is_refused_in_words(tmp_path: Path) -> None:
    path, work = tmp_path / "registry.db", Workload(11)
    await worked(path, work, 5, snapshot=False)
    with pytest.raises(Halted, match="set TONNE_NAME=main"):
        async with embedded(path, "sqlite://", "other"):
            pass
    async with embedded(path, "sqlite://") as registry:
        newer = msgspec.structs.replace(rules.default(), decider="2")
        (proposed,) = await registry.ask(
            [work.record("rules.adopt.v1", AdoptRules(newer))], WAIT_MS
        )
        approve = Approve(decode(proposed).position)
        record = write_command(
            "00000000-0000-4000-8000-00000000abcd", "act.approve.v1", "operator:2", SENT, approve
        )
        await registry.ask([record], WAIT_MS)
    with pytest.raises(Halted, match="ask for decider 2, this code is decider 1"):
        async with embedded(path, "sqlite://"):
            pass


async def test_a_commands_log_that_lost_its_end_is_refused(tmp_path: Path) -> None:
    path, work = tmp_path / "registry.db", Workload(12)
    await worked(path, work, 20, snapshot=False)
    database = sqlite3.connect(path)
    database.execute("DELETE FROM commands WHERE offset > (SELECT MAX(offset) - 3 FROM commands)")
    database.commit()
    database.close()
    async with embedded(path, "sqlite://") as registry:
        await registry.failed.wait()
        assert isinstance(registry.fault, LogDamaged)
        with pytest.raises(LogDamaged, match="its end was lost"):
            registry.preview(b"{}")


def test_a_filter_never_denies_what_it_has() -> None:
    kept = Filter(1 << 10)
    mixed = [
        int.from_bytes(sha256(bytes([n % 256, n // 256])).digest()[:16]) for n in range(1 << 10)
    ]
    for one in mixed:
        kept.add(one)
    assert all(kept.may_have(one) for one in mixed)
    assert len(kept.bits) * 8 == (1 << 10) * BITS_PER_ID


def test_cold_ids_are_found_again_and_only_they(tmp_path: Path) -> None:
    ids = {bytes([n % 256, n // 256]) * 8: bytes(32) + n.to_bytes(8) for n in range(3000)}
    cold = ColdIds(tmp_path / "ids")
    cold.add(list(ids.items())[:1500], 1500, "a")
    cold.add(list(ids.items())[1500:], 3000, "b")
    cold.close()
    again = ColdIds(tmp_path / "ids")
    assert len(again) == 3000
    assert all(again.find(name) == kept for name, kept in ids.items())
    assert again.find(b"z" * 16) is None
    assert again.knows(3000, "b")
    assert not again.knows(3000, "c")
    assert again.knows(1500, "a")
    assert not again.knows(3000, "b")
    assert sum(again.find(name) is not None for name in ids) == 1500
    again.close()
