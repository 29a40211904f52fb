"""Uses of credits over HTTP: by proxy, ten thousand at once, and never by another holder."""

from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from msgspec.structs import replace

from libs.edge.asgi import BODY_BYTES_MAX
from libs.ledger.codec import encode
from libs.ledger.events.ledger import BYTES_MAX, MEBIBYTE
from services import rules
from tests.edge.callers import House
from tests.edge.probes import CLAIM
from tests.edge.twin import RULES, fill, issuance, opened

Body: TypeAlias = dict[str, Any]
LINES = 10_000
TABLE = rules.invalidation()
RULED = replace(RULES, purposes=tuple(TABLE.purposes), invalidation=TABLE)


def bulk(count: int, **more: Any) -> list[dict[str, Any]]:
    """Return so many lines for as many users."""
    line = {"account": "A01", "purpose": "offset", "quantity": 1, **more}
    return [{**line, "beneficiary": f"株式会社 {number:05d}"} for number in range(count)]


async def test_whom_a_broker_acts_for_is_listed(tmp_path: Path) -> None:
    async with opened(tmp_path, RULED) as client:
        await fill(client)
        line: Body = {"account": "A01", "purpose": "SBT", "also": ["CDP"], "scope": "SCOPE_2"}
        line |= {"beneficiary": "Foods Ltd.", "agent": "Broker Ltd.", "quantity": 3}
        line |= {"place": {"prefecture": 13, "site": "1-1 Marunouchi"}}
        line |= {"corporate_number": "1234567890123"}
        await client.made("/v1/invalidations", {"lines": [line]})
        (used,) = (await client.seen("/v1/retirements"))["items"]
        assert (used["agent"], used["beneficiary"]) == ("Broker Ltd.", "Foods Ltd.")
        assert (used["also"], used["place"]) == (["CDP"], "13/1-1 Marunouchi")
        assert used["corporate_number"] == "1234567890123"
        await client.made("/v1/applications", {"lines": [line]})
        (filed,) = (await client.seen("/v1/applications"))["items"]
        assert (filed["also"], filed["place"]) == (["CDP"], "13/1-1 Marunouchi")
        line["scope"] = "SCOPE_9"
        wrong = await client.post("/v1/invalidations", {"lines": [line]})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "body_invalid")


@pytest.mark.parametrize("act", ["confirmation", "cancellation"])
async def test_another_holder_neither_confirms_nor_cancels(house: House, act: str) -> None:
    theirs = f"/v1/applications/{house.orders['A01/a']}/{act}"
    refused = await house.send("other", "POST", theirs, {})
    unknown = await house.send("other", "POST", f"/v1/applications/a-9999-0/{act}", {})
    for told in (refused, unknown):
        assert (told.status_code, told.json()["code"]) == (403, "not_allowed")
    filed = (await house.seen("holder", "/v1/applications"))["items"]
    assert [one["status"] for one in filed] == ["open"]
    assert (await house.send("holder", "POST", theirs, {})).status_code == 201


async def test_nobody_applies_out_of_another_account(house: House) -> None:
    for path in ("/v1/applications", "/v1/invalidations", "/v1/cancellations"):
        mixed = {"lines": [{**CLAIM, "account": "B02"}, {**CLAIM, "account": "A01"}]}
        told = await house.send("other", "POST", path, mixed)
        assert (told.status_code, told.json()["code"]) == (403, "not_allowed")


async def test_a_bad_line_leaves_the_others_where_the_caller_asks_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        await fill(client)
        good = bulk(1)[0]
        wrong: list[tuple[Body, str]] = [
            ({"lot": "X"}, "lot_not_found"),
            ({"purpose": "fun"}, "purpose_unknown"),
            ({"quantity": 1000}, "quantity_exceeds_holding"),
            ({"period_from": "2026-02-30"}, "day_not_in_calendar"),
            ({"also": ["report"], "scope": "SCOPE_1"}, "purposes_not_combinable"),
            ({"account": "C03"}, "account_not_found"),
        ]
        lines = [good, *({**good, **more} for more, _ in wrong), good]
        for path in ("/v1/invalidations", "/v1/applications"):
            whole = await client.post(path, {"lines": lines})
            assert (whole.status_code, whole.json()["code"]) == (404, "lot_not_found")
            assert whole.json()["facts"]["line"] == 1
            told = await client.made(path, {"atomic": False, "lines": lines})
            assert [line["verdict"] for line in told["lines"]] == [
                "accepted",
                *["rejected"] * len(wrong),
                "accepted",
            ]
            assert [line["reason"] for line in told["lines"][1:-1]] == [why for _, why in wrong]
            assert [event["line"] for event in told["events"]] == [0, len(lines) - 1]
        none = await client.post("/v1/invalidations", {"atomic": False, "lines": lines[1:3]})
        assert (none.status_code, none.json()["code"]) == (409, "no_line_accepted")
        assert [line["reason"] for line in none.json()["lines"]] == [why for _, why in wrong[:2]]


@pytest.mark.parametrize("path", ["/v1/invalidations", "/v1/applications"])
async def test_ten_thousand_lines_go_through_at_once(tmp_path: Path, path: str) -> None:
    async with opened(tmp_path) as client:
        await fill(client)
        await client.made("/v1/issuances", issuance("JC-1", "JC-1-02", 20_000))
        many = bulk(LINES, lot="JC-1-02", detail="d" * 100)
        told = await client.made(path, {"lines": many})
        assert len(told["events"]) == LINES
        assert len(client.twin.journal[-1]) > 4 * MEBIBYTE
        many[5_000]["quantity"] = 20_000
        told = await client.made(path, {"atomic": False, "lines": many})
        assert [n for n, line in enumerate(told["lines"]) if "reason" in line] == [5_000]
        over = await client.post(path, {"lines": [*many, many[0]]})
        assert (over.status_code, over.json()["code"]) == (422, "too_many_lines")


@pytest.mark.parametrize("path", ["/v1/invalidations", "/v1/applications"])
async def test_ten_thousand_lines_of_eight_mebibytes_are_taken(tmp_path: Path, path: str) -> None:
    async with opened(tmp_path) as client:
        await fill(client)
        await client.made("/v1/issuances", issuance("JC-1", "JC-1-02", 20_000))
        many = {"lines": bulk(LINES, lot="JC-1-02", detail="d" * 735)}
        assert 8 * MEBIBYTE < len(encode(many)) < BODY_BYTES_MAX
        assert len((await client.made(path, many))["events"]) == LINES
        assert 2 * 8 * MEBIBYTE < len(client.twin.journal[-1]) < BYTES_MAX


async def test_what_is_larger_than_a_command_may_be_is_refused_before_the_log(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as client:
        await fill(client)
        before = len(client.twin.journal)
        large = bulk(LINES, lot="JC-1-02", detail="d" * 900)
        told = await client.post("/v1/invalidations", {"lines": large})
        assert (told.status_code, told.json()["code"]) == (413, "body_too_large")
        assert len(client.twin.journal) == before


def test_the_largest_command_and_the_largest_entry_fit_their_topics() -> None:
    forms = yaml.safe_load(Path("deploy/topics.yml").read_text(encoding="utf-8"))["logs"]
    commands, journal = (int(form["configs"]["max.message.bytes"]) for form in forms.values())
    assert commands - 64 * 1024 > BODY_BYTES_MAX
    assert journal - 64 * 1024 > BYTES_MAX


async def test_a_duty_is_discharged_and_told_of(tmp_path: Path) -> None:
    async with opened(tmp_path, RULED) as client:
        await fill(client)
        await client.made("/v1/issuances", issuance("JC-1", "JC-1-02", 100))
        line = {"account": "A01", "beneficiary": "Foods Ltd.", "purpose": "PREF_PLAN"}
        used = [{**line, "lot": "JC-1-01", "quantity": 30}]
        await client.made("/v1/invalidations", {"lines": used})
        await client.made("/v1/annulments", {"lot": "JC-1-01", "reason": "never took place"})
        (duty,) = (await client.seen("/v1/duties"))["items"]
        assert (duty["debtor"], duty["quantity"], duty["left"]) == ("Foods Ltd.", 30, 30)
        path = f"/v1/duties/{duty['duty']}/discharge"
        await client.made(path, {"account": "A01", "quantity": 20})
        over = await client.post(path, {"account": "A01", "quantity": 11})
        assert (over.status_code, over.json()["code"]) == (409, "quantity_exceeds_duty")
        (duty,) = (await client.seen("/v1/duties?debtor=Foods+Ltd.&lot=JC-1-01"))["items"]
        assert duty["left"] == 10
        assert (await client.seen("/v1/duties?debtor=X"))["items"] == []
        (paid,) = (await client.seen(f"/v1/discharges?duty={duty['duty']}"))["items"]
        assert (paid["account"], paid["quantity"], paid["remaining"]) == ("A01", 20, 10)
        last = (await client.seen("/v1/retirements"))["items"][-1]
        assert (last["purpose"], last["beneficiary"]) == ("REVERSAL_COVER", "Foods Ltd.")


async def test_a_dry_run_tells_the_exact_postings_and_a_preview(tmp_path: Path) -> None:
    async with opened(tmp_path, RULED) as client:
        await fill(client)
        line = {"account": "A01", "beneficiary": "Foods Ltd.", "purpose": "PREF_PLAN"}
        body = {"lines": [{**line, "quantity": 30}]}

        async def dry_then_done(path: str, asked: Body) -> str:
            dry = (await client.post(f"{path}?dry_run=true", asked)).json()
            done = await client.made(path, asked)
            assert dry["events"] == done["events"]
            assert [said.keys() for said in dry["preview"]] == [{"en", "ja"}]
            (said,) = dry["preview"]
            return f"{said['en']} {said['ja']}"

        said = await dry_then_done("/v1/applications", body)
        assert "30 t of account A01 (JC-1-01/1-30)" in said
        assert "Plan under a prefecture's ordinance" in said
        assert "自治体計画書制度のための無効化を申請します" in said
        (filed,) = (await client.seen("/v1/applications"))["items"]
        act = f"/v1/applications/{filed['application']}"
        assert "この手続は取り消せません" in await dry_then_done(f"{act}/confirmation", {})
        assert "JC-1-01/31-60" in await dry_then_done("/v1/applications", body)
        (_, second) = (await client.seen("/v1/applications"))["items"]
        act = f"/v1/applications/{second['application']}"
        assert "Set free 30 t" in await dry_then_done(f"{act}/cancellation", {})
        pieces = [{"first": number, "last": number} for number in range(101, 115, 2)]
        scattered = {"lines": [{**line, "lot": "JC-1-01", "serials": pieces}]}
        said = await dry_then_done("/v1/invalidations", scattered)
        assert "JC-1-01/109-109, +2)" in said
