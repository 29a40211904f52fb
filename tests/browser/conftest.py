"""A registry with paper behind a real socket, and a real browser before it."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright

from services.sealing import pages, sealing
from services.settings import settings
from tests.browser.site import Site
from tests.edge.office import LINKS, Office, busy
from tests.edge.twin import ORIGIN

MADE = "2026-01-01T00:00:00.000Z"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium without a window; where there is none, the test is skipped and says so."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium fonts-noto-cjk")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Serve a registry that tells people on paper, at a free port."""
    chosen = settings(log=f"sqlite:///{tmp_path}/registry.db", origin=ORIGIN)
    by = sealing(chosen, MADE)
    assert by is not None
    async with busy(Office(tmp_path, by, pages(chosen, LINKS, by))) as office:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            config = uvicorn.Config(office.client.app, log_config=None, lifespan="off", ws="none")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            port = listening.getsockname()[1]
            yield Site(office, f"http://127.0.0.1:{port}", by)
            server.should_exit = True
            await serving
