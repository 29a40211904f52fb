"""A read is one snapshot that says how far it goes: fresh by default, cheap to ask again."""

from uuid import UUID

import pytest

from libs.edge import paging
from libs.ledger.codec import write_command
from libs.ledger.ports import Halted
from libs.ledger.serials import INTEGER_MAX
from services.issuance.commands import IssueCredits
from tests.edge.twin import Client, Twin, move


async def pages(client: Client, path: str) -> list[dict[str, object]]:
    """Collect a list by its cursors, two items at a time, and check the link to each next page."""
    found: list[dict[str, object]] = []
    start = path + ("&" if "?" in path else "?") + "limit=2"
    following = start
    while True:
        response = await client.get(following)
        assert response.status_code == 200, response.text
        told = response.json()
        (items,) = [told[name] for name in ("items", "segments", "steps") if name in told]
        found += items
        assert len(items) <= 2
        if "next_cursor" not in told:
            assert "link" not in response.headers
            return found
        assert f"cursor={told['next_cursor']}" in response.headers["link"]
        following = response.headers["link"].partition(">")[0].lstrip("<")


async def busy(client: Client) -> None:
    for number in range(5):
        await client.made("/v1/accounts", {"account": f"C{number}", "name": "x"})
        body = {"project": f"JC-{number + 2}", "scheme": "JC", "kind": "ER", "name": "x"}
        await client.made("/v1/projects", {**body, "methodologies": ["EN-S-001"]})
        await client.made("/v1/transfers", move(10, target=f"C{number}"))
        claim = {"account": "A01", "beneficiary": "x", "purpose": "offset", "quantity": 3}
        await client.made("/v1/invalidations", {"lines": [claim]})
        await client.made("/v1/reservations", {"account": "A01", "quantity": 7})


async def test_lists_come_in_pages_that_miss_nothing(filled: Client) -> None:
    await busy(filled)
    for path, count in (
        ("/v1/accounts", 7),
        ("/v1/projects", 6),
        ("/v1/lots", 1),
        ("/v1/retirements", 5),
        ("/v1/reservations", 5),
        ("/v1/reservations?account=A01&status=open", 5),
        ("/v1/accounts?status=open", 7),
        ("/v1/projects?scheme=KC", 0),
        ("/v1/retirements?lot=JC-1-01&beneficiary=x", 5),
    ):
        everything = (await filled.seen(path))["items"]
        assert len(everything) == count, path
        assert await pages(filled, path) == everything


async def test_segments_and_statements_come_in_pages(filled: Client) -> None:
    await busy(filled)
    lot = await filled.seen("/v1/lots/JC-1-01")
    assert await pages(filled, "/v1/lots/JC-1-01") == lot["segments"]
    assert sum(segment["quantity"] for segment in lot["segments"]) == lot["issued"] == 1000
    whole = await filled.seen("/v1/accounts/A01/statement")
    lines = await pages(filled, "/v1/accounts/A01/statement")
    assert lines == whole["items"]
    assert whole["closing"] == lines[-1]["balance"] == 1000 - 50 - 15
    holdings = await filled.seen("/v1/accounts/A01/holdings")
    assert await pages(filled, "/v1/accounts/A01/holdings") == holdings["items"]
    assert (await pages(filled, "/v1/serials/JC-1-01:1"))[0]["type"] == "credits.issued.v1"


async def test_an_unchanged_ledger_is_not_shown_again(filled: Client) -> None:
    tag = ""
    for path in (
        "/v1/lots",
        "/v1/serials/JC-1-01:1",
        f"/v1/commands/{'0' * 8}-0000-0000-0000-{1:012}",
    ):
        first = await filled.get(path)
        tag = first.headers["etag"]
        same = await filled.get(path, If_None_Match=f'"x", W/{tag}')
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag), path
    await filled.made("/v1/transfers", move(1))
    changed = await filled.get("/v1/lots", If_None_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert changed.headers["ledger-position"] == str(filled.twin.head.position - 1)


async def test_a_read_waits_for_what_the_client_may_have_seen(filled: Client) -> None:
    reached = filled.twin.head.position - 1
    filled.twin.following = False
    await filled.made("/v1/transfers", move(1))
    late = await filled.get("/v1/accounts/B02")
    assert (late.status_code, late.json()["code"]) == (503, "position_not_reached")
    assert late.headers["retry-after"] == "1"
    content = await filled.get("/v1/accounts/B02", Min_Ledger_Position=str(reached))
    assert (content.status_code, content.headers["ledger-position"]) == (200, str(reached))
    filled.twin.follow()
    assert (await filled.seen("/v1/accounts/B02"))["quantity"] == 1
    future = await filled.get("/v1/accounts/B02", Min_Ledger_Position="999")
    assert future.json()["facts"] == {"asked": 999, "head": reached + 1}
    for wrong in ("-1", "x", "9" * 30, "1.0"):
        refused = await filled.get("/v1/accounts/B02", Min_Ledger_Position=wrong)
        assert refused.json()["errors"][0]["parameter"] == "Min-Ledger-Position"


def test_a_cursor_reads_back_what_was_written() -> None:
    assert paging.read_cursor(paging.write_cursor(["JC/1", 7]), (str, int)) == ["JC/1", 7]


async def test_the_process_tells_how_it_is(filled: Client) -> None:
    await filled.post("/v1/transfers", move(5000))
    claim = {"account": "A01", "beneficiary": "x", "purpose": "offset", "quantity": 3}
    key = filled.identity()
    for _ in range(2):
        await filled.post("/v1/invalidations", {"lines": [claim]}, Idempotency_Key=key)
    assert (await filled.get("/livez")).text == (await filled.get("/healthz")).text == "ok\n"
    ready = await filled.get("/readyz?verbose")
    assert (ready.status_code, ready.text) == (
        200,
        "[+]serving ok\n[+]log ok\n[+]database ok\n[+]lag ok\nok\n",
    )
    lines = (await filled.get("/metrics")).text.splitlines()
    assert "tonne_issued_tonnes_co2e 1000.0" in lines
    assert "tonne_retired_tonnes_co2e 3.0" in lines
    assert "tonne_idempotent_replays_total 1.0" in lines
    assert f"tonne_ledger_tree_size {float(filled.twin.head.position)}" in lines
    assert 'tonne_ledger_rejections_total{reason="quantity_exceeds_holding"} 1.0' in lines
    assert 'tonne_ledger_events_total{type="credits.invalidated.v1"} 1.0' in lines
    assert 'tonne_projection_lag_events{projection="views"} 0.0' in lines
    assert any(line.startswith("http_server_request_duration_seconds_count") for line in lines)
    assert 'tonne_journal_noise_total{kind="equivocation"} 0.0' in lines
    assert "A01" not in "\n".join(lines)
    filled.twin.fault = Halted("position 7 differs")
    halted = await filled.get("/readyz?verbose")
    assert halted.status_code == 503
    assert "[-]log Halted" in halted.text
    filled.twin.fault = None
    filled.desk.draining = True
    assert (await filled.get("/readyz")).status_code == 503
    filled.twin.views.dispose()


async def test_noise_in_the_journals_log_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = {"below": 3, "void": 2, "equivocation": 1}
    monkeypatch.setattr(Twin, "noise", noise)
    for _ in range(2):
        lines = (await client.get("/metrics")).text.splitlines()
        assert "# TYPE tonne_journal_noise counter" in lines
        for kind, count in noise.items():
            assert f'tonne_journal_noise_total{{kind="{kind}"}} {float(count)}' in lines


async def test_totals_go_beyond_what_a_database_adds_up(filled: Client) -> None:
    issue_largest(filled.twin, 1025)
    lines = (await filled.get("/metrics")).text.splitlines()
    assert f"tonne_issued_tonnes_co2e {float(1025 * INTEGER_MAX + 1000)}" in lines
    told = await filled.seen("/v1/accounts/A01?from=0&limit=1")
    total = str(1025 * INTEGER_MAX + 1000)
    assert told["quantity"] == told["balances"][0]["quantity"] == total
    assert (told["statement"]["opening"], told["statement"]["closing"]) == (0, total)


def issue_largest(twin: Twin, lots: int) -> None:
    """Issue lots of 2^53-1 credits to A01, and let the tables follow once."""
    day = "2026-01-31"
    twin.following = False
    for number in range(lots):
        body = IssueCredits(
            account="A01",
            certified_on=day,
            lot=f"JC-1-X{number}",
            project="JC-1",
            quantity=INTEGER_MAX,
            vintage_from=day,
            vintage_to=day,
        )
        sent = "2026-04-01T00:00:00.000Z"
        identity = str(UUID(int=5000 + number))
        twin.fold(write_command(identity, "credits.issue.v1", "operator:1", sent, body))
    twin.following = True
    twin.follow()


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("/v1/orders?acount=A01", "acount"),
        ("/v1/accounts/A01/balance?At=3", "At"),
        ("/v1/eligibility?lot=JC-1-01&purpose=offset&on=2020-01-01", "on"),
        ("/v1/accounts?status=open&status=frozen", "status"),
        ("/v1/serials/JC-1-01:1?cursr=x", "cursr"),
    ],
)
async def test_a_misspelt_parameter_does_not_become_another_question(
    filled: Client, asked: str, parameter: str
) -> None:
    told = await filled.http.get(asked)
    assert (told.status_code, told.json()["code"]) == (422, "parameter_invalid")
    (wrong,) = told.json()["errors"]
    assert wrong["parameter"] == parameter
