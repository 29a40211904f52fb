"""The shell around a replica, on both logs: answers, takeovers, halts, and followers."""

import asyncio
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from libs.ledger.awaiter import Awaiter
from libs.ledger.commands import AdoptRules, Approve, AttachLog
from libs.ledger.decider import WrongDecider
from libs.ledger.entry import GENESIS, Head, decode
from libs.ledger.follower import Feed, Pace, check, follow
from libs.ledger.log.memory import MemoryLog
from libs.ledger.log.sqlite import SqliteLog
from libs.ledger.ports import Cursor, Halted, LedgerFault, Log, LogUnavailable, WaitRanOut
from libs.ledger.replica import Replica
from libs.ledger.running import BATCH, restore
from libs.ledger.state import State
from services.decider import decider
from tests.contracts.processes import (
    OPENING,
    OTHER,
    RULES,
    HandClock,
    Process,
    Start,
    account,
    forged,
    until,
    write,
)

# --------------------------------------------------------------------------------------- answers


async def test_each_command_is_answered_by_its_own_entry(start: Start) -> None:
    process = await start()
    records = [OPENING, *(account(number) for number in range(1, 40))]
    entries = [decode(raw) for raw in await process.ask(*records)]
    assert [entry.position for entry in entries] == list(range(40))
    assert [entry.request for entry in entries] == [sha256(r).hexdigest() for r in records]
    assert {entry.verdict for entry in entries} == {"accepted"}


async def test_the_same_bytes_sent_twice_are_answered_in_turn(start: Start) -> None:
    process = await start()
    await process.ask(OPENING)
    first, second = await process.ask(account(1), account(1))
    assert decode(first).verdict == "accepted"
    assert decode(second).repeats == decode(first).position == 1


async def test_whoever_cannot_wait_is_told_that_it_may_still_be_answered(
    start: Start, clock: HandClock
) -> None:
    standby = await start(1000)
    waiting = standby.awaiter.expect(sha256(OPENING).hexdigest())
    await standby.log.submit([OPENING])
    with pytest.raises(WaitRanOut, match="status"):
        await standby.awaiter.wait(waiting, 1)
    await until(lambda: standby.replica.pending == 1)
    await clock.some_glances()
    clock.now_ms += 1000
    await until(lambda: len(standby.heard) == 1)


async def test_a_fault_reaches_whoever_waits_and_whoever_comes_later() -> None:
    awaiter = Awaiter()
    waiting = awaiter.expect("a")
    awaiter.fail(Halted("look"))
    with pytest.raises(Halted, match="look"):
        await awaiter.wait(waiting, 1000)
    with pytest.raises(LedgerFault):
        await awaiter.expect("b")


async def test_who_gave_up_takes_no_answer_from_another(start: Start) -> None:
    process = await start()
    request = sha256(OPENING).hexdigest()
    gone, here = process.awaiter.expect(request), process.awaiter.expect(request)
    process.awaiter.forget(request, gone)
    await process.log.submit([OPENING])
    assert decode(await process.awaiter.wait(here, 5000)).position == 0


async def test_a_process_starts_again_where_it_was(start: Start, log: Log) -> None:
    first = await start()
    await first.ask(OPENING, account(1))
    await first.stop()
    await log.submit([account(2)])
    second = await start()
    (again,) = await second.ask(account(1))
    assert decode(again).repeats == 1
    assert second.replica.accepted.position == 4
    assert [decode(entry).position for entry in second.heard] == [2, 3]


# --------------------------------------------------------------------------------- two processes


async def test_a_standby_takes_over_within_its_patience(start: Start, clock: HandClock) -> None:
    leader, standby = await start(0), await start(1000)
    await leader.ask(OPENING)
    await until(lambda: standby.replica.verified == 1)
    await leader.stop()
    answer = asyncio.ensure_future(standby.ask(account(1)))
    await until(lambda: standby.replica.pending == 1)
    clock.now_ms += 999
    await clock.some_glances()
    assert not answer.done()
    clock.now_ms += 1
    (entry,) = await answer
    assert decode(entry).position == 1
    assert standby.replica.leads


async def test_a_standby_proposes_nothing_while_the_leader_does(start: Start, log: Log) -> None:
    leader, standby = await start(0), await start(1000)
    await leader.ask(OPENING, *(account(number) for number in range(1, 30)))
    await until(lambda: standby.replica.verified == 30)
    assert await log.journal_end() == 30
    assert standby.heard == leader.heard


async def test_two_leaders_make_noise_and_one_journal(start: Start) -> None:
    one, two = await start(0), await start(0)
    answers = await one.ask(OPENING, *(account(number) for number in range(1, 30)))
    await until(lambda: two.replica.verified == 30)
    assert one.heard == two.heard == answers
    assert one.replica.accepted == two.replica.accepted
    assert one.replica.reader.noise.equivocation == 0


async def test_a_verifier_proposes_nothing_ever(start: Start, log: Log, clock: HandClock) -> None:
    verifier = await start(None)
    await log.submit([OPENING])
    await until(lambda: verifier.replica.pending == 1)
    clock.now_ms += 10**9
    await clock.some_glances()
    assert await log.journal_end() == 0


@pytest.mark.parametrize("patience_ms", [0, 1000, None])
async def test_catching_up_leaves_turns_to_everybody_else(
    start: Start, log: Log, patience_ms: int | None
) -> None:
    """Neither log has to wait for anything here, and still nobody may be starved."""
    leader = await start(0)
    await leader.ask(OPENING)
    await leader.stop()
    process = await start(patience_ms)

    async def turns() -> int:
        """Count ours until all is decided; the process may be far before all is submitted."""
        found = 0
        while process.replica.tip.position < 3001:
            found += 1
            await asyncio.sleep(0)
        return found

    counting = asyncio.ensure_future(turns())
    await log.submit([account(1)] * 3000)
    assert await counting > 3000 // BATCH // 2


# ----------------------------------------------------------------------------- noise and forgeries


async def test_a_forged_entry_halts_every_replica_and_answers_nobody(
    start: Start, log: Log
) -> None:
    leader, standby = await start(0), await start(1000)
    journal = await leader.ask(OPENING)
    await until(lambda: standby.replica.verified == 1)
    record = account(1)
    lie = forged(journal, record)
    waiting = [asyncio.ensure_future(process.expect(record)) for process in (leader, standby)]
    await log.propose([lie])
    await until(lambda: leader.replica.accepted.position == standby.replica.accepted.position == 2)
    assert (leader.replica.verified, leader.feed.position) == (1, 1)
    await log.submit([record])
    for process in (leader, standby):
        wrong = await process.fault()
        assert isinstance(wrong, Halted)
        assert "the entry at position 1 is not what we decide" in str(wrong)
        assert process.heard == journal
    assert not any(answer.done() for answer in waiting)
    for answer in waiting:
        answer.cancel()
    again = Replica(decider(), State("main"), Head(), None)
    with pytest.raises(Halted, match="position 1 is not what we decide"):
        await restore(again, log)


@pytest.mark.parametrize(
    "change", [{"appended": "at noon"}, {"facts": []}, {"events": [{"type": "no.such.v1"}]}]
)
async def test_a_forged_entry_without_sense_halts_a_start_too(
    log: Log, start: Start, change: dict[str, object]
) -> None:
    leader = await start()
    journal = await leader.ask(OPENING)
    await leader.stop()
    entry = json.loads(forged(journal, b"\xff")) | change
    await log.propose([json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()])
    with pytest.raises(Halted, match="position 1"):
        await restore(Replica(decider(), State("main"), Head(), None), log)


async def test_noise_is_skipped_and_the_feed_knows_where_entries_stand(
    start: Start, log: Log
) -> None:
    process = await start()
    await log.propose([b"noise", b"\xff"])
    expected = await process.ask(OPENING)
    for number in range(1, 12):
        await log.propose([b"{}"] * (number % 3))
        expected += await process.ask(account(number))
        await log.propose(expected[-1:])
    await until(lambda: process.replica.reader.noise.below == 11)
    for position in range(12):
        for most in (1, 3, 100):
            found = await process.feed.entries(position, most)
            assert found == expected[position : position + most]
    again = Replica(decider(), State("main"), Head(), 0)
    await restore(again, log)
    assert again.noise_at == process.replica.noise_at
    assert list(await Feed(log, again).entries(5, 4)) == expected[5:9]


async def test_the_feed_waits_for_what_is_not_there_yet(start: Start) -> None:
    process = await start()
    waiting = asyncio.ensure_future(process.feed.entries(0, 10))
    await asyncio.sleep(0)
    assert not waiting.done()
    await process.ask(OPENING)
    assert list(await waiting) == process.heard


# ------------------------------------------------------------------------------------- followers


class Rows:
    """A follower that keeps its rows and its cursor together."""

    name = "rows"

    def __init__(self) -> None:
        self.rows: list[bytes] = []

    def cursor(self) -> Cursor:
        digest = sha256(self.rows[-1]).hexdigest() if self.rows else GENESIS
        return Cursor(len(self.rows), digest)

    def follow(self, entries: Sequence[bytes], after: Cursor) -> None:
        self.rows += entries
        assert self.cursor() == after


async def test_a_follower_goes_on_where_it_was(start: Start) -> None:
    process, rows, pace = await start(), Rows(), Pace()
    for number in range(3):
        await check(rows, process.feed)
        following = asyncio.create_task(follow(rows, process.feed, pace))
        await process.ask(OPENING, *(account(10 * number + more) for more in range(1, 6)))
        async with asyncio.timeout(5), pace.advanced:
            await pace.advanced.wait_for(lambda: len(rows.rows) == len(process.heard))
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert rows.rows == process.heard
    assert len(rows.rows) == 18


async def test_a_follower_ahead_of_the_journal_is_refused(start: Start) -> None:
    process, rows = await start(), Rows()
    rows.rows = [*(await process.ask(OPENING)), b"from a later copy"]
    with pytest.raises(
        Halted, match=r"followed 2 entries, the journal has 1: answered commands are missing"
    ):
        await check(rows, process.feed)


async def test_a_follower_of_another_journal_is_refused(start: Start) -> None:
    process, rows = await start(), Rows()
    await process.ask(OPENING, account(1))
    rows.rows = [process.heard[0], b"another entry"]
    with pytest.raises(
        Halted, match="followed another journal up to position 2; if this log is the right"
    ):
        await check(rows, process.feed)


async def test_a_follower_never_sees_what_its_own_process_did_not_decide(
    start: Start, log: Log
) -> None:
    process, rows, pace = await start(), Rows(), Pace()
    journal = await process.ask(OPENING)
    following = asyncio.create_task(follow(rows, process.feed, pace))
    await log.propose([forged(journal, account(1))])
    await until(lambda: process.replica.accepted.position == 2)
    await log.submit([account(1)])
    await process.fault()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert rows.rows == journal


# ------------------------------------------------------------------- where a replica must not go on


async def test_a_gap_in_the_commands_log_halts(log: Log) -> None:
    await log.submit([OPENING, account(1), account(2)])
    records = await log.commands(0, 10)
    replica = Replica(decider(), State("main"), Head(), 0)
    replica.take(records[:1])
    with pytest.raises(Halted, match="jumps from offset 1 to 2: a record is missing"):
        replica.take(records[2:])


async def test_a_new_generation_begins_with_an_attach_of_this_head(start: Start) -> None:
    """A reader would not take anything else, so nobody may decide it."""
    process = await start()
    await process.ask(OPENING)
    await process.stop()
    head = process.replica.accepted
    right = AttachLog(head.digest, 0)
    for first in (write(7, "log.attach.v1", AttachLog(GENESIS, 0)), account(7)):
        fresh = MemoryLog(generation=1)
        fresh.journal = list(process.heard)
        other = Process(fresh, HandClock())
        await other.start()
        await fresh.submit([first])
        assert "generation 1 of the commands log does not begin" in str(await other.fault())
    fresh = MemoryLog(generation=1)
    fresh.journal = list(process.heard)
    other = await Process(fresh, HandClock()).start()
    answers = await other.ask(write(7, "log.attach.v1", right), account(8))
    assert [decode(entry).log for entry in answers] == [1, 1]
    await other.stop()
    again = Replica(decider(), State("main"), Head(), 0)
    await restore(again, fresh)
    assert again.accepted == other.replica.accepted


async def test_what_adopts_another_decider_is_written_before_the_process_ends(
    start: Start, log: Log
) -> None:
    process = await start()
    await process.ask(OPENING)
    later = AdoptRules(msgspec.structs.replace(RULES, decider="2"))
    await log.submit(
        [
            write(1, "rules.adopt.v1", later),
            write(2, "act.approve.v1", Approve(1), OTHER),
            account(3),
        ]
    )
    wrong = await process.fault()
    assert isinstance(wrong, WrongDecider)
    assert "the rules ask for decider 2, this code is decider 1" in str(wrong)
    again = Replica(decider(), State("main"), Head(), 0)
    await restore(again, log)
    assert again.accepted.position == 3


async def test_a_log_that_cannot_be_written_is_waited_for_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    """A full disk is freed some day: what was decided meanwhile is proposed again."""
    log = SqliteLog(tmp_path / "full.db")
    process = await Process(log, HandClock(), 1000).start()
    await log.submit([OPENING, account(1)])
    await until(lambda: process.replica.pending == 2)
    log._database.execute("PRAGMA query_only=ON")
    process.clock.now_ms += 1000
    with pytest.raises(LogUnavailable):
        await log.submit([account(2)])
    assert process.replica.verified == 0
    log._database.execute("PRAGMA query_only=OFF")
    process.clock.now_ms += 1000
    await until(lambda: process.replica.verified == 2)
    assert await log.commands_end() == 2
    await process.stop()
    await log.close()
