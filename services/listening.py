"""Listening: the socket, the server that drains when it is told to stop, and its bounds."""

import asyncio
import ipaddress
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from typing_extensions import override

from libs.edge.connections import Prompt
from libs.edge.desk import Desk
from services.settings import SettingsFault

CONNECTIONS_MAX = 500
"""Beyond so many open connections a client is told 503 at once."""

DRAIN_SECONDS = 5
PORT_MAX = 65_535


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


def web(desk: Desk, app: Any) -> Draining:
    """Return a server of an application; it listens on a socket that is taken before."""
    return Draining(
        desk,
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            http=Prompt,  # the parser that bounds a request's head, in size and in time
            limit_concurrency=CONNECTIONS_MAX,
            ws="none",
            server_header=False,
        ),
    )


def address(http: str, *, anywhere: bool) -> tuple[str, int]:
    """Return host and port of HOST:PORT; raise SettingsFault where it may not be listened at.

    Only loopback is open to callers without keys.
    """
    host, _, port = http.rpartition(":")
    host = host.strip("[]")
    try:
        inside = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = False
    if not host or not port.isdecimal() or int(port) > PORT_MAX:
        raise SettingsFault(f"{http} is no address to listen at (HOST:PORT)")
    if not (inside or anywhere):
        raise SettingsFault(
            f"{http} is refused: without keys the server listens on loopback only (127.0.0.1:PORT"
            " or [::1]:PORT); TONNE_KEYS=required asks every caller for one"
        )
    return host, int(port)


def listen(host: str, port: int) -> socket.socket:
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
