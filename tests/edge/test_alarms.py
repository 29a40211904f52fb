"""The velocity alarms: who gives many transfers in a short time is shown, and refused nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from libs.ledger.entry import decode
from libs.ledger.events import CreditPosting, TransferSettled
from libs.ledger.instants import text
from services.transfer import alarms
from services.transfer.alarms import Follower, Watch
from tests.edge.twin import Client, fill, move, opened


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setattr(alarms, "Watch", lambda *_: Watch(3, 60))
    async with opened(tmp_path) as client:
        await fill(client)
        yield client


async def test_the_third_transfer_in_an_hour_is_an_alarm(room: Client) -> None:
    await room.made("/v1/transfers", move(1))
    assert (await room.seen("/v1/alarms"))["items"] == []
    room.twin.ms += 3_600_000
    for _ in range(2):
        await room.made("/v1/transfers", move(1))
    assert (await room.seen("/v1/alarms"))["items"] == []
    last = await room.made("/v1/transfers", move(1))
    (alarm,) = (await room.seen("/v1/alarms"))["items"]
    assert alarm["account"] == "A01"
    assert (alarm["position"], alarm["at"]) == (last["position"], last["at"])
    # it is one alarm while it goes on, and nothing is refused
    await room.made("/v1/transfers", move(1))
    assert len((await room.seen("/v1/alarms"))["items"]) == 1
    metrics = (await room.get("/metrics")).text
    assert "tonne_transfer_alarms_total 1.0" in metrics


async def test_alarms_come_in_pages_and_by_account(room: Client) -> None:
    lines = [*move(100)["lines"], *move(1)["lines"], *move(1)["lines"]]
    back = [line | {"source": "B02", "target": "A01", "quantity": 1} for line in lines]
    await room.made("/v1/transfers", {"lines": lines + back})
    page = await room.seen("/v1/alarms?limit=1")
    assert [one["account"] for one in page["items"]] == ["A01"]
    rest = await room.seen(f"/v1/alarms?limit=1&cursor={page['next_cursor']}")
    assert [one["account"] for one in rest["items"]] == ["B02"]
    assert "next_cursor" not in rest
    mine = await room.seen("/v1/alarms?account=B02")
    assert [one["account"] for one in mine["items"]] == ["B02"]


async def test_a_process_that_starts_forgets_no_alarm(
    room: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await room.made("/v1/transfers", move(1))
    for _ in range(20):
        await room.made("/v1/reservations", {"account": "A01", "quantity": 1})
    monkeypatch.setattr(alarms, "BATCH", 2)
    monkeypatch.setattr(alarms, "GLANCE_SECONDS", 0.001)
    follower = Follower(room.desk)
    with suppress(TimeoutError):
        await asyncio.wait_for(follower.keep(), 0.2)
    known = (await room.seen("/v1/alarms"))["items"]
    assert [to_builtins(alarm) for alarm in follower.watch.alarms] == known
    assert [alarm["account"] for alarm in known] == ["A01"]
    assert _told(room) == 2.0, "by both that followed"
    # a year later it is in the list, and no news
    room.twin.ms += 365 * 24 * 3_600_000
    later = Follower(room.desk)
    await later.reach(room.twin.head.position)
    assert later.watch.alarms == follower.watch.alarms
    assert _told(room) == 2.0


async def test_while_the_journal_is_still_read_a_screen_is_asked_to_wait(
    room: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Follower, "reach", never)
    told = await room.get("/v1/alarms")
    assert (told.status_code, told.json()["code"]) == (503, "position_not_reached")
    assert told.headers["retry-after"] == "1"


def _told(room: Client) -> float:
    """Return how many alarms were told, in the log and to the meters."""
    (counter,) = room.desk.meters.alarms.collect()
    return next(one.value for one in counter.samples if one.name.endswith("_total"))


async def test_an_account_that_was_quiet_is_told_of_again(room: Client) -> None:
    await room.made("/v1/transfers", move(1))
    entry = decode(room.twin.journal[-1])
    watch = Watch(2, 1)

    def gives(second: int, account: str = "A01") -> int:
        posting = CreditPosting("JC-1-01", 1, 1, f"HOLD:{account}", "HOLD:B02")
        fact = TransferSettled(source=account, target="B02", postings=(posting,))
        at = text(second * 1000)
        return len(watch.hear(replace(entry, at=at, events=(fact,))))

    assert [gives(second) for second in (0, 30, 59, 61)] == [0, 1, 0, 0]
    assert gives(100, "C03") == 0  # A01 was quiet for less than a minute
    assert [gives(130), gives(140)] == [0, 1]
    assert [gives(300), gives(361), gives(362)] == [0, 0, 1]
