"""The outermost layer of the server: body limit, security headers, request log and durations."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from secrets import token_hex
from time import perf_counter
from typing import Any, TypeAlias

import structlog
from starlette.datastructures import Headers, MutableHeaders
from structlog.contextvars import bound_contextvars

from libs.edge.desk import Desk
from libs.edge.faults import frames
from libs.edge.problems import MEDIA, Refused, problem
from libs.ledger.codec import encode

BODY_BYTES_MAX = 8704 * 1024
"""Above the largest entry, so that a command that is too large is told so by its rule; and below
what the topics take, so that there is room for the command's frame."""

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


_parent = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)
_command = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Guard:
    """Wraps the whole application in plain ASGI: nothing is buffered, nothing runs in a task.

    What is logged is the route's template, never an address, a body or a name. Everything that is
    logged on the way carries the request's `trace_id`, and a write's `command_id`.
    """

    def __init__(self, app: App, desk: Desk) -> None:
        self.app = app
        self.desk = desk
        self.log = structlog.get_logger("http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Headers(raw=scope["headers"])
        if not (self.desk.identity.required or _ours(asked.get("host", ""))):
            await _misdirected(send)
            return
        marks = _marks(scope["method"], asked)
        with bound_contextvars(**marks):
            await self._serve(scope, _limited(asked, receive), send, marks["trace_id"])

    async def _serve(self, scope: Scope, receive: Receive, send: Send, trace: str) -> None:
        started, status, position = perf_counter(), 0, None

        async def watched(message: Message) -> None:
            nonlocal status, position
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                position = headers.get("ledger-position")
                self._furnish(headers, trace)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as wrong:
            # Plain frames alone: what an exception says may be somebody's name.
            said = {"kind": type(wrong).__name__, "frames": frames(wrong)}
            self.log.error("request_failed", route=_route(scope), **said)  # noqa: TRY400 - above
            if not status:
                raise
        finally:
            self._tell(scope, status, perf_counter() - started, position)

    def _furnish(self, headers: MutableHeaders, trace: str) -> None:
        """Add the headers that every answer has."""
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        headers["Trace-Id"] = trace
        if self.desk.identity.required:
            headers.add_vary_header("Authorization")

    def _tell(self, scope: Scope, status: int, seconds: float, position: str | None) -> None:
        """Count a request and write its line; whoever wants those of reads looks closer."""
        route, method = _route(scope), scope["method"]
        if method not in ("GET", "HEAD", "POST", "OPTIONS"):
            method = "other"
        self.desk.meters.requests.labels(method, route, status).observe(seconds)
        told: dict[str, object] = {"method": method, "route": route, "status": status}
        if method == "POST" and position is not None:
            told["position"] = int(position)
        tell = self.log.info if method == "POST" else self.log.debug
        tell("request", **told, duration_ms=round(seconds * 1000, 3))


def _marks(method: str, headers: Headers) -> dict[str, str]:
    """Return what everything that is logged of a request carries.

    A trace id that the caller says (W3C Trace Context) is taken up; of a command id only what is
    one, so that nobody writes into our log.
    """
    said = _parent.fullmatch(headers.get("traceparent", "").strip())
    trace = said["trace"] if said and said["trace"].strip("0") else token_hex(16)
    command = headers.get("idempotency-key", "") if method == "POST" else ""
    return {"trace_id": trace} | ({"command_id": command} if _command.fullmatch(command) else {})


def _ours(host: str) -> bool:
    """Say whether a request names this server by a loopback name: a web page elsewhere cannot."""
    name = host.rsplit(":", 1)
    return name[0].lower() in LOOPBACK or ":".join(name).lower() in LOOPBACK


async def _misdirected(send: Send) -> None:
    told = problem("host_not_allowed")
    headers = [(b"content-type", MEDIA.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": encode(told)})


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path_format", "none"))


def _limited(headers: Headers, receive: Receive) -> Receive:
    """Refuse a body as soon as it is known to be too large, said or not."""
    said = headers.get("content-length", "")
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
