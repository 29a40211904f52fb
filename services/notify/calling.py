"""Calling a webhook: one request, no redirect, and no more of its answer than anyone needs.

A connection is kept for the next call, and is another call's only where that call's own look at the
name came to the same address: what a name leads to is looked up and checked before every call.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import msgspec

from services.notify.targets import Forbidden, Target, resolved

CALL_SECONDS = 15
ANSWER_BYTES_MAX = 64 * 1024
GOOD, REDIRECT, GONE, BAD = 200, 300, 410, 400

KEPT_MAX, IDLE_SECONDS, AGE_SECONDS = 32, 5.0, 60.0
"""So many connections are kept, for so long without a call, and none of them for longer."""


class Answered(msgspec.Struct, frozen=True):
    """How a call ended: nothing where it was taken, else a code of why not.

    `gone` says that the receiver wants no more of it.
    """

    fault: str = ""
    gone: bool = False


@dataclass
class Line:
    """A connection to one address: since when there is one, and when it was used last."""

    wire: httpx.AsyncHTTPTransport
    since: float
    used: float


class Caller:
    """Calls webhooks at the address that was checked; keeps connections until `close`.

    A connection that is in use is nobody else's, and one that anything went wrong with is not kept.
    """

    def __init__(self, *, loopback: bool = False, seconds: float = CALL_SECONDS) -> None:
        self._loopback = loopback
        self._seconds = seconds
        # No proxy of the environment stands between the check and the connection.
        self._tls = httpx.create_ssl_context(trust_env=False)
        self._kept: dict[Target, Line] = {}

    async def call(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Send a message; whatever the receiver does is an answer, and none takes long."""
        try:
            async with asyncio.timeout(self._seconds):
                target = await resolved(url, loopback=self._loopback)
                return await self._asked(target, headers, body)
        except Forbidden:
            return Answered("forbidden_address")
        except TimeoutError:
            return Answered("too_slow")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as wrong:
            return Answered(type(wrong).__name__)

    async def tidy(self) -> None:
        """Hang up what nobody has used for a while."""
        await self._hang_up([one for one, line in self._kept.items() if self._stale(line)])

    async def close(self) -> None:
        """Hang up everything."""
        await self._hang_up(list(self._kept))

    async def _asked(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answered:
        """Ask over a connection that is kept, or over a new one where that has ended by itself."""
        line = self._kept.pop(target, None)
        if line is not None and not self._stale(line):
            try:
                return await self._over(line, target, headers, body)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                pass  # a receiver may hang up at any time; the message has the id that it had
        elif line is not None:
            await line.wire.aclose()
        now = asyncio.get_running_loop().time()
        wire = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        return await self._over(Line(wire, since=now, used=now), target, headers, body)

    async def _over(
        self, line: Line, target: Target, headers: Mapping[str, str], body: bytes
    ) -> Answered:
        try:
            answer = await _ask(line.wire, target, headers, body)
        except BaseException:
            await line.wire.aclose()
            raise
        line.used = asyncio.get_running_loop().time()
        beside = self._kept.pop(target, None)  # another call to it may have ended meanwhile
        self._kept[target] = line
        if beside is not None:
            await beside.wire.aclose()
        await self._hang_up(list(self._kept)[:-KEPT_MAX])
        return answer

    def _stale(self, line: Line) -> bool:
        now = asyncio.get_running_loop().time()
        return now - line.used > IDLE_SECONDS or now - line.since > AGE_SECONDS

    async def _hang_up(self, targets: list[Target]) -> None:
        for line in [self._kept.pop(one) for one in targets]:
            await line.wire.aclose()


async def _ask(
    wire: httpx.AsyncHTTPTransport, target: Target, headers: Mapping[str, str], body: bytes
) -> Answered:
    """Ask once: a transport follows nothing, keeps no cookie, and says nothing of its own."""
    named = {**headers, "Host": target.named, "Accept-Encoding": "identity"}
    sni = {"sni_hostname": target.url.host}
    asked = httpx.Request("POST", target.pinned, headers=named, content=body, extensions=sni)
    response = await wire.handle_async_request(asked)
    try:
        size = 0
        async for part in response.aiter_raw():  # as it came: what is packed stays packed
            size += len(part)
            if size > ANSWER_BYTES_MAX:
                return Answered("answer_too_large")
    finally:
        await response.aclose()
    return _judged(response.status_code)


def _judged(status: int) -> Answered:
    if GOOD <= status < REDIRECT:
        return Answered()
    if status == GONE:
        return Answered("gone", gone=True)
    return Answered("redirect" if status < BAD else f"status_{status}")
