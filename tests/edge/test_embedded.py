"""The same server over the real registry on one file: what the twin promises, it keeps."""

import asyncio
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import httpx

from libs.edge.client import RemoteRegistry, Sendable
from libs.edge.database import connect
from libs.edge.projection import Projection
from libs.ledger.ports import Cursor
from services import bootstrap, server, views
from services.issuance.commands import IssueCredits, RegisterProject
from services.transfer.commands import OpenAccount, RequestTransfer, TransferLine

DAY = "2026-01-31"
PLAN = (
    ("account.open.v1", OpenAccount(account="A01", name="A")),
    ("account.open.v1", OpenAccount(account="B02", name="B")),
    (
        "project.register.v1",
        RegisterProject(project="P", scheme="JC", kind="ER", name="n", methodologies=()),
    ),
    (
        "credits.issue.v1",
        IssueCredits(
            account="A01",
            certified_on=DAY,
            lot="L",
            project="P",
            quantity=100,
            vintage_from=DAY,
            vintage_to=DAY,
        ),
    ),
    (
        "transfer.request.v1",
        RequestTransfer(lines=(TransferLine(source="A01", target="B02", quantity=40),)),
    ),
)


def planned() -> list[Sendable]:
    return [
        Sendable(str(UUID(int=7000 + number)), kind, "operator:1", body)
        for number, (kind, body) in enumerate(PLAN)
    ]


async def test_a_plan_through_the_real_registry(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/views.db"
    async with bootstrap.embedded(tmp_path / "registry.db", database) as registry:
        transport = httpx.ASGITransport(app=server.app(server.desk(registry, 5000)))
        async with RemoteRegistry("http://127.0.0.1", server.ROUTES, transport) as remote:
            first = await remote.ask(planned())
            again = await remote.ask(planned())
            entries = [entry async for entry in remote.entries()]
        assert [answer.verdict for answer in first] == ["accepted"] * len(PLAN)
        assert [answer.position for answer in again] == [answer.position for answer in first]
        assert all(answer.replayed for answer in again)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            shown = (await http.get("/v1/accounts/B02")).json()
            assert shown["quantity"] == 40
            assert (await http.get("/readyz")).status_code == 200
            metrics = (await http.get("/metrics")).text
            assert 'tonne_journal_noise_total{kind="equivocation"} 0.0' in metrics
        await registry.caught_up(registry.head.position, 5000)
        live = registry.followers[0]
        assert isinstance(live, Projection)
        (fresh,) = views.followers(connect("sqlite://"))
        fresh.follow(entries, Cursor(len(entries), sha256(entries[-1]).hexdigest()))
        assert fresh.contents() == live.contents()
        fresh.engine.dispose()


async def test_many_clients_at_once_read_their_own_writes(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/views.db"
    async with bootstrap.embedded(tmp_path / "registry.db", database) as registry:
        transport = httpx.ASGITransport(app=server.app(server.desk(registry, 5000)))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:

            async def one(number: int) -> str:
                key = {"Idempotency-Key": str(UUID(int=number))}
                body = {"account": f"N{number}", "name": "x"}
                done = await http.post("/v1/accounts", json=body, headers=key)
                assert done.status_code == 201, done.text
                seen = await http.get(done.headers["location"])
                return str(seen.json()["account"])

            names = await asyncio.gather(*(one(number) for number in range(1, 65)))
        assert names == [f"N{number}" for number in range(1, 65)]
