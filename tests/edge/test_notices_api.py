"""Notices over HTTP: whose inbox has which, their documents, and the link that needs no key."""

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select, update

from libs.edge import writes
from libs.ledger.codec import encode
from services.notify.endpoints import OF_ACCOUNT_MAX
from services.notify.hooks import Keys, endpoints, opened, sealed
from services.notify.links import Links
from tests.edge.office import LINKS, Office, busy
from tests.edge.twin import Client, move

HOOK = {"url": "https://example.org/hooks", "events": ["notice.issued.v1"], "account": "A01"}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with busy(Office(tmp_path)) as office:
        yield office


async def test_an_inbox_has_what_concerns_its_account(office: Office) -> None:
    client = office.client
    kinds = {}
    for account in ("A01", "B02", "Z99"):
        page = await client.seen(f"/v1/inbox?account={account}")
        kinds[account] = [one["kind"] for one in page["items"]]
    assert kinds == {
        "A01": ["account", "issuance", "transfer", "invalidation"],
        "B02": ["account", "transfer"],
        "Z99": [],
    }
    page = await client.seen("/v1/notices?limit=2")
    rest = await client.seen(f"/v1/notices?limit=9&cursor={page['next_cursor']}")
    numbers = [one["number"] for one in (*page["items"], *rest["items"])]
    assert len(set(numbers)) == len(numbers) == 5
    assert {one["status"] for one in rest["items"]} == {"issued"}


async def test_the_document_is_the_one_whose_digest_the_journal_has(office: Office) -> None:
    (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    told = await office.client.get(f"/v1/notices/{used['number']}/document")
    assert told.status_code == 200
    assert sha256(told.content).hexdigest() == used["sha256"]
    assert told.headers["content-disposition"].startswith("attachment")
    said = {one["code"]: one["value"] for one in json.loads(told.content)["fields"]}
    assert said["user"] == "例示商店"
    assert said["quantity"] == "7 t-CO2"
    assert said["holder"] == "A01 Ltd."
    assert said["project"] == "JC-1"


async def test_a_user_without_an_account_sees_the_notice_by_what_is_passed_on(
    office: Office,
) -> None:
    (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    link = await office.client.seen(f"/v1/notices/{used['number']}/link")
    user = Client(office.twin, keys="required", shelf=office.shelf)
    async with user.http:
        assert (await user.get(f"/v1/notices/{used['number']}/link")).status_code == 401
        assert (await user.get(f"/v1/notices/{used['number']}/document")).status_code == 401
        page, document = await user.get(link["page"]), await user.get(link["path"])
    assert (page.status_code, document.status_code) == (200, 200)
    assert used["number"] in page.text
    assert f'href="{link["path"]}"' in page.text
    assert sha256(document.content).hexdigest() == used["sha256"]


async def test_who_has_the_link_needs_no_key_and_nobody_guesses_it(office: Office) -> None:
    client = office.client
    (used,) = (await client.seen("/v1/notices?kind=invalidation"))["items"]
    link = await client.seen(f"/v1/notices/{used['number']}/link")
    found = await client.get(link["path"])
    assert sha256(found.content).hexdigest() == used["sha256"]
    assert link["code"].encode() not in b"".join(office.twin.journal)
    answers = {(await client.get(f"/v1/private-notices/{n:032x}")).status_code for n in range(29)}
    assert answers == {404}
    more = [await client.get(f"/v1/private-notices/{n:032x}") for n in range(40)]
    assert more[-1].status_code == 429
    assert int(more[-1].headers["retry-after"]) >= 1


async def test_what_becomes_of_a_notice_is_shown(office: Office) -> None:
    client = office.client
    (used,) = (await client.seen("/v1/notices?kind=invalidation"))["items"]
    number = used["number"]
    mend = {"reason": "Cut.", "spelling": [{"field": "project_name", "text": "全名"}]}
    act = await client.made(f"/v1/notices/{number}/supersession", mend)
    await client.made("/v1/approvals", {"position": act["position"]}, Tonne_Actor="operator:2")
    await office.issue()
    old = await client.seen(f"/v1/notices/{number}")
    new = await client.seen(f"/v1/notices/{number}-r2")
    assert (old["status"], old["successor"]) == ("superseded", f"{number}-r2")
    assert (new["status"], new["predecessor"]) == ("issued", number)
    inbox = (await client.seen("/v1/inbox?account=A01"))["items"]
    assert [one["number"] for one in inbox][-1] == f"{number}-r2"
    gone = await client.made("/v1/annulments", {"lot": "JC-1-01", "reason": "Never removed."})
    end = {"reason": "Annulled.", "undone_by": gone["position"]}
    act = await client.made(f"/v1/notices/{number}-r2/withdrawal", end)
    await client.made("/v1/approvals", {"position": act["position"]}, Tonne_Actor="operator:2")
    last = await client.seen(f"/v1/notices/{number}-r2")
    assert (last["status"], last["undone_by"]) == ("withdrawn", gone["position"])
    kept = await client.get(f"/v1/notices/{number}-r2/document")
    assert kept.headers["notice-status"] == "withdrawn"


async def test_a_balance_is_attested_by_a_notice(office: Office) -> None:
    client = office.client
    asked = await client.made("/v1/accounts/B02/balance-notices", {"as_of": "2026-03-31"})
    await office.issue()
    told = await client.get(f"/v1/notices/main-{asked['position']}-1/document")
    said = {one["code"]: one["value"] for one in json.loads(told.content)["fields"]}
    assert (said["as_of"], said["balance"]) == ("2026-03-31", "0 t-CO2")


async def test_a_webhook_is_put_once_and_its_keys_are_told_once(office: Office) -> None:
    http, client = office.client.http, office.client
    made = await http.put("/v1/webhooks/books", json=HOOK)
    assert made.status_code == 200, made.text
    assert made.json()["secret"].startswith("whsec_")
    assert made.json()["public_key"].startswith("whpk_")
    again = await http.put("/v1/webhooks/books", json=HOOK)
    assert (again.status_code, again.json()["code"]) == (409, "webhook_exists")
    (shown,) = (await client.seen("/v1/webhooks"))["items"]
    assert shown == {"name": "books", **HOOK, "state": "active", "failures": 0}
    await client.made("/v1/transfers", move(1))
    await office.issue()
    waits = (await client.seen("/v1/webhooks/books/calls?state=pending"))["items"]
    assert [one["type"] for one in waits] == ["notice.issued.v1"]
    again = await http.put(f"/v1/webhooks/books/calls/{waits[0]['position']}-0")
    assert again.json()["state"] == "pending"
    missing = await http.put("/v1/webhooks/books/calls/1-0")
    assert (missing.status_code, missing.json()["code"]) == (404, "webhook_unknown")
    other = await http.put("/v1/webhooks/books/keys")
    assert other.json()["secret"] != made.json()["secret"]
    assert (await http.delete("/v1/webhooks/books")).status_code == 200
    assert (await client.seen("/v1/webhooks"))["items"] == []


async def test_keys_that_nobody_can_open_any_more_are_drawn_anew(office: Office) -> None:
    http, engine, box = office.client.http, office.shelf.engine, LINKS.box
    assert (await http.put("/v1/webhooks/books", json=HOOK)).status_code == 200
    assert engine is not None
    assert box is not None
    lost = Links("a key that is lost").box
    assert lost is not None
    with engine.begin() as connection:
        keys = sealed(lost, "books", Keys("whsec_", "whsk_"))
        connection.execute(update(endpoints).values(keys=keys))
    told = await http.put("/v1/webhooks/books/keys")
    assert told.status_code == 200, told.text
    with engine.connect() as connection:
        row = connection.execute(select(endpoints)).mappings().one()
    assert opened(box, row).signing[0] == told.json()["secret"]


async def test_an_account_leaves_others_their_webhooks(office: Office) -> None:
    http = office.client.http
    for number in range(OF_ACCOUNT_MAX):
        assert (await http.put(f"/v1/webhooks/a{number}", json=HOOK)).status_code == 200
    more = await http.put("/v1/webhooks/more", json=HOOK)
    assert (more.status_code, more.json()["code"]) == (409, "too_many_webhooks")
    other = {**HOOK, "account": "B02"}
    assert (await http.put("/v1/webhooks/more", json=other)).status_code == 200


async def test_a_webhook_is_read_once_and_in_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    http = office.client.http
    twice = b'{"url":"https://a.example/",' + encode(HOOK)[1:]
    told = await http.put("/v1/webhooks/books", content=twice)
    assert (told.status_code, told.json()["code"]) == (422, "body_invalid")
    monkeypatch.setattr(writes, "BODY_SECONDS", 0.1)
    told = await http.put("/v1/webhooks/books", content=slow())
    assert (told.status_code, told.json()["code"]) == (408, "body_too_slow")


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://example.org/"},
        {"url": "https://user@example.org/"},
        {"events": ["credits.teleported.v1"]},
        {"account": "../A01"},
        {"more": 1},
    ],
)
async def test_a_webhook_that_may_not_be_is_refused(
    office: Office, wrong: dict[str, object]
) -> None:
    told = await office.client.http.put("/v1/webhooks/books", json={**HOOK, **wrong})
    assert (told.status_code, told.json()["code"]) == (422, "body_invalid")
