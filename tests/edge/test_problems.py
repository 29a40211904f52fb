"""Every error is a problem: one shape, one table of statuses, a page behind every type."""

import pytest

from libs.edge import problems
from libs.edge.asgi import BODY_BYTES_MAX
from libs.ledger.ports import Halted, LogUnavailable, WaitRanOut
from libs.ledger.verdict import Reason
from tests.edge.twin import Client, move


def test_every_reason_has_a_status() -> None:
    assert set(problems.STATUS) == set(Reason)
    assert all(400 <= status <= 599 for status in problems.STATUS.values())


def test_no_code_means_two_things() -> None:
    shared = set(problems.EDGE) & {reason.value for reason in Reason}
    assert shared == {"body_invalid"}
    assert problems.status("body_invalid") == problems.STATUS[Reason.BODY_INVALID]


async def test_every_type_has_its_page(client: Client) -> None:
    for code in problems.codes():
        page = await client.get(f"/problems/{code}")
        assert (page.status_code, page.json()["type"]) == (200, f"/problems/{code}")
        assert page.json()["title"].endswith(".")
    assert len(await client.seen("/problems")) == len(problems.codes())
    assert (await client.get("/problems/none")).status_code == 404


async def test_a_browser_gets_a_page(client: Client) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = await client.get("/problems/not_allowed", Accept=accept)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["vary"] == "Accept"
    assert "The caller may not do this." in page.text
    assert "403" in page.text
    assert "script" not in page.text
    every = await client.get("/problems", Accept=accept)
    assert all(f"href=/problems/{code}>" in every.text for code in problems.codes())
    unknown = await client.get("/problems/none", Accept=accept)
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, problems.MEDIA)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("DELETE", "/v1/accounts", 405, "method_not_allowed"),
        ("GET", "/v1/accounts/none", 404, "account_not_found"),
        ("GET", "/v1/accounts/none/holdings", 404, "account_not_found"),
        ("GET", "/v1/accounts/none/statement", 404, "account_not_found"),
        ("GET", "/v1/lots/none", 404, "lot_not_found"),
        ("GET", "/v1/projects/none", 404, "project_not_found"),
        ("GET", "/v1/serials/none:1", 404, "serial_not_found"),
        ("GET", "/v1/serials/none", 404, "serial_not_found"),
        ("GET", "/v1/serials/L:99999999999999999999999", 404, "serial_not_found"),
        ("GET", "/v1/commands/none", 404, "command_not_found"),
        ("GET", "/v1/rules/none", 404, "rules_not_found"),
        ("GET", "/v1/lots?limit=0", 422, "parameter_invalid"),
        ("GET", "/v1/lots?limit=501", 422, "parameter_invalid"),
        ("GET", "/v1/lots?cursor=%00", 422, "cursor_invalid"),
        ("GET", "/v1/lots?cursor=WzFd", 422, "cursor_invalid"),
        ("GET", "/v1/retirements?cursor=Wy0xLC0xXQ", 422, "cursor_invalid"),
        ("GET", "/v1/lots?project=%00", 422, "parameter_invalid"),
        ("GET", "/v1/journal?after=x", 422, "parameter_invalid"),
    ],
)
async def test_a_wrong_request_is_told_so(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    response = await client.http.request(method, path)
    assert response.headers["content-type"] == problems.MEDIA
    told = response.json()
    assert (response.status_code, told["status"], told["code"]) == (status, status, code)
    assert {"type", "title", "detail"} <= set(told)
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b"{", 400, "body_not_json", None),
        (b"", 400, "body_not_json", None),
        (b'{"account":"\xff","name":"x"}', 400, "body_not_json", None),
        (b"[" * 100_000, 422, "body_invalid", ""),
        (b'{"account":' + b"[" * 100_000, 422, "body_invalid", "/account"),
        (b'{"account":"A01"}', 422, "body_invalid", ""),
        (b'{"account":"A01","name":1}', 422, "body_invalid", "/name"),
        (b'{"account":"A 1","name":"x"}', 422, "body_invalid", "/account"),
        (b'{"account":"A01","name":"x","more":1}', 422, "body_invalid", ""),
        (
            b'{"account":"A01","name":"x","representatives":["a"," "]}',
            422,
            "body_invalid",
            "/representatives/1",
        ),
    ],
)
async def test_a_wrong_body_is_pointed_at(
    client: Client, body: bytes, status: int, code: str, pointer: str | None
) -> None:
    before = len(client.twin.journal)
    response = await client.post("/v1/accounts", body)
    if not body:
        response = await client.post("/v1/accounts", b"", Content_Type="application/json")
    told = response.json()
    assert (response.status_code, told["code"]) == (status, code), told
    if pointer is not None:
        assert told["errors"][0]["pointer"] == pointer
    assert len(client.twin.journal) == before


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        ("/v1/accounts", b'{"account":"A07","name":"x","account":"A08"}', "account"),
        ("/v1/accounts", b'{"account":"A07","name":"x","\\u006eame":"x"}', "name"),
        ("/v1/accounts/A01/freeze", b'{"reason":"x","reason":"y"}', "reason"),
        ("/v1/accounts/A01/freeze", b'{"reason":' + b"9" * 9000 + b',"reason":"y"}', "reason"),
        (
            "/v1/transfers",
            b'{"lines":[{"source":"A01","target":"B02","quantity":1,"quantity":2}]}',
            "quantity",
        ),
    ],
)
async def test_a_key_that_is_said_twice_is_refused(
    filled: Client, path: str, body: bytes, key: str
) -> None:
    before = len(filled.twin.journal)
    response = await filled.post(path, body)
    told = response.json()
    assert (response.status_code, told["code"]) == (422, "body_invalid")
    assert told["errors"] == [{"detail": f"the key {key} stands there more than once"}]
    assert len(filled.twin.journal) == before


async def test_a_value_beneath_a_key_said_twice_may_be_nested_for_ever(filled: Client) -> None:
    body = b'{"reason":' + b"[" * 900 + b"]" * 900 + b',"reason":"y"}'
    response = await filled.post("/v1/accounts/A01/freeze", body)
    assert response.status_code in (400, 422), response.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/accounts", "GET, POST"),
        ("DELETE", "/v1/rules", "GET, POST"),
        ("DELETE", "/v1/lots/a/b", "GET"),
        ("GET", "/v1/transfers", "POST"),
    ],
)
async def test_another_method_is_told_all_that_there_are(
    client: Client, method: str, path: str, allowed: str
) -> None:
    response = await client.http.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)


async def test_what_stands_in_the_path_stands_there_alone(filled: Client) -> None:
    body = {"account": "A01", "reason": "x"}
    told = (await filled.post("/v1/accounts/A01/freeze", body)).json()
    assert (told["code"], told["errors"][0]["pointer"]) == ("body_invalid", "/account")
    told = (await filled.post("/v1/accounts/%20/freeze", {"reason": "x"})).json()
    assert (told["code"], told["errors"][0]["parameter"]) == ("body_invalid", "account")


async def test_other_media_are_refused(client: Client) -> None:
    response = await client.post("/v1/accounts", b"a=1", Content_Type="text/plain")
    assert (response.status_code, response.json()["code"]) == (415, "content_type_unsupported")


@pytest.mark.parametrize("said", [True, False])
async def test_a_body_beyond_the_limit_is_not_read(client: Client, *, said: bool) -> None:
    async def parts() -> object:
        for _ in range(10):
            yield b" " * 1024 * 1024

    body = b" " * (BODY_BYTES_MAX + 1) if said else parts()
    headers = {"Idempotency-Key": client.identity(), "Content-Type": "application/json"}
    response = await client.http.post("/v1/accounts", content=body, headers=headers)  # type: ignore[arg-type]  # a generator is an async stream
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Idempotency-Key": "x"}, 400, "idempotency_key_malformed"),
        (
            {"Idempotency-Key": "5F0C7A52-51A4-4F4E-9A53-5CF8F0A54A11"},
            400,
            "idempotency_key_malformed",
        ),
        ({"Tonne-Actor": "a b"}, 400, "actor_malformed"),
        ({"Tonne-Actor": "system:replica"}, 403, "actor_reserved"),
        ({"Tonne-Actor": "holder:x"}, 403, "actor_not_allowed"),
    ],
)
async def test_headers_are_judged(
    client: Client, headers: dict[str, str], status: int, code: str
) -> None:
    response = await client.post("/v1/accounts", {"account": "A01", "name": "x"}, **headers)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_write_without_a_key_is_refused(client: Client) -> None:
    response = await client.http.post("/v1/accounts", json={"account": "A01", "name": "x"})
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_missing")


async def test_a_refusal_tells_what_was_seen_and_where_it_stands(filled: Client) -> None:
    response = await filled.post("/v1/transfers", move(2000))
    told = response.json()
    assert response.status_code == 409
    assert (told["code"], told["verdict"]) == ("quantity_exceeds_holding", "rejected")
    assert told["facts"] == {"account": "HOLD:A01", "holding": 1000, "line": 0, "quantity": 2000}
    assert told["errors"][0]["pointer"] == "/lines/0"
    assert str(told["position"]) == response.headers["ledger-position"]
    assert (await filled.seen(told["instance"]))["reason"] == "quantity_exceeds_holding"


async def test_lines_judged_alone_are_each_pointed_at(filled: Client) -> None:
    lines = [*move(2000)["lines"], *move(1, "B02", "A01")["lines"]]
    response = await filled.post("/v1/transfers", {"lines": lines, "atomic": False})
    told = response.json()
    assert (response.status_code, told["code"]) == (409, "no_line_accepted")
    assert [error["pointer"] for error in told["errors"]] == ["/lines/0", "/lines/1"]
    assert len(told["lines"]) == 2


async def test_a_log_that_is_away_is_worth_another_try(client: Client) -> None:
    client.twin.fault = LogUnavailable("disk full at /secret")
    response = await client.post("/v1/accounts", {"account": "A01", "name": "x"})
    assert (response.status_code, response.json()["code"]) == (503, "log_unavailable")
    assert response.headers["retry-after"] == "1"
    assert "secret" not in response.text


async def test_a_halted_registry_says_so(client: Client) -> None:
    client.twin.fault = Halted("position 7 differs")
    response = await client.post("/v1/accounts", {"account": "A01", "name": "x"})
    assert (response.status_code, response.json()["code"]) == (503, "halted")
    assert "retry-after" not in response.headers


async def test_a_late_answer_is_never_guessed(client: Client) -> None:
    client.twin.silent = True
    identity = client.identity()
    body = {"account": "A01", "name": "x"}
    response = await client.post("/v1/accounts", body, Idempotency_Key=identity)
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/commands/{identity}"
    assert response.json() == {
        "id": identity,
        "status_url": f"/v1/commands/{identity}",
        "verdict": "pending",
    }
    assert (await client.seen(response.headers["location"]))["verdict"] == "accepted"


async def test_a_bug_is_a_problem_too_and_tells_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: bytes) -> None:
        raise RuntimeError("the secret")

    monkeypatch.setattr(client.twin, "fold", broken)
    response = await client.post("/v1/accounts", {"account": "A01", "name": "x"})
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "secret" not in response.text


async def test_a_wait_outside_a_write_is_a_problem(client: Client) -> None:
    client.twin.fault = None

    async def never(_: int, __: int) -> list[bytes]:
        raise WaitRanOut

    client.twin.entries = never  # type: ignore[method-assign,assignment]  # a registry that is slow to read
    response = await client.get("/v1/commands/00000000-0000-0000-0000-000000000001")
    assert response.status_code == 503
