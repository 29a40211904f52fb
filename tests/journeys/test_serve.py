"""A registry served, used by a broker, imported into, stopped, and started again."""

import json
import signal
from pathlib import Path

import pytest

from tests.journeys.program import free_port, request, serving, told, tonne

KEY = "0b5a2f4e-7c1d-4e2f-9b1a-{:012d}"


@pytest.mark.parametrize("http", ["0.0.0.0:8000", "192.168.1.5:80", "example.org:80"])
def test_any_address_but_loopback_is_refused(tmp_path: Path, http: str) -> None:
    refused = tonne("serve", "--http", http, cwd=tmp_path, code=2)
    assert "loopback only" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    refused = tonne("serve", "--http", "8000", cwd=tmp_path, code=2)
    assert "HOST:PORT" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broker_retires_and_reads_its_own_writes(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port=port):

        def post(number: int, path: str, body: object) -> tuple[int, dict[str, str], bytes]:
            return request(port, "POST", path, body, Idempotency_Key=KEY.format(number))

        project = {
            "project": "JC-FM-000123",
            "scheme": "JC",
            "kind": "FM",
            "name": "森林",
            "methodologies": [],
        }
        assert post(1, "/v1/projects", project)[0] == 201
        assert post(2, "/v1/accounts", {"account": "A01", "name": "Example"})[0] == 201
        issue = {
            "lot": "JC-FM-000123-01",
            "project": "JC-FM-000123",
            "account": "A01",
            "quantity": 2660,
            "certified_on": "2026-03-01",
            "vintage_from": "2025-04-01",
            "vintage_to": "2026-03-31",
        }
        status, headers, _ = post(3, "/v1/issuances", issue)
        assert (status, headers["ledger-position"]) == (201, "3")
        status, _, body = request(port, "GET", "/v1/accounts/A01")
        assert status == 200
        assert b"2581" in body
        again, headers, _ = post(3, "/v1/issuances", issue)
        assert (again, headers["idempotency-replayed"]) == (201, "true")
        other, _, body = post(3, "/v1/issuances", {**issue, "quantity": 1})
        assert other == 422
        assert b"command_exists_with_different_content" in body
        too_many = {
            "lines": [
                {"account": "A01", "quantity": 2582, "beneficiary": "X", "purpose": "OFFSET_EVENT"}
            ]
        }
        refused, _, body = post(5, "/v1/invalidations", too_many)
        assert refused in (409, 422)
        assert json.loads(body)["code"] == "quantity_exceeds_holding"
        used = {
            "lines": [
                {"account": "A01", "quantity": 137, "beneficiary": "X", "purpose": "OFFSET_EVENT"}
            ]
        }
        assert post(6, "/v1/invalidations", used)[0] == 201
        _, _, life = request(port, "GET", "/v1/serials/JC-FM-000123-01/1")
        assert b"credits.invalidated.v1" in life
        _, _, journal = request(port, "GET", "/v1/journal?follow=false")
    (tmp_path / "streamed.ndjson").write_bytes(journal)
    streamed = told("audit", "--journal", "streamed.ndjson", cwd=tmp_path)
    stored = told("audit", cwd=tmp_path)
    assert streamed["holdings"] == stored["holdings"]


def test_a_second_process_is_sent_to_the_server(tmp_path: Path) -> None:
    with serving(tmp_path, port=free_port()):
        refused = tonne("audit", cwd=tmp_path, code=2)
        assert "log_in_use" in refused.stderr
        assert "--server" in refused.stderr


def test_an_import_through_a_server_is_the_import_into_its_log(tmp_path: Path) -> None:
    tonne("demo", "--folder", "demo", cwd=tmp_path)
    port = free_port()
    with serving(tmp_path, port=port):
        over = told(
            "import",
            "california-arb",
            "demo/source",
            "--server",
            f"http://127.0.0.1:{port}",
            cwd=tmp_path,
        )
        again = told(
            "import",
            "california-arb",
            "demo/source",
            "--server",
            f"http://127.0.0.1:{port}",
            cwd=tmp_path,
        )
    assert over == again
    embedded = told(
        "import", "california-arb", "demo/source", "--log", "sqlite:///own.db", cwd=tmp_path
    )
    assert over == embedded
    served, own = (
        told("audit", cwd=tmp_path),
        told("audit", "--log", "sqlite:///own.db", cwd=tmp_path),
    )
    assert served["holdings"] == own["holdings"]


def test_a_killed_server_starts_again_with_everything_it_answered(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port=port) as process:
        for number in range(20):
            status, _, _ = request(
                port,
                "POST",
                "/v1/accounts",
                {"account": f"A{number:02d}", "name": "x"},
                Idempotency_Key=KEY.format(number),
            )
            assert status == 201
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    with serving(tmp_path, port=port):
        for number in range(20):
            assert request(port, "GET", f"/v1/accounts/A{number:02d}")[0] == 200
    assert told("audit", cwd=tmp_path)["ok"] is True
