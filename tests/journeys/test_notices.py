"""A registry that is killed while it tells people: each fact has one notice all the same."""

import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import to_builtins
from msgspec.structs import replace

from services import rules
from tests.journeys.program import free_port, request, serving

RULES = replace(rules.default(), notices=rules.shipped("j-credit").notices)
PROJECT = {"project": "JC-1", "scheme": "JC", "kind": "ER", "name": "n", "methodologies": []}
ISSUE = {"lot": "JC-1-01", "project": "JC-1", "account": "A01", "quantity": 1000} | {
    "certified_on": "2026-03-01",
    "vintage_from": "2025-04-01",
    "vintage_to": "2026-03-31",
}
KILLS, USES = 3, 25


class Caller:
    """Sends writes under ids of their own, the same again behind a kill."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.number = 0

    def post(self, path: str, body: Any, actor: str = "operator:1") -> Any:
        self.number += 1
        key = str(UUID(int=self.number))
        named = {"Idempotency_Key": key, "Tonne_Actor": actor}
        status, _, told = request(self.port, "POST", path, body, **named)
        assert status == 201, told
        return json.loads(told)

    def journal(self) -> list[dict[str, Any]]:
        _, _, told = request(self.port, "GET", "/v1/journal?follow=false")
        return [json.loads(line) for line in told.splitlines()]


def facts(journal: list[dict[str, Any]]) -> list[tuple[int, int, str]]:
    noticed = rules.shipped("j-credit").notices
    assert noticed
    return [
        (entry["position"], number, noticed.facts[event["type"]].kind)
        for entry in journal
        for number, event in enumerate(entry.get("events", ()))
        if event["type"] in noticed.facts and entry["position"] > 2  # where they were adopted
    ]


def notices(journal: list[dict[str, Any]]) -> list[tuple[int, int, str]]:
    return [
        (event["position"], event["fact"], event["kind"])
        for entry in journal
        for event in entry.get("events", ())
        if event["type"] == "notice.issued.v1"
    ]


def test_kill_9_at_any_time_loses_no_notice_and_numbers_none_twice(tmp_path: Path) -> None:
    caller = Caller(free_port())
    with serving(tmp_path, port=caller.port) as process:
        act = caller.post("/v1/rules", {"rules": to_builtins(RULES)})
        caller.post("/v1/approvals", {"position": act["position"]}, "operator:2")
        caller.post("/v1/accounts", {"account": "A01", "name": "A"})
        caller.post("/v1/projects", PROJECT)
        caller.post("/v1/issuances", ISSUE)
        process.kill()
    for _ in range(KILLS):
        with serving(tmp_path, port=caller.port) as process:
            for _ in range(USES):
                line = {"account": "A01", "beneficiary": "x", "purpose": "OTHER", "quantity": 1}
                caller.post("/v1/invalidations", {"lines": [line]})
            process.kill()  # what is owed of the last ones is on its way
    with serving(tmp_path, port=caller.port):
        deadline = time.monotonic() + 60
        while sorted(notices(journal := caller.journal())) != sorted(facts(journal)):
            assert time.monotonic() < deadline, (notices(journal), facts(journal))
        assert len(notices(journal)) == 2 + KILLS * USES
        page = request(caller.port, "GET", "/v1/notices?limit=500")[2]
        numbers = [one["number"] for one in json.loads(page)["items"]]
        assert len(set(numbers)) == len(numbers) == 2 + KILLS * USES
        for number in numbers:
            assert request(caller.port, "GET", f"/v1/notices/{number}/document")[0] == 200
