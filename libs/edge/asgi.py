"""The outermost layer of the server: body limit, security headers, request log and durations."""

from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from traceback import format_exception
from typing import Any, TypeAlias

import structlog
from starlette.datastructures import Headers, MutableHeaders

from libs.edge.metrics import Meters
from libs.edge.problems import MEDIA, Refused, problem
from libs.ledger.codec import encode

BODY_BYTES_MAX = 9 * 1024 * 1024
"""A little above the largest entry, so that a command that is too large is told so by its rule."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""The names a browser's page elsewhere can never send, even where its own name leads here."""

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Wraps the whole application in plain ASGI: nothing is buffered, nothing runs in a task.

    What is logged is the route's template, never an address, a body or a name.
    """

    def __init__(self, app: App, meters: Meters) -> None:
        self.app = app
        self.meters = meters
        self.log = structlog.get_logger("http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not _ours(scope):
            await _misdirected(send)
            return
        started, status = perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, _limited(scope, receive), watched)
        except Exception as wrong:
            # Plain frames only: a pretty traceback would print the values in them.
            frames = "".join(format_exception(wrong))
            self.log.error("request_failed", route=_route(scope), frames=frames)  # noqa: TRY400 - above
            if not status:
                raise
        finally:
            self._tell(scope, status, perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = _route(scope), scope["method"]
        if method not in ("GET", "HEAD", "POST", "OPTIONS"):
            method = "other"
        self.meters.requests.labels(method, route, status).observe(seconds)
        took_ms = round(seconds * 1000, 3)
        self.log.info("request", method=method, route=route, status=status, took_ms=took_ms)


def _ours(scope: Scope) -> bool:
    """Say whether a request names this server by a loopback name: a web page elsewhere cannot."""
    name = Headers(raw=scope["headers"]).get("host", "").rsplit(":", 1)
    return name[0].lower() in LOOPBACK or ":".join(name).lower() in LOOPBACK


async def _misdirected(send: Send) -> None:
    told = problem("host_not_allowed")
    headers = [(b"content-type", MEDIA.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": encode(told)})


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path_format", "none"))


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Refuse a body as soon as it is known to be too large, said or not."""
    said = Headers(raw=scope["headers"]).get("content-length", "")
    length = int(said) if said.isdigit() and len(said) < 20 else 0  # noqa: PLR2004 - fits in a float
    left = BODY_BYTES_MAX

    async def limited() -> Message:
        nonlocal left
        if length <= BODY_BYTES_MAX:
            message = await receive()
            left -= len(message.get("body", b""))
            if left >= 0:
                return message
        raise Refused("body_too_large", headers={"Connection": "close"})

    return limited
