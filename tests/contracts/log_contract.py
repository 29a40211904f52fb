"""What every log promises, as one class of behaviour that each adapter inherits and must keep."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest

from libs.ledger.ports import Log

T = TypeVar("T")
MEBIBYTE = 1024 * 1024
NO_ENTRY = (b"", b"\x00", b"\xff\xfe not text", b'{"position":0}', b"{", "無効化".encode(), b"\n")


Opened = Callable[[], Awaitable[Log]]


async def turns(count: int = 5) -> None:
    """Let everybody else run, without any clock."""
    for _ in range(count):
        await asyncio.sleep(0)


async def values(log: Log, offset: int = 0, most: int = 1_000_000) -> list[bytes]:
    """Read commands up to the end; one read may return fewer than there are."""
    return [r.value for r in await _all(log.commands, await log.commands_end(), offset, most)]


async def noted(log: Log, offset: int = 0, most: int = 1_000_000) -> list[bytes]:
    """Read the journal's log up to its end."""
    return [r.value for r in await _all(log.entries, await log.journal_end(), offset, most)]


async def _all(
    read: Callable[[int, int], Awaitable[Sequence[T]]], end: int, offset: int, most: int
) -> list[T]:
    found: list[T] = []
    while len(found) < min(most, end - offset):
        records = await read(offset + len(found), most - len(found))
        assert 0 < len(records) <= most - len(found)
        found += records
    return found


class LogContract:
    """Behaviour of one log; an adapter's test gives the fixture `log`."""

    async def test_records_come_back_in_the_order_of_their_append(self, log: Log) -> None:
        for number in range(20):
            assert await log.submit([b"%d" % number]) == number
        assert await values(log) == [b"%d" % number for number in range(20)]

    async def test_a_record_names_its_generation_its_offset_and_its_instant(self, log: Log) -> None:
        await log.submit([b"a", b"b"])
        records = await log.commands(0, 10)
        assert [(record.log, record.offset) for record in records] == [
            (log.generation, 0),
            (log.generation, 1),
        ]
        assert records[0].appended_ms <= records[1].appended_ms

    async def test_a_batch_stays_together_and_returns_its_first_offset(self, log: Log) -> None:
        assert await log.submit([b"a", b"b", b"c"]) == 0
        assert await log.submit([b"d"]) == 3
        assert await values(log) == [b"a", b"b", b"c", b"d"]

    async def test_entries_come_back_in_the_order_of_their_proposal(self, log: Log) -> None:
        await log.propose([b"a", b"b"])
        await log.propose([b"c"])
        assert [(record.offset, record.value) for record in await log.entries(0, 10)] == [
            (0, b"a"),
            (1, b"b"),
            (2, b"c"),
        ]

    async def test_the_two_logs_do_not_mix(self, log: Log) -> None:
        await log.submit([b"command"])
        await log.propose([b"entry", b"entry"])
        assert (await values(log), await noted(log)) == ([b"command"], [b"entry", b"entry"])
        assert await log.submit([b"command"]) == 1

    async def test_reading_goes_on_from_any_offset_and_takes_no_more_than_asked(
        self, log: Log
    ) -> None:
        await log.submit([b"%d" % number for number in range(10)])
        await log.propose([b"%d" % number for number in range(10)])
        assert await values(log, 7) == [b"7", b"8", b"9"]
        assert await values(log, 2, 3) == [b"2", b"3", b"4"]
        assert await noted(log, 9) == [b"9"]
        assert await noted(log, 0, 2) == [b"0", b"1"]

    async def test_an_empty_log_has_no_end_and_keeps_its_readers_waiting(self, log: Log) -> None:
        assert await log.journal_end() == 0
        readers = [
            asyncio.ensure_future(log.commands(0, 1)),
            asyncio.ensure_future(log.entries(0, 1)),
        ]
        await turns()
        assert not any(reader.done() for reader in readers)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    async def test_appending_nothing_changes_nothing(self, log: Log) -> None:
        await log.propose([])
        assert await log.submit([]) == 0
        assert await log.submit([b"a"]) == 0
        assert await log.journal_end() == 0

    async def test_the_journal_ends_behind_its_last_record(self, log: Log) -> None:
        await log.propose([b"a", b"b"])
        await log.submit([b"c"])
        assert await log.journal_end() == 2

    async def test_every_waiting_reader_is_woken(self, log: Log) -> None:
        commands = [asyncio.ensure_future(log.commands(0, 10)) for _ in range(3)]
        entries = [asyncio.ensure_future(log.entries(0, 10)) for _ in range(3)]
        await turns()
        await log.submit([b"a"])
        await log.propose([b"b"])
        for told in await asyncio.gather(*commands):
            assert [record.value for record in told] == [b"a"]
        for read in await asyncio.gather(*entries):
            assert [record.value for record in read] == [b"b"]
        late = asyncio.ensure_future(log.commands(1, 10))
        await turns()
        assert not late.done()
        await log.submit([b"c"])
        assert [record.value for record in await late] == [b"c"]

    async def test_concurrent_submitters_each_get_their_own_dense_offsets(self, log: Log) -> None:
        async def client(name: int) -> list[tuple[int, bytes]]:
            mine = []
            for number in range(10):
                record = b"%d-%d" % (name, number)
                mine.append((await log.submit([record]), record))
            return mine

        told = [pair for mine in await asyncio.gather(*map(client, range(16))) for pair in mine]
        records = await log.commands(0, 1000)
        assert [record.offset for record in records] == list(range(160))
        assert sorted(told) == [(record.offset, record.value) for record in records]

    async def test_what_a_client_appends_one_by_one_keeps_its_order(self, log: Log) -> None:
        sent = [asyncio.ensure_future(log.submit([b"%d" % number])) for number in range(50)]
        assert await asyncio.gather(*sent) == list(range(50))

    async def test_noise_is_kept_like_everything_else(self, log: Log) -> None:
        await log.submit(NO_ENTRY)
        await log.propose(NO_ENTRY)
        assert await values(log) == list(NO_ENTRY)
        assert await noted(log) == list(NO_ENTRY)
        assert await log.journal_end() == len(NO_ENTRY)

    async def test_every_byte_is_kept(self, log: Log) -> None:
        every = bytes(range(256)) * 3
        await log.submit([every, every[::-1]])
        await log.propose([every])
        assert await values(log) == [every, every[::-1]]
        assert await noted(log) == [every]

    async def test_the_largest_command_and_the_largest_entry_are_kept(self, log: Log) -> None:
        large = bytes(range(251)) * (24 * MEBIBYTE // 251 + 1)
        command, entry = large[: 8 * MEBIBYTE], large[: 24 * MEBIBYTE]
        await log.submit([b"before", command])
        await log.propose([entry, b"after"])
        assert await values(log) == [b"before", command]
        assert await noted(log) == [entry, b"after"]

    async def test_a_reader_that_stops_waiting_disturbs_nobody(self, log: Log) -> None:
        patient = asyncio.ensure_future(log.entries(0, 10))
        hasty = asyncio.ensure_future(log.entries(0, 10))
        await turns()
        hasty.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hasty
        await log.propose([b"a"])
        assert [record.value for record in await patient] == [b"a"]
        assert await noted(log) == [b"a"]

    async def test_a_cancelled_submitter_leaves_all_of_its_batch_or_nothing(self, log: Log) -> None:
        """Whoever is cancelled does not know; but the log is never half, and has no gap."""
        for after in range(4):
            sent = asyncio.ensure_future(log.submit([b"x1", b"x2", b"x3"]))
            beside = asyncio.ensure_future(log.submit([b"beside"]))
            await turns(after)
            sent.cancel()
            await asyncio.gather(sent, return_exceptions=True)
            await beside
        await log.submit([b"last"])
        records = await log.commands(0, 100)
        assert [record.offset for record in records] == list(range(len(records)))
        found = [record.value for record in records]
        assert (found.count(b"beside"), found[-1]) == (4, b"last")
        whole = b" ".join(found).count(b"x1 x2 x3")
        assert found.count(b"x1") == found.count(b"x2") == found.count(b"x3") == whole

    async def test_a_cancelled_proposer_leaves_no_gap(self, log: Log) -> None:
        sent = asyncio.ensure_future(log.propose([b"a", b"b"]))
        await turns(1)
        sent.cancel()
        await asyncio.gather(sent, return_exceptions=True)
        await log.propose([b"c"])
        assert await noted(log) in ([b"a", b"b", b"c"], [b"c"])


class DurableLogContract(LogContract):
    """Behaviour of a log that outlives its process; a test also gives the fixture `reopened`."""

    async def test_what_was_closed_is_there_again(self, log: Log, reopened: Opened) -> None:
        await log.submit([b"a", b"\xff"])
        await log.propose([b"b"])
        generation = log.generation
        before = await log.commands(0, 10)
        await log.close()
        again = await reopened()
        assert again.generation == generation
        assert list(await again.commands(0, 10)) == list(before)
        assert await noted(again) == [b"b"]
        assert await again.journal_end() == 1
        assert await again.submit([b"c"]) == 2
        await again.propose([b"d"])
        assert await noted(again) == [b"b", b"d"]

    async def test_closing_writes_what_waits(self, log: Log, reopened: Opened) -> None:
        sent = asyncio.ensure_future(log.submit([b"a"]))
        proposed = asyncio.ensure_future(log.propose([b"b"]))
        await turns(1)
        await log.close()
        assert await sent == 0
        await proposed
        again = await reopened()
        assert (await values(again), await noted(again)) == ([b"a"], [b"b"])
