"""What the server writes of itself: a line per request, on standard output, and nobody's secret."""

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from libs.edge import keys
from libs.edge.identity import Caller, Role
from services.cli.frame import speak
from tests.edge.twin import START_MS, Client, issuance, opened

Lines = Callable[[], list[dict[str, Any]]]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """Let this process log as a server does; return what was logged since the last look."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.level, root.handlers[:]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        speak("debug", serving=True)

    def lines() -> list[dict[str, Any]]:
        written = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return [json.loads(line) for line in written.splitlines()]

    yield lines
    structlog.reset_defaults()
    root.setLevel(before[0])
    root.handlers[:] = before[1]


async def test_a_write_is_one_line(client: Client, told: Lines) -> None:
    key = client.identity()
    body = {"account": "A01", "name": "A"}
    response = await client.post("/v1/accounts", body, Idempotency_Key=key)
    (line,) = told()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
    assert line.pop("duration_ms") > 0
    assert line == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "route": "/v1/accounts",
        "status": 201,
        "position": 1,
        "command_id": key,
        "trace_id": response.headers["trace-id"],
    }


async def test_reads_and_health_are_for_those_who_look_closer(client: Client, told: Lines) -> None:
    for path in ("/v1/lots", "/livez", "/v1/accounts/none"):
        await client.get(path)
    assert [(line["level"], line["route"]) for line in told()] == [
        ("debug", "/v1/lots"),
        ("debug", "/livez"),
        ("debug", "/v1/accounts/{account}"),
    ]


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", True),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-what-will-be", True),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", False),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", False),
        (TRACE, False),
        ("", False),
    ],
)
async def test_a_trace_is_taken_up_or_begun(
    client: Client, told: Lines, said: str, *, taken: bool
) -> None:
    first = await client.get("/livez", traceparent=said)
    second = await client.get("/livez", traceparent=said)
    traces = [first.headers["trace-id"], second.headers["trace-id"]]
    assert [line["trace_id"] for line in told()] == traces
    assert all(re.fullmatch("[0-9a-f]{32}", trace) for trace in traces)
    assert (traces == [TRACE, TRACE]) is taken
    assert taken or len(set(traces)) == 2


async def test_everything_logged_on_the_way_carries_the_trace(
    client: Client, told: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = client.twin.fold

    def telling(record: bytes) -> bytes:
        structlog.get_logger("deep").warning("folded")
        logging.getLogger("library").warning("retrying %s", "soon")
        return fold(record)

    monkeypatch.setattr(client.twin, "fold", telling)
    key = client.identity()
    await client.post("/v1/accounts", {"account": "A01", "name": "A"}, Idempotency_Key=key)
    deep, library, request = told()
    assert (deep["event"], library["event"]) == ("folded", "library")
    assert (library["logger"], library["said"]) == ("library", "retrying soon")
    assert deep["trace_id"] == library["trace_id"] == request["trace_id"]
    assert deep["command_id"] == key
    structlog.get_logger("later").info("quiet")
    (later,) = told()
    assert set(later) == {"event", "level", "timestamp"}


async def test_nobody_writes_into_the_log(client: Client, told: Lines) -> None:
    await client.post("/v1/accounts", {}, Idempotency_Key='x" injected', Tonne_Actor="injected")
    await client.get("/injected")
    lines = told()
    assert [line["route"] for line in lines] == ["/v1/accounts", "none"]
    assert "injected" not in json.dumps(lines)


async def test_no_output_has_a_key_a_name_or_a_body(
    tmp_path: Path,
    told: Lines,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Requests that succeed, are refused, and fail: of all that they say, nothing is repeated."""
    async with opened(tmp_path) as free:
        client = Client(free.twin, "required")
        client.first_id(5000)
        secret, _ = keys.create(
            free.twin.views, Caller("operator:1", Role.OPERATOR), START_MS, None, "label-secret"
        )
        bearer = {"Authorization": f"Bearer {secret}"}
        wrong = "tonne_aaaaaaaa_" + "Z" * 43
        async with client.http:
            body = {"account": "ACC-7", "name": "Secret Name", "representatives": ["person:x"]}
            assert (await client.post("/v1/accounts", body, **bearer)).status_code == 201
            project = {"project": "P-77", "scheme": "JC", "kind": "ER", "name": "Secret Forest"}
            project["methodologies"] = []  # type: ignore[assignment]  # a body is any JSON
            await client.post("/v1/projects", project, **bearer)
            await client.post("/v1/issuances", issuance("P-77", "L-77", 9), **bearer)
            claim = {"account": "ACC-7", "beneficiary": "Secret Buyer", "purpose": "offset"}
            claims = {"lines": [{**claim, "quantity": 1}]}
            await client.post("/v1/invalidations", claims, **bearer)
            await client.get("/v1/accounts/ACC-7?from=2026-01-01", **bearer)
            await client.post("/v1/accounts", b"Secret Name", **bearer)
            assert (await client.get("/v1/lots", Authorization=f"Bearer {wrong}")).is_client_error

            told_all = f"Secret Name {secret}"

            def broken(_: bytes) -> bytes:
                raise RuntimeError(told_all)

            monkeypatch.setattr(free.twin, "fold", broken)
            assert (await client.post("/v1/accounts", body, **bearer)).status_code == 500
        structlog.get_logger("x").error("careless", header=f"Bearer {secret}", nested=[wrong])
    lines = told()
    seen = capsys.readouterr()
    written = json.dumps(lines, ensure_ascii=False) + seen.out + seen.err
    assert [line["why"] for line in lines if line["event"] == "key_refused"] == ["unknown"]
    (failed,) = (line for line in lines if line["event"] == "request_failed")
    assert failed["kind"] == "RuntimeError"
    for word in (secret[16:], "Z" * 43, "Secret", "ACC-7", "P-77", "L-77", "person:x"):
        assert word not in written, word
    assert written.count("_***") == 2
    assert "127.0.0.1" not in written


def test_a_command_logs_beside_its_output(capsys: pytest.CaptureFixture[str]) -> None:
    speak("info")
    structlog.get_logger("x").info("hello")
    structlog.get_logger("x").debug("quiet")
    seen = capsys.readouterr()
    structlog.reset_defaults()
    assert seen.out == ""
    assert json.loads(seen.err)["event"] == "hello"
