"""`tonne serve`: the registry behind HTTP, on loopback."""

import asyncio
import ipaddress
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from typing_extensions import override

from libs.edge.desk import Desk
from libs.ledger.ports import LedgerFault
from services import bootstrap, server
from services.cli.frame import DEFAULT_LOG, Log, err, log_file
from services.settings import Settings, SettingsFault, settings, shown_default

CONNECTIONS_MAX = 500
"""Beyond so many open connections a client is told 503 at once."""


def serve(
    log: Log = DEFAULT_LOG,
    http: Annotated[
        str, typer.Option(help="Where to listen; loopback only.")
    ] = shown_default().http,
) -> None:
    """Serve the registry over HTTP until Ctrl-C.

    Example: tonne serve --log sqlite:///registry.db --http 127.0.0.1:8000
    """
    host, port = loopback(http)
    chosen = settings(log=log, http=http)
    fault = asyncio.run(_serve(chosen, host, port))
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


class Draining(uvicorn.Server):
    """A server that is not ready any more from the moment it is told to stop."""

    def __init__(self, desk: Desk, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._desk = desk

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal, and go on to close the registry: do not die of it a second time."""
        loop = asyncio.get_running_loop()
        for sig in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sig, self.handle_exit, sig, None)
        try:
            yield
        finally:
            for sig in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(sig)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._desk.draining = True
        super().handle_exit(sig, frame)


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before any file is made; raise SettingsFault where somebody else has it.

    The protocol is named because asyncio turns Nagle's delay off only where it is.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as wrong:
        listening.close()
        raise SettingsFault(f"cannot listen at {host}:{port}: {wrong.strerror}") from None
    listening.listen(512)
    return listening


async def _serve(chosen: Settings, host: str, port: int) -> LedgerFault | None:
    path = log_file(chosen.log)
    listening = _listen(host, port)
    async with bootstrap.embedded(path, chosen.database_url, chosen.name) as registry:
        desk = server.desk(registry, chosen.wait_ms)
        web = Draining(
            desk,
            uvicorn.Config(
                server.app(desk),
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=5,
                http="h11",  # the parser that bounds a request's head
                h11_max_incomplete_event_size=65_536,
                limit_concurrency=CONNECTIONS_MAX,
            ),
        )
        err.print(
            f"tonne serves {path} (head {registry.head.position}) at http://{chosen.http}"
            f"\n  docs     http://{chosen.http}/docs"
            f"\n  journal  http://{chosen.http}/v1/journal?follow=false"
            "\n  Ctrl-C stops it; nothing is lost."
        )
        serving = asyncio.create_task(web.serve(sockets=[listening]))
        failing = asyncio.create_task(registry.failed.wait())
        await asyncio.wait({serving, failing}, return_when=asyncio.FIRST_COMPLETED)
        web.should_exit = True
        failing.cancel()
        await serving
        err.print(f"tonne stopped behind position {registry.head.position - 1}.")
        return registry.fault
