"""Pages are the same from SQLite and PostgreSQL: what they say, in which order, page by page."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from libs.edge.database import SETTINGS
from tests.edge.journals import busy
from tests.edge.twin import Client, Twin

NAMES = ("a", "B", "Z9", "a-1", "a.1", "a_1", "aa", "A", "b", "10", "9", "Aa")
"""Ids that languages sort in other orders than code points do."""

LISTS = (
    "/v1/accounts",
    "/v1/accounts?status=open",
    "/v1/projects",
    "/v1/lots",
    "/v1/lots?project=P",
    "/v1/accounts/A01",
    "/v1/accounts/A01/holdings",
    "/v1/accounts/A01/statement",
    "/v1/accounts/A01/statement?from=20&to=90",
    "/v1/accounts/B02/statement",
    "/v1/reservations",
    "/v1/reservations?account=A01&status=open",
    "/v1/retirements",
    "/v1/retirements?account=B02",
    "/v1/retirements?lot=L1",
    "/v1/annulments",
    "/v1/duties",
    "/v1/approvals",
)

ONES = (
    "/v1/projects/P",
    "/v1/lots/L0",
    "/v1/rules",
    "/v1/serials/L0:1",
    "/v1/serials/L0:250",
    "/v1/serials/L3:499",
    "/v1/commands/00000000-0000-0000-0000-0000000003f0",
)
"""Reads of one thing: they have no pages, and refuse to be asked for one."""


@asynccontextmanager
async def reading(place: str) -> AsyncIterator[Client]:
    """A client of a busy ledger whose tables are there."""
    twin = Twin(place)
    twin.following = False
    twin.open()
    busy(twin, 21, 250)
    client = Client(twin)
    async with client.http:
        for name in NAMES:
            await client.made("/v1/accounts", {"account": name, "name": f"木 {name}"})
        twin.follow()
        yield client
    twin.views.dispose()


async def pages(client: Client, path: str, limit: int) -> list[Any]:
    """Read a list to its end."""
    found, after = [], f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while True:
        answer = await client.get(after)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        if "next" not in answer.links:
            return found
        after = answer.links["next"]["url"]


async def test_every_page_is_the_same(tables: str, tmp_path: Path) -> None:
    file = f"sqlite:///{tmp_path}/views.db"
    async with reading(file) as small, reading(tables) as large:
        for path in LISTS:
            for limit in (2, 50):
                assert await pages(small, path, limit) == await pages(large, path, limit), path
        for path in ONES:
            assert await small.seen(path) == await large.seen(path), path
        assert len(await pages(large, "/v1/accounts", 2)) > 5


async def test_a_list_is_sorted_by_code_point(tables: str) -> None:
    async with reading(tables) as client:
        read = await pages(client, "/v1/accounts", 3)
    found = [item["account"] for page in read for item in page["items"]]
    assert found == sorted(found)
    assert set(NAMES) <= set(found)


async def test_a_database_that_is_away_is_503_and_comes_back(
    tables: str, opened: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SETTINGS, "lock_timeout", "100ms")
    async with reading(tables) as client:
        with opened(tables).connect() as other:
            other.execute(text("LOCK TABLE cursors IN ACCESS EXCLUSIVE MODE"))
            answer = await client.get("/v1/accounts/A01")
            assert (answer.status_code, answer.json()["code"]) == (503, "tables_unavailable")
        assert (await client.get("/v1/accounts/A01")).status_code == 200
