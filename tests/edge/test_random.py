"""Whatever is sent, the answer is never a fault of ours."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.edge import ledger_api
from libs.edge.writes import Write
from libs.ledger.codec import encode
from services.invalidation import api as invalidation
from services.issuance import api as issuance
from services.transfer import api as transfer
from tests.edge.twin import Client, fill, opened

WRITES = (*ledger_api.WRITES, *issuance.WRITES, *transfer.WRITES, *invalidation.WRITES)

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["A01", "B02", "JC-1-01", "2026-02-30", "offset", 2**53, 2**63, 10**30])
)
values = st.recursive(
    leaves, lambda part: st.lists(part) | st.dictionaries(st.text(), part), max_leaves=8
)


@st.composite
def bodies(draw: st.DrawFn, write: Write) -> bytes:
    """Draw bytes, or JSON, or the example with one of its parts replaced."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary())
    if kind == 1:
        return msgspec.json.encode(draw(values))
    example: Any = msgspec.json.decode(encode(write.example))
    for place in write.places:
        del example[place]
    changed: Any = example
    while isinstance(changed, dict | list) and changed:
        key = draw(st.sampled_from(sorted(changed) if isinstance(changed, dict) else [0]))
        if kind > 3 and isinstance(changed[key], dict | list) and changed[key]:
            changed = changed[key]
            continue
        changed[key] = draw(values)
        break
    return msgspec.json.encode(example)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[tuple[asyncio.Runner, Client]]:
    with asyncio.Runner() as runner:
        context = opened(tmp_path)
        client = runner.run(context.__aenter__())
        runner.run(fill(client))
        yield runner, client
        runner.run(context.__aexit__(None, None, None))


@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_bodies_never_fail_the_server(
    runner: tuple[asyncio.Runner, Client], data: st.DataObject
) -> None:
    run, client = runner
    write = data.draw(st.sampled_from(WRITES))
    body = data.draw(bodies(write))
    path = write.template
    for place in write.places:
        path = path.replace(f"{{{place}}}", data.draw(st.sampled_from(["A01", "JC-1-01", "o-4"])))
    if data.draw(st.booleans()):
        path += "?dry_run=true"
    response = run.run(client.post(path, body, Content_Type="application/json"))
    assert response.status_code < 500, response.text
    told = response.json()
    assert told.get("code") != "breach"
    if response.status_code >= 400:
        assert told["type"] == f"/problems/{told['code']}"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/v1/lots/", "/v1/serials/", "/v1/accounts/", "/v1/commands/", "/v1/"]),
    rest=st.text(max_size=40),
    query=st.dictionaries(
        st.sampled_from(["limit", "cursor", "from", "to", "account", "lot"]), st.text(max_size=30)
    ),
)
def test_random_reads_never_fail_the_server(
    runner: tuple[asyncio.Runner, Client], path: str, rest: str, query: dict[str, str]
) -> None:
    run, client = runner
    if rest.startswith("journal"):
        return
    url = path + "".join(f"%{byte:02x}" for byte in rest.encode())
    response = run.run(client.http.get(url, params=query))
    assert response.status_code < 500, response.text
