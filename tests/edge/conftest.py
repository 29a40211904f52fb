"""A client of a server in this process, over the twin."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.edge.bodies import PROJECT
from tests.edge.callers import House, deal, give_keys
from tests.edge.twin import Client, fill, issuance, opened


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as client:
        yield client


@pytest.fixture
async def filled(client: Client) -> Client:
    await fill(client)
    return client


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Two holders who have dealt with each other, and a key for every kind of caller."""
    async with opened(tmp_path) as client:
        for account, owner in (("A01", "holder:a"), ("B02", "holder:b")):
            body = {"account": account, "name": f"{account} Ltd.", "representatives": [owner]}
            await client.made("/v1/accounts", body)
        await client.made("/v1/projects", PROJECT)
        await client.made("/v1/issuances", issuance("JC-1", "JC-1-01", 1000))
        house = House(client.twin)
        give_keys(house)
        async with house.client.http:
            await deal(house)
            yield house
