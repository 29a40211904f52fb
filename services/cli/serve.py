"""`tonne serve`: the registry behind HTTP, on loopback."""

import asyncio
import ipaddress
from typing import Annotated

import typer
import uvicorn

from libs.ledger.ports import LedgerFault
from services import bootstrap, server
from services.cli.frame import DEFAULT_LOG, Log, err, log_file
from services.settings import Settings, SettingsFault


def serve(
    log: Log = DEFAULT_LOG,
    http: Annotated[str, typer.Option(help="Where to listen; loopback only.")] = Settings().http,
) -> None:
    """Serve the registry over HTTP until Ctrl-C.

    Example: tonne serve --log sqlite:///registry.db --http 127.0.0.1:8000
    """
    host, port = loopback(http)
    settings = Settings(log=log, http=http)
    fault = asyncio.run(_serve(settings, host, port))
    if fault is not None:
        raise fault


def loopback(http: str) -> tuple[str, int]:
    """Return host and port of a loopback address; raise SettingsFault for any other."""
    host, _, port = http.rpartition(":")
    host = host.strip("[]")
    try:
        inside = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = False
    if not inside or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - the last port
        raise SettingsFault(
            f"{http} is refused: there are no keys and roles yet, so the server listens on"
            " loopback only (127.0.0.1:PORT or [::1]:PORT)"
        )
    return host, int(port)


async def _serve(settings: Settings, host: str, port: int) -> LedgerFault | None:
    path = log_file(settings.log)
    async with bootstrap.embedded(path, settings.database_url, settings.name) as registry:
        web = uvicorn.Server(
            uvicorn.Config(
                server.app(server.desk(registry, settings.wait_ms)),
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=5,
            )
        )
        err.print(
            f"tonne serves {path} (head {registry.head.position}) at http://{settings.http}"
            f"\n  docs     http://{settings.http}/docs"
            f"\n  journal  http://{settings.http}/v1/journal?follow=false"
            "\n  Ctrl-C stops it; nothing is lost."
        )
        serving = asyncio.create_task(web.serve())
        failing = asyncio.create_task(registry.failed.wait())
        await asyncio.wait({serving, failing}, return_when=asyncio.FIRST_COMPLETED)
        web.should_exit = True
        failing.cancel()
        await serving
        return registry.fault
