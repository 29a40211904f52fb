"""Calling a webhook: one request, no redirect, and no more of its answer than anyone needs."""

import asyncio
from collections.abc import Mapping

import httpx
import msgspec

from services.notify.targets import Forbidden, Target, resolved

CALL_SECONDS = 15
ANSWER_BYTES_MAX = 64 * 1024
GOOD, REDIRECT, GONE, BAD = 200, 300, 410, 400


class Answered(msgspec.Struct, frozen=True):
    """How a call ended: nothing where it was taken, else a code of why not.

    `gone` says that the receiver wants no more of it.
    """

    fault: str = ""
    gone: bool = False


class Caller:
    """Calls webhooks, each over a connection of its own to the address that was checked."""

    def __init__(self, *, loopback: bool = False, seconds: float = CALL_SECONDS) -> None:
        self._loopback = loopback
        self._seconds = seconds

    async def call(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Send a message; whatever the receiver does is an answer, and none takes long."""
        try:
            async with asyncio.timeout(self._seconds):
                target = await resolved(url, loopback=self._loopback)
                return await _ask(target, headers, body)
        except Forbidden:
            return Answered("forbidden_address")
        except TimeoutError:
            return Answered("too_slow")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as wrong:
            return Answered(type(wrong).__name__)


async def _ask(target: Target, headers: Mapping[str, str], body: bytes) -> Answered:
    named = {**headers, "Host": target.named, "Accept-Encoding": "identity"}
    sni = {"sni_hostname": target.url.host}
    # No proxy of the environment stands between the check and the connection.
    async with (
        httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=None) as client,  # noqa: S113 - the whole call has one
        client.stream(
            "POST", target.pinned, headers=named, content=body, extensions=sni
        ) as response,
    ):
        size = 0
        async for part in response.aiter_raw():  # as it came: what is packed stays packed
            size += len(part)
            if size > ANSWER_BYTES_MAX:
                return Answered("answer_too_large")
        return _judged(response.status_code)


def _judged(status: int) -> Answered:
    if GOOD <= status < REDIRECT:
        return Answered()
    if status == GONE:
        return Answered("gone", gone=True)
    return Answered("redirect" if status < BAD else f"status_{status}")
