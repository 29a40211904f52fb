"""What notify answers over HTTP: the hours page by page, and whether it is well."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from libs.edge.database import connect
from libs.ledger.log.broker import Broker
from services.cluster.children import free_ports
from services.notify import api
from services.notify.agents import Following
from services.notify.meters import Meters
from services.notify.outbox import Outbox
from tests.notify.test_statistics import JOURNAL, NOISY

HOURS = [
    {"hour": "2026-01-01T00:00:00.000Z", "issued": 1000, "transferred": 100, "retired": 30},
    {"hour": "2026-01-01T01:00:00.000Z", "issued": 0, "transferred": 7, "retired": 5},
    {"hour": "2026-01-01T05:00:00.000Z", "issued": 50, "transferred": 1, "retired": 0},
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[api.Desk]:
    """A process that follows, and whose brokers are away."""
    engine = connect(f"sqlite:///{tmp_path}/registry.db.notices")
    broker = Broker(f"127.0.0.1:{free_ports(1)[0]}")
    following = Following(broker, "main", Outbox(engine), asyncio.Event())
    following.hours.take(NOISY)
    following.active = True
    yield api.Desk(following, engine, Meters())
    engine.dispose()


@pytest.fixture
def client(desk: api.Desk) -> TestClient:
    return TestClient(api.application(desk), base_url="http://127.0.0.1")


def test_hours_come_page_by_page(client: TestClient) -> None:
    found = client.get("/v1/statistics/hours")
    assert found.json() == {"position": len(JOURNAL) - 1, "items": HOURS}
    assert found.headers["ledger-position"] == str(len(JOURNAL) - 1)
    first = client.get("/v1/statistics/hours", params={"limit": 2})
    assert first.json()["items"] == HOURS[:2]
    assert first.headers["link"].endswith('>; rel="next"')
    rest = client.get(first.headers["link"].partition(">")[0][1:])
    assert rest.json() == {"position": len(JOURNAL) - 1, "items": HOURS[2:]}
    assert "link" not in rest.headers


def test_whoever_stands_by_has_no_hours(desk: api.Desk, client: TestClient) -> None:
    desk.following.active = False
    refused = client.get("/v1/statistics/hours")
    assert (refused.status_code, refused.json()["code"]) == (503, "position_not_reached")
    assert refused.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/statistics/hours?limit=0", 422, "parameter_invalid"),
        ("/v1/statistics/hours?limit=many", 422, "parameter_invalid"),
        ("/v1/statistics/hours?cursor=nonsense", 422, "cursor_invalid"),
        ("/v1/statistics/days", 404, "not_found"),
    ],
)
def test_what_is_asked_wrong_is_a_problem(
    client: TestClient, path: str, status: int, code: str
) -> None:
    refused = client.get(path)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.headers["content-type"] == "application/problem+json"


def test_nothing_can_be_written(client: TestClient) -> None:
    refused = client.post("/v1/statistics/hours")
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")


def test_a_process_lives_without_its_brokers_and_is_not_ready(
    desk: api.Desk, client: TestClient
) -> None:
    lives = client.get("/livez")
    assert (lives.status_code, lives.text) == (200, "ok\n")
    assert lives.headers["x-content-type-options"] == "nosniff"
    ready = client.get("/readyz?verbose")
    assert ready.status_code == 503
    assert "[+]database ok\n[-]log LogUnavailable\n" in ready.text
    page = client.get("/metrics").text
    assert 'tonne_projection_lag_events{projection="notices"} NaN' in page
    assert 'tonne_outbox_notices{state="pending"} 0.0' in page
    assert "tonne_notices_owed 0.0" in page
    assert 'tonne_webhook_calls{state="dead"} 0.0' in page
    desk.draining = True
    assert "[-]serving shutting down" in client.get("/readyz?verbose").text
