"""A plan sent through HTTP means the same as in one process."""

import uuid
from collections.abc import AsyncIterator

import httpx
import pytest

from libs.edge.client import RemoteRegistry, Sendable, Unanswerable
from libs.ledger.ports import LogUnavailable
from services.issuance.commands import WithdrawIssuance
from services.server import ROUTES
from services.transfer.commands import FreezeAccount, OpenAccount, RequestTransfer, TransferLine
from tests.edge.twin import Client, Twin


@pytest.fixture
async def remote(filled: Client) -> AsyncIterator[RemoteRegistry]:
    transport = httpx.ASGITransport(app=filled.app)
    async with RemoteRegistry("http://127.0.0.1", ROUTES, transport) as remote:
        yield remote


def planned(number: int, kind: str, body: object) -> Sendable:
    return Sendable(str(uuid.UUID(int=9000 + number)), kind, "operator:1", body)  # type: ignore[arg-type]  # any struct


def plan() -> list[Sendable]:
    line = TransferLine(source="A01", target="C03", quantity=7)
    return [
        planned(0, "account.open.v1", OpenAccount(account="C03", name="C")),
        planned(1, "transfer.request.v1", RequestTransfer(lines=(line,))),
        planned(2, "account.freeze.v1", FreezeAccount(account="C03", reason="x")),
        planned(3, "transfer.request.v1", RequestTransfer(lines=(line,))),
        planned(4, "issuance.withdraw.v1", WithdrawIssuance(lot="A/b", reason="x")),
    ]


async def test_a_plan_is_answered_in_order(remote: RemoteRegistry, filled: Client) -> None:
    start = filled.twin.head.position
    answers = await remote.ask(plan())
    assert [answer.verdict for answer in answers] == ["accepted"] * 3 + ["rejected"] * 2
    assert [answer.position for answer in answers] == list(range(start, start + 5))
    assert [answer.reason for answer in answers[3:]] == ["account_frozen", "lot_not_found"]
    assert answers[4].facts == {"lot": "A/b"}
    assert not any(answer.replayed for answer in answers)


async def test_a_plan_sent_twice_changes_nothing(remote: RemoteRegistry, filled: Client) -> None:
    first = await remote.ask(plan())
    state = dict(filled.twin.projections[0].contents())
    again = await remote.ask(plan())
    assert [answer.position for answer in again] == [answer.position for answer in first]
    assert all(answer.replayed for answer in again)
    now = filled.twin.projections[0].contents()
    assert now == {**state, "tiles": now["tiles"]}  # a repeat is an entry too


async def test_a_late_answer_is_asked_for(remote: RemoteRegistry, filled: Client) -> None:
    filled.twin.silent = True
    (answer,) = await remote.ask(plan()[:1])
    assert (answer.verdict, answer.position) == ("accepted", filled.twin.head.position - 1)


async def test_a_log_that_comes_back_is_tried_again(
    remote: RemoteRegistry, filled: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.twin.fault = LogUnavailable()
    fold, tries = Twin.ask, 0

    async def later(self: Twin, records: list[bytes], wait_ms: int) -> object:
        nonlocal tries
        tries += 1
        self.fault = LogUnavailable() if tries < 3 else None
        return await fold(self, records, wait_ms)

    monkeypatch.setattr(Twin, "ask", later)
    (answer,) = await remote.ask(plan()[:1])
    assert (answer.verdict, tries) == ("accepted", 3)


async def test_a_body_that_fits_no_schema_is_told(remote: RemoteRegistry) -> None:
    (answer,) = await remote.ask(
        [planned(0, "account.open.v1", OpenAccount(account="not an id", name="C"))]
    )
    assert (answer.verdict, answer.reason, answer.position) == ("refused", "body_invalid", None)


async def test_the_journal_comes_back_as_it_is(remote: RemoteRegistry, filled: Client) -> None:
    assert [entry async for entry in remote.entries()] == filled.twin.journal
    assert [entry async for entry in remote.entries(2)] == filled.twin.journal[3:]


async def test_another_server_is_no_registry() -> None:
    def page(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="hello", headers={"Content-Type": "text/html"})

    async with RemoteRegistry("http://127.0.0.1", ROUTES, httpx.MockTransport(page)) as remote:
        with pytest.raises(Unanswerable):
            await remote.ask(plan()[:1])


def page(status: int, text: str, media: str = "application/problem+json") -> httpx.Response:
    return httpx.Response(status, text=text, headers={"Content-Type": media})


@pytest.mark.parametrize(
    "answer",
    [
        page(500, '{"code":"internal","detail":"x"}'),
        page(502, '{"code":"x"}', "application/json"),
        page(502, "Bad Gateway", "text/html"),
        page(500, '{"code":'),
        page(404, '{"detail":"Not Found"}', "application/json"),
        page(200, '{"verdict":1}', "application/json"),
    ],
)
async def test_what_is_no_answer_is_never_taken_for_one(answer: httpx.Response) -> None:
    transport = httpx.MockTransport(lambda _: answer)
    async with RemoteRegistry("http://127.0.0.1", ROUTES, transport) as remote:
        with pytest.raises(Unanswerable, match=f"/v1/accounts: {answer.status_code}"):
            await remote.ask(plan()[:1])


async def test_a_breach_is_an_answer() -> None:
    told = page(500, '{"code":"breach","verdict":"rejected","position":7}')
    transport = httpx.MockTransport(lambda _: told)
    async with RemoteRegistry("http://127.0.0.1", ROUTES, transport) as remote:
        (answer,) = await remote.ask(plan()[:1])
    assert (answer.verdict, answer.reason, answer.position) == ("rejected", "breach", 7)


async def test_a_gateway_that_is_away_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.edge.client.ATTEMPTS_MAX", 2)
    transport = httpx.MockTransport(lambda _: page(503, "later", "text/html"))
    async with RemoteRegistry("http://127.0.0.1", ROUTES, transport) as remote:
        with pytest.raises(LogUnavailable):
            await remote.ask(plan()[:1])


async def test_a_line_that_breaks_while_the_outcome_is_asked_for_is_tried_again() -> None:
    asked = 0

    def late(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        if request.method == "POST":
            return page(202, "{}", "application/json")
        asked += 1
        if asked == 1:
            raise httpx.ReadError("broken", request=request)
        if asked == 2:
            return page(404, '{"code":"command_not_found"}')
        return page(200, '{"verdict":"accepted","position":7}', "application/json")

    async with RemoteRegistry("http://127.0.0.1", ROUTES, httpx.MockTransport(late)) as remote:
        (answer,) = await remote.ask(plan()[:1])
    assert (answer.verdict, answer.position, asked) == ("accepted", 7, 3)


async def test_a_server_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.edge.client.ATTEMPTS_MAX", 2)

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with RemoteRegistry("http://127.0.0.1", ROUTES, httpx.MockTransport(away)) as remote:
        with pytest.raises(LogUnavailable, match="does not answer"):
            await remote.ask(plan()[:1])
