"""A write is answered once: its id is its command's, and a dry run leaves no trace."""

from tests.edge.twin import Client, move

ACCOUNT = {"account": "Z26", "name": "Z Ltd."}


async def test_an_accepted_command_is_told_as_the_journal_has_it(client: Client) -> None:
    response = await client.post("/v1/accounts", ACCOUNT)
    told = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == "/v1/accounts/Z26"
    assert response.headers["ledger-position"] == str(told["position"]) == "1"
    (event,) = told["events"]
    assert {"type": "account.opened.v1", **ACCOUNT}.items() <= event.items()
    assert told["command"]["actor"] == "operator:1"
    assert len(told["digest"]) == 64


async def test_the_same_id_gets_the_first_answer_again(filled: Client) -> None:
    key = filled.identity()
    first = await filled.post("/v1/transfers", move(10), Idempotency_Key=key)
    again = await filled.post("/v1/transfers", move(10), Idempotency_Key=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["ledger-position"] == first.headers["ledger-position"]
    assert (await filled.seen("/v1/accounts/B02"))["quantity"] == 10


async def test_a_refusal_is_repeated_too(filled: Client) -> None:
    key = filled.identity()
    first = await filled.post("/v1/transfers", move(5000), Idempotency_Key=key)
    await filled.made("/v1/issuances", {**_more(), "quantity": 9000})
    again = await filled.post("/v1/transfers", move(5000), Idempotency_Key=key)
    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["idempotency-replayed"] == "true"


def _more() -> dict[str, object]:
    days = {"vintage_from": "2025-01-01", "vintage_to": "2025-12-31", "certified_on": "2026-01-31"}
    return {"account": "A01", "lot": "JC-1-02", "project": "JC-1", **days}


async def test_the_same_id_for_something_else_is_refused(filled: Client) -> None:
    key = filled.identity()
    first = await filled.made("/v1/transfers", move(10), Idempotency_Key=key)
    stolen = await filled.post("/v1/transfers", move(11), Idempotency_Key=key)
    told = stolen.json()
    assert stolen.status_code == 422
    assert told["code"] == "command_exists_with_different_content"
    assert told["facts"] == {"position": first["position"]}
    assert (await filled.seen(f"/v1/commands/{key}"))["position"] == first["position"]


async def test_a_dry_run_says_what_would_happen_and_appends_nothing(filled: Client) -> None:
    before = filled.twin.head
    key = filled.identity()
    dry = await filled.post("/v1/transfers?dry_run=true", move(10), Idempotency_Key=key)
    assert (dry.status_code, filled.twin.head) == (200, before)
    assert dry.headers["ledger-position"] == str(before.position - 1)
    done = await filled.made("/v1/transfers", move(10), Idempotency_Key=key)
    assert dry.json() == {"dry_run": True, "verdict": "accepted", "events": done["events"]}
    again = await filled.post("/v1/transfers?dry_run=true", move(10), Idempotency_Key=key)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")


async def test_a_dry_run_that_would_be_refused_is_the_problem(filled: Client) -> None:
    before = filled.twin.head
    dry = await filled.post("/v1/transfers?dry_run=true", move(5000))
    assert (dry.status_code, dry.json()["code"]) == (409, "quantity_exceeds_holding")
    assert "position" not in dry.json()
    assert filled.twin.head == before
    for query in ("dryrun=true", "dry_run=true&dry_run=false", "dry_run=1"):
        typo = await filled.post(f"/v1/transfers?{query}", move(1))
        assert (typo.status_code, typo.json()["code"]) == (422, "parameter_invalid")
    assert filled.twin.head == before
    wrong = await filled.post("/v1/transfers?dry_run=maybe", move(1))
    assert wrong.json()["errors"] == [
        {"detail": "dry_run is true or false", "parameter": "dry_run"}
    ]


async def test_a_second_operator_carries_an_act_out(client: Client) -> None:
    rules = (await client.seen("/v1/rules"))["rules"]
    wider = {**rules, "purposes": ["offset", "report", "gift"]}
    proposed = await client.made("/v1/rules", {"rules": wider})
    waiting = (await client.seen("/v1/approvals"))["items"]
    assert [item["position"] for item in waiting] == [proposed["position"]]
    assert waiting[0]["body"] == {"rules": wider}
    body = {"position": proposed["position"]}
    alone = await client.post("/v1/approvals", body)
    assert (alone.status_code, alone.json()["code"]) == (403, "approver_must_differ")
    await client.made("/v1/approvals", body, Tonne_Actor="operator:2")
    adopted = await client.seen("/v1/rules")
    assert adopted["rules"] == wider
    assert (await client.seen("/v1/approvals"))["items"] == []
    assert (await client.seen(f"/v1/rules/{adopted['digest']}")) == adopted
    later = await client.post("/v1/approvals", body, Tonne_Actor="operator:2")
    assert (later.status_code, later.json()["code"]) == (404, "act_not_found")


async def test_time_passes_by_a_command(filled: Client) -> None:
    body = {"account": "A01", "quantity": 5, "expires_at": "2026-04-01T00:00:30.000Z"}
    order = (await filled.made("/v1/reservations", body))["events"][0]["order"]
    filled.twin.ms += 60_000
    told = await filled.made("/v1/ticks", {"due_at": "2026-04-01T00:00:30.000Z"})
    kinds = [event["type"] for event in told["events"]]
    assert kinds == ["time.passed.v1", "reservation.expired.v1"]
    items = (await filled.seen("/v1/reservations"))["items"]
    assert [(item["order"], item["status"]) for item in items] == [(order, "expired")]
