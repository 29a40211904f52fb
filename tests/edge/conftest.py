"""A client of a server in this process, over the twin."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.edge.twin import Client, fill, opened


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as client:
        yield client


@pytest.fixture
async def filled(client: Client) -> Client:
    await fill(client)
    return client
