"""Sending a table: nothing before all is known to fit, and nothing twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from msgspec import UNSET
from sqlalchemy import func, select
from typing_extensions import override

from libs.edge.client import Answered, RemoteRegistry, Sendable
from libs.edge.particulars import particulars
from libs.ledger.events import LINES_MAX
from libs.ledger.ports import LogUnavailable
from services.bulk import sending
from services.bulk.lines import ALLOCATIONS, PLEDGES, Kind
from services.bulk.parts import survey
from services.bulk.registry import Remote
from services.bulk.sending import Outcome, Plan, Target
from services.bulk.source import Source
from services.importers.sheets import SourceFault
from services.server import ROUTES
from tests.edge.twin import Client, issuance, opened

TENANT = Target("P", "operator:1", "T01")


class Breaking(Remote):
    """A registry that is gone after so many commands."""

    left = 10_000

    @override
    async def ask(self, command: Sendable) -> Answered:
        if not self.left:
            raise LogUnavailable
        self.left -= 1
        return await super().ask(command)


class Room:
    """A registry with a pool and a tenant of it, and a table to send there."""

    def __init__(self, client: Client, registry: Breaking, path: Path) -> None:
        self.client = client
        self.registry = registry
        self.path = path

    def table(self, *rows: str, count: int = 1) -> None:
        self.path.write_text("\n".join(rows[:1] + rows[1:] * count) + "\n", encoding="utf-8")

    async def plan(self, source: Source, kind: Kind, target: Target) -> Plan:
        return await sending.plan(source, kind, survey(source, kind), target, self.registry)

    async def send(self, target: Target = TENANT, kind: Kind = ALLOCATIONS) -> Outcome:
        with Source(self.path) as source:
            made = await self.plan(source, kind, target)
            return await sending.send(source, kind, made, self.registry)

    async def preview(self, target: Target = TENANT) -> Outcome:
        with Source(self.path) as source:
            made = await self.plan(source, ALLOCATIONS, target)
            return await sending.preview(source, ALLOCATIONS, made, self.registry)

    async def refused(self, target: Target = TENANT) -> str:
        with pytest.raises(SourceFault) as caught:
            await self.send(target)
        return str(caught.value)

    async def left(self) -> int:
        (tenant,) = (await self.client.seen("/v1/tenants"))["items"]
        return int(tenant["quota"])


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Return a tenant with a quota of 30,000 g whose sticker has 1,000 g."""
    async with opened(tmp_path) as client:
        for account in ("A01", "T01"):
            await client.made("/v1/accounts", {"account": account, "name": account})
        project = {"project": "JC-1", "scheme": "JC", "kind": "ER", "name": "n"}
        await client.made("/v1/projects", project | {"methodologies": []})
        await client.made("/v1/issuances", issuance("JC-1", "JC-1-01", 9))
        await client.made("/v1/pools", {"pool": "P", "account": "A01", "name": "P"})
        use = {"account": "A01", "beneficiary": "P", "purpose": "offset"}
        await client.made("/v1/invalidations", {"lines": [{**use, "pool": "P", "quantity": 1}]})
        await client.made("/v1/pools/P/tenants", {"tenant": "T01", "plan": "x"})
        tenant = "/v1/pools/P/tenants/T01"
        await client.made(f"{tenant}/admission", {"paid_until": "2027-03-31"})
        await client.made(f"{tenant}/quotas", {"grams": 30_000})
        goods = {"goods": "sticker", "name": "Sticker", "grams": 1000, "use": "sticker"}
        await client.made(f"{tenant}/goods", goods)
        transport = httpx.ASGITransport(app=client.app)
        async with RemoteRegistry("http://127.0.0.1", ROUTES, transport) as remote:
            yield Room(client, Breaking(remote), tmp_path / "table.csv")


async def test_a_table_that_does_not_fit_is_refused_whole(room: Room) -> None:
    before = room.client.twin.head.position
    room.table("grams,goods,count", ",sticker,29", "1001,,")
    assert "30,001 g are asked for and 30,000 g are left; nothing was sent" in await room.refused()
    room.table("grams,goods,count", "5,,", ",leek,1")
    assert "row 3, column 'goods': leek is not offered [goods_not_found]" in await room.refused()
    assert "no such tenant" in await room.refused(Target("P", "operator:1", "A01"))
    assert "no such pool" in await room.refused(Target("Q", "operator:1", UNSET))
    assert room.client.twin.head.position == before


async def test_a_table_sent_again_books_nothing_twice(room: Room) -> None:
    room.table("grams,recipient", "1,A", count=LINES_MAX + 5)
    room.registry.left = 1
    with pytest.raises(LogUnavailable):
        await room.send()
    assert await room.left() == 30_000 - LINES_MAX
    room.registry.left = 1
    assert await room.send() == Outcome(LINES_MAX + 5, 2)
    assert await room.left() == 30_000 - LINES_MAX - 5
    room.registry.left = 0
    assert await room.send() == Outcome(LINES_MAX + 5, 2)
    room.registry.left = 2
    again = Target("P", "operator:1", "T01", "of May")
    assert await room.send(again) == Outcome(LINES_MAX + 5, 2)
    assert await room.left() == 30_000 - 2 * (LINES_MAX + 5)


async def test_what_was_refused_is_asked_anew_when_it_is_mended(room: Room) -> None:
    room.table("goods,count", "sticker,2", "sticker,3")
    admission = "/v1/pools/P/tenants/T01/admission"
    await room.client.made(admission, {"paid_until": "2026-03-31"})
    assert (await room.preview()).refused == "fee_not_paid"
    for _ in range(2):
        lapsed = await room.send()
        assert (lapsed.lines, lapsed.refused) == (0, "fee_not_paid")
    await room.client.made(admission, {"paid_until": "2027-03-31"})
    assert await room.preview() == Outcome(0, 0)
    assert await room.send() == Outcome(2, 1)
    assert await room.left() == 25_000


async def test_donations_need_no_quota(room: Room) -> None:
    room.table("金額,宛名", "15000,Example Inn", "1,Example Foods")
    assert await room.send(Target("P", "operator:1"), PLEDGES) == Outcome(2, 1)
    given = (await room.client.seen("/v1/donations"))["items"]
    assert [(one["yen"], one["recipient"]) for one in given] == [
        (15_000, "Example Inn"),
        (1, "Example Foods"),
    ]


async def test_no_name_of_a_person_enters_the_journal(room: Room) -> None:
    room.table("grams,氏名,note", "7,例示 花子,", "8,,spring", "9,例示 太郎,")
    admission = "/v1/pools/P/tenants/T01/admission"
    await room.client.made(admission, {"paid_until": "2026-03-31"})
    assert (await room.send()).refused == "fee_not_paid"
    await room.client.made(admission, {"paid_until": "2027-03-31"})
    room.registry.left = 0
    with pytest.raises(LogUnavailable):
        await room.send()
    room.registry.left = 1
    assert await room.send() == Outcome(3, 1)
    made = (await room.client.seen("/v1/certificates"))["items"]
    first, nobody, last = [one.get("commitment") for one in made]
    assert nobody is None
    for commitment, name in ((first, "例示 花子"), (last, "例示 太郎")):
        kept = await room.client.seen(f"/v1/particulars/{commitment}")
        assert (kept["account"], kept["particulars"]["name"]) == ("T01", name)
    journal = b"".join(room.client.twin.journal)
    assert "例示".encode() not in journal
    assert journal.count(str(first).encode()) >= 3  # refused and accepted under one commitment
    with room.client.twin.views.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(particulars)) == 2


async def test_people_are_somebodys_recipients(room: Room) -> None:
    room.table("grams,person", "7,Ann")
    assert "say --account, whose recipients they are" in await room.refused(Target("P", "x:1"))
    room.table("yen,person", "7,Ann")
    ours = Target("P", "operator:1", account="A01")
    assert await room.send(ours, PLEDGES) == Outcome(1, 1)


async def test_a_table_may_be_told_out_under_a_campaign(room: Room) -> None:
    days = {"runs_from": "2026-01-01", "runs_to": "2026-12-31"}
    await room.client.made("/v1/pools/P/campaigns", {"campaign": "parks", "name": "x", **days})
    room.table("grams", "7", "8")
    ours = Target("P", "operator:1", "T01", campaign="parks")
    assert (await room.send(ours)).refused == "partner_not_found"
    joined = {"campaign": "parks", "tenant": "T01"}
    await room.client.made("/v1/pools/P/campaigns/partners", joined)
    assert await room.send(ours) == Outcome(2, 1)
    (campaign,) = (await room.client.seen("/v1/campaigns"))["items"]
    assert (campaign["certificates"], campaign["grams"]) == (2, 15)
