"""What machines ask of the process: its checks one by one, and its figures."""

import math

import pytest

from libs.edge.database import TablesUnavailable
from libs.edge.metrics import Meters
from services import server
from tests.edge.twin import Client, move


def figures(page: str) -> dict[str, float]:
    """Read a page of metrics."""
    lines = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def measured(client: Client) -> dict[str, float]:
    return figures((await client.get("/metrics")).text)


async def test_checks_and_notes_of_the_composition_are_told(client: Client) -> None:
    at_head: list[str | None] = [None]
    client.desk.checks["migrations"] = lambda: at_head[0]
    client.desk.notes.append("not replicated")
    ready = await client.get("/readyz?verbose")
    assert (ready.status_code, ready.text.splitlines()) == (
        200,
        [
            *("[+]serving ok", "[+]log ok", "[+]database ok", "[+]lag ok", "[+]migrations ok"),
            *("[ ]not replicated", "ok"),
        ],
    )
    at_head[0] = "at 0001, the code wants 0002"
    behind = await client.get("/readyz?verbose")
    assert behind.status_code == 503
    assert "[-]migrations at 0001, the code wants 0002" in behind.text
    assert (await client.get("/readyz")).text == "not ready\n"


async def test_a_check_that_fails_says_so(client: Client) -> None:
    def broken() -> str | None:
        raise RuntimeError("postgresql://user:secret@host")

    client.desk.checks["migrations"] = broken
    ready = await client.get("/readyz?verbose")
    assert ready.status_code == 503
    assert "[-]migrations RuntimeError" in ready.text
    assert "secret" not in ready.text


async def test_lag_is_told_in_entries_and_in_time(filled: Client) -> None:
    found = await measured(filled)
    assert found['tonne_projection_lag_events{projection="views"}'] == 0
    assert found['tonne_projection_lag_seconds{projection="views"}'] == 0
    filled.twin.following = False
    await filled.made("/v1/transfers", move(1))
    await filled.made("/v1/transfers", move(1))
    filled.twin.ms += 60_000
    found = await measured(filled)
    assert found['tonne_projection_lag_events{projection="views"}'] == 2
    assert 60 <= found['tonne_projection_lag_seconds{projection="views"}'] <= 70


async def test_figures_are_there_while_the_tables_are_not(
    filled: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise TablesUnavailable

    monkeypatch.setattr(filled.twin.views, "connect", away)
    found = await measured(filled)
    assert math.isnan(found['tonne_projection_lag_events{projection="views"}'])
    assert found["tonne_ledger_tree_size"] == filled.twin.head.position
    ready = await filled.get("/readyz?verbose")
    assert "[-]database TablesUnavailable" in ready.text
    read = await filled.get("/v1/lots")
    assert (read.status_code, read.json()["code"]) == (503, "tables_unavailable")


async def test_a_process_without_tables_is_not_asked_about_them(client: Client) -> None:
    alone = Client(client.twin)
    alone.app.app = server.app(alone.desk, (), tables=False).app
    async with alone.http:
        ready = await alone.get("/readyz?verbose")
        assert ready.text == "[+]serving ok\n[+]log ok\nok\n"
        found = await measured(alone)
        assert found["tonne_ledger_tree_size"] == client.twin.head.position
        assert not any(name.startswith("tonne_projection_lag") for name in found)
        assert (await alone.get("/v1/lots")).status_code == 404


def test_what_a_replica_tells() -> None:
    meters = Meters("1")
    assert math.isnan(figures(meters.page().decode())["tonne_checkpoint_age_seconds"])
    for leads in (False, True, True, False, True):
        meters.replica(41, 3, leads=leads)
    meters.violations.inc()
    meters.checkpointed(10_000)
    meters.aged(12_500)
    found = figures(meters.page().decode())
    assert found["tonne_replica_verified_position"] == 41
    assert found["tonne_replica_pending_commands"] == 3
    assert found["tonne_replica_leads"] == 1
    assert found["tonne_replica_takeovers_total"] == 2
    assert found["tonne_invariant_violations_total"] == 1
    assert found["tonne_checkpoint_age_seconds"] == 2.5
