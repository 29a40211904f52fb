"""What is served past the framework is answered as the framework would answer it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.edge.asgi import Guard
from libs.edge.direct import Direct
from services import server
from tests.edge.callers import House
from tests.edge.twin import Client, opened

ID = "00000000-0000-0000-0000-0000000000aa"
JSON = {"content-type": "application/json", "idempotency-key": ID}
ASKED: dict[str, tuple[dict[str, str], bytes, str]] = {
    "done": (JSON, b'{"account":"A09","name":"A"}', ""),
    "dry run": (JSON, b'{"account":"A09","name":"A"}', "?dry_run=true"),
    "no id": ({"content-type": "application/json"}, b'{"account":"A09","name":"A"}', ""),
    "not JSON": (JSON, b"{", ""),
    "no such field": (JSON, b'{"account":"A09","nom":"A"}', ""),
    "no such parameter": (JSON, b'{"account":"A09","name":"A"}', "?dryrun=true"),
    "not its media": ({**JSON, "content-type": "text/plain"}, b"{}", ""),
    "too large": ({**JSON, "content-length": "99999999"}, b"{}", ""),
    "another's name": ({**JSON, "tonne-actor": "system:x"}, b'{"account":"A09","name":"A"}', ""),
    "refused": (JSON, b'{"account":"A09","name":"A","representatives":["h","h","h"]}', ""),
}


def direct(client: Client) -> Direct:
    assert isinstance(client.app, Guard)
    assert isinstance(client.app.app, Direct)
    return client.app.app


def test_every_write_at_a_fixed_address_is_served_so(client: Client) -> None:
    fixed = {path for _, path in server.ROUTES.values() if "{" not in path}
    assert set(direct(client).writes) == fixed


@pytest.mark.parametrize("asked", ASKED)
async def test_the_same_answer_both_ways(tmp_path: Path, asked: str) -> None:
    headers, body, query = ASKED[asked]
    answers = []
    for framed in (False, True):
        (tmp_path / str(framed)).mkdir()
        async with opened(tmp_path / str(framed)) as client:
            if framed:
                direct(client).writes.clear()
            answers.append(
                await client.http.post("/v1/accounts" + query, content=body, headers=headers)
            )
    assert told(answers[0]) == told(answers[1])


def told(answer: httpx.Response) -> tuple[int, dict[str, Any], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name != "trace-id"}
    return answer.status_code, headers, answer.content


async def test_a_bug_is_answered_and_logged_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    for framed in (False, True):
        (tmp_path / str(framed)).mkdir()
        async with opened(tmp_path / str(framed)) as client:
            monkeypatch.setattr(client.twin, "ask", None)
            if framed:
                direct(client).writes.clear()
            answers.append(await client.post("/v1/accounts", {"account": "A09", "name": "A"}))
    assert told(answers[0]) == told(answers[1])
    assert answers[0].status_code == 500


async def test_the_gate_stands_before_it(house: House) -> None:
    for framed in (False, True):
        if framed:
            direct(house.client).writes.clear()
        answer = await house.client.post("/v1/accounts", {"account": "A09", "name": "A"})
        assert answer.status_code == 401
