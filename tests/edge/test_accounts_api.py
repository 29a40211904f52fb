"""The life of an account over HTTP, by the shipped rules of the J-Credit scheme."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.edge.writes import Write
from libs.ledger.codec import write_command
from services import rules
from services.transfer.api.accounts import APPLICATIONS, EXAMPLE_OPENINGS, WRITES
from services.transfer.commands.accounts import ApplyAccount
from tests.edge.twin import Client, opened

LIFE = {write.operation: write for write in WRITES}
APPLIED = json.loads(msgspec.json.encode(LIFE["applyForAccount"].example))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path, rules.shipped("j-credit")) as client:
        body = {"account": "A01", "name": "A Ltd.", "representatives": ["holder:a"]}
        await client.made("/v1/accounts", body)
        await second(client)
        yield client


async def done(client: Client, operation: str, **said: Any) -> Any:
    """Do what the example of an operation says, or what is said otherwise."""
    write: Write = LIFE[operation]
    body = msgspec.to_builtins(write.example) | said
    path = write.template
    for place in write.places:
        path = path.replace(f"{{{place}}}", body.pop(place))
    told = await client.made(path, body)
    if write.command in rules.shipped("j-credit").two_person:
        told = await second(client)
    return told["events"][-1]


async def second(client: Client) -> Any:
    """Approve what was just proposed, as the second operator."""
    body = {"position": client.twin.head.position - 1}
    return await client.made("/v1/approvals", body, Tonne_Actor="operator:2")


async def opened_account(client: Client) -> None:
    for step in ("applyForAccount", "reviewAccount", "decideAccount"):
        await done(client, step)


async def test_the_examples_do_what_they_say(room: Client) -> None:
    await opened_account(room)
    await done(room, "appointRepresentative")
    await done(room, "replaceRepresentative")
    await done(room, "dismissRepresentative", representative="holder:bob")
    granted = await done(room, "grantMandate")
    await done(room, "revokeMandate", mandate=granted["mandate"])
    await done(room, "renameAccount")
    await done(room, "recordInsolvency")
    await room.made("/v1/accounts/D04/unfreeze")
    await second(room)
    await done(room, "beginClosing")
    await done(room, "mergeAccount")
    found = await room.seen("/v1/accounts/D04")
    assert (found["status"], found["successor"]) == ("closed", "A01")


async def test_an_application_is_looked_at_until_it_is_an_account(room: Client) -> None:
    await done(room, "applyForAccount")
    assert (await room.get("/v1/accounts/D04")).status_code == 404
    await done(room, "reviewAccount", checks=[{"item": "CORPORATE_REGISTER"}])
    checks = [{"item": "CORPORATE_REGISTER", "document": "4" * 64}]
    await done(room, "reviewAccount", checks=checks)
    ((found,), (example,)) = (await room.seen(APPLICATIONS))["items"], EXAMPLE_OPENINGS.items
    said = json.loads(msgspec.json.encode(example)) | {
        name: found[name] for name in ("at", "position")
    }
    assert found == said | {"representatives": APPLIED["representatives"]}
    refused = await room.post(
        f"{APPLICATIONS}/D04/decision", {"outcome": "opened", "reason": "Enough."}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "checklist_incomplete")
    assert refused.json()["facts"]["missing"] == "REPRESENTATIVE_IDENTITY,NO_ANTISOCIAL_FORCES"
    await done(room, "decideAccount", outcome="returned")
    await done(room, "applyForAccount", department="環境部")
    await done(room, "reviewAccount")
    await done(room, "decideAccount")
    assert (await room.seen(f"{APPLICATIONS}?status=applied"))["items"] == []
    (ended,) = (await room.seen(f"{APPLICATIONS}?account=D04"))["items"]
    assert (ended["status"], ended["department"]) == ("opened", "環境部")
    account = await room.seen("/v1/accounts/D04")
    assert {name: account[name] for name in APPLIED["holder"]} == APPLIED["holder"]
    assert (account["kind"], account["status"], account["representatives"]) == (
        "holding",
        "open",
        ["holder:d04"],
    )


async def test_who_leads_an_account_is_listed(room: Client) -> None:
    await opened_account(room)
    await done(room, "appointRepresentative")
    await done(room, "replaceRepresentative")

    async def led(query: str) -> dict[str, tuple[str, str]]:
        items = (await room.seen(f"/v1/representatives{query}"))["items"]
        return {item["actor"]: (item["role"], item["status"]) for item in items}

    assert await led("?account=D04") == {
        "holder:art": ("approver", "dismissed"),
        "holder:bob": ("initiator", "appointed"),
        "holder:d04": ("both", "appointed"),
    }
    assert await led("?account=A01") == {"holder:a": ("both", "appointed")}
    # a person may come back; a bankrupt's administrator is alone
    await done(room, "appointRepresentative")
    assert (await led("?status=dismissed")) == {}
    await done(room, "grantMandate")
    await done(room, "recordInsolvency")
    assert await led("?account=D04&status=appointed") == {
        "holder:administrator": ("both", "appointed")
    }
    account = await room.seen("/v1/accounts/D04")
    assert account["representatives"] == ["holder:administrator"]
    assert (account["status"], account["reason"]) == (
        "frozen",
        "Decision of the Tokyo District Court.",
    )
    (mandate,) = (await room.seen("/v1/mandates?account=A01"))["items"]
    assert (mandate["account"], mandate["status"]) == ("D04", "revoked")


async def test_mandates_are_listed_with_whoever_they_are_for(room: Client) -> None:
    await opened_account(room)
    await done(room, "grantMandate", account="A01", agent="D04")
    entity = {"agent": None, "entity": APPLIED["holder"], "actors": ["broker:1"]}
    body = msgspec.to_builtins(LIFE["grantMandate"].example) | entity
    account, _ = body.pop("account"), body.pop("agent")
    await room.made(f"/v1/accounts/{account}/mandates", body)
    given, other = (await room.seen("/v1/mandates?account=D04&status=granted"))["items"]
    assert (given["account"], given["agent"]) == ("A01", "D04")
    assert (other["entity"], other["actors"]) == (APPLIED["holder"], ["broker:1"])
    assert other["scope"] == ["invalidate"]
    (only,) = (await room.seen("/v1/mandates?limit=1"))["items"]
    assert only == given


async def test_a_persons_number_never_reaches_the_log(room: Client) -> None:
    """個人番号 has twelve digits: the body fits no schema, and nothing is appended."""
    head = room.twin.head
    holder = {**APPLIED["holder"], "corporate_number": "123456789012"}
    refused = await room.post(APPLICATIONS, {**APPLIED, "holder": holder})
    assert (refused.status_code, refused.json()["code"]) == (422, "body_invalid")
    assert room.twin.head == head


async def test_the_name_of_a_natural_person_never_reaches_the_log(room: Client) -> None:
    """Whoever stands in no register is refused before anything is appended, in the rule's words."""
    head = room.twin.head
    person = {"country": "JP", "name": "例示 太郎", "name_kana": "れいじ たろう"}
    sent = {**APPLIED, "holder": person}
    refused = await room.post(APPLICATIONS, sent)
    assert (refused.status_code, refused.json()["code"]) == (422, "holder_not_legal_entity")
    assert "position" not in refused.json()
    given = {"scope": ["transfer"], "until": "2027-03-31", "actors": ["x"], "entity": person}
    refused = await room.post("/v1/accounts/A01/mandates", given)
    assert (refused.status_code, refused.json()["code"]) == (422, "holder_not_legal_entity")
    wrong = {**APPLIED, "holder": {**person, "corporate_number": "1234567890123"}}
    refused = await room.post(APPLICATIONS, wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "corporate_number_wrong")
    assert room.twin.head == head
    # looking ahead appends nothing, and has the rule's own answer
    seen = await room.post(f"{APPLICATIONS}?dry_run=true", sent)
    assert seen.json()["code"] == "holder_not_legal_entity"
    assert room.twin.head == head


async def test_what_is_in_the_log_already_is_answered_as_it_was(room: Client) -> None:
    """A journal of before may hold such a refusal: its id goes on meaning that."""
    person = {"country": "JP", "name": "例示 太郎", "name_kana": "れいじ たろう"}
    sent = msgspec.convert({**APPLIED, "holder": person}, ApplyAccount)
    identity = room.identity()
    at = "2026-04-01T00:00:00.000Z"
    room.twin.fold(write_command(identity, "account.apply.v1", "operator:1", at, sent))
    told = await room.post(APPLICATIONS, {**APPLIED, "holder": person}, Idempotency_Key=identity)
    assert (told.status_code, told.json()["verdict"]) == (422, "rejected")
    assert told.json()["position"] == room.twin.head.position - 2
