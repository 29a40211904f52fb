"""A registry behind HTTP: sends planned commands one after the other and returns their answers."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import msgspec

from libs.edge.answers import JSON
from libs.edge.paging import PAGE_MAX
from libs.edge.particulars import Particulars
from libs.edge.problems import MEDIA
from libs.ledger.codec import encode
from libs.ledger.ports import LedgerFault, LogUnavailable, WaitRanOut
from libs.ledger.verdict import Facts, Line

POLL_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
ATTEMPTS_MAX = 60
"""How often a command is sent, or its outcome asked for, before we say that it has none yet."""

NOT_YET = httpx.codes.NOT_FOUND
"""What the server says of a command that the tables do not have yet."""


class Sendable(msgspec.Struct, frozen=True):
    """A command ready to be sent: its id is made beforehand, so that sending twice is harmless."""

    id: str
    type: str
    actor: str
    body: msgspec.Struct


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a command, as the journal of the registry holds it.

    `replayed` says that the first answer was given again. A refusal before the log (a body that
    fits no schema, say) is `refused`: it has no position, and `detail` says what is wrong.
    """

    verdict: str
    position: int | None = None
    reason: str = ""
    detail: str = ""
    facts: Facts = {}
    lines: tuple[Line, ...] = ()
    replayed: bool = False


class Unanswerable(LedgerFault):
    """The server answered something that is no answer to a command."""


class _Told(msgspec.Struct, frozen=True):
    verdict: str = ""
    position: int | None = None
    code: str = ""
    reason: str = ""
    detail: str = ""
    facts: Facts = {}
    lines: tuple[Line, ...] = ()


class _Kept(msgspec.Struct, frozen=True):
    commitments: tuple[str, ...]


_told = msgspec.json.Decoder(_Told)


class RemoteRegistry:
    """Speaks to a running registry; `routes` say where each command type goes.

    With an API `key` its actor acts, whoever a command names; without one the server takes the
    command's word. A one-time `code` lets one command through.

    Commands go one by one over one connection that is kept: each is answered before the next is
    sent, so a plan means the same here as in one process. Whatever fails on the way is sent again
    under the same id.
    """

    def __init__(
        self,
        url: str,
        routes: Mapping[str, tuple[str, str]],
        transport: httpx.AsyncBaseTransport | None = None,
        key: str = "",
        code: str = "",
    ) -> None:
        self._routes = routes
        self._keyed = bool(key)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if code:
            headers["Tonne-Code"] = code
        self._client = httpx.AsyncClient(
            base_url=url, timeout=30.0, transport=transport, headers=headers
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def ask(self, commands: Sequence[Sendable]) -> Sequence[Answered]:
        """Send commands in order and return their answers in order.

        Raises LogUnavailable where the server cannot be reached or cannot write, WaitRanOut where
        a command is in its log and still not answered after a minute, Unanswerable where what it
        says is no answer. Whatever is not answered so can be sent again.
        """
        return [await self._one(command) for command in commands]

    async def preview(self, command: Sendable) -> bytes:
        """Return what the server says would come of a command; nothing is appended.

        Raises LogUnavailable where it cannot be reached, Unanswerable where it does not answer so.
        """
        method, path, body = self._request(command)
        try:
            response = await self._client.request(
                method,
                path,
                content=body,
                headers=self._headers(command),
                params={"dry_run": "true"},
            )
        except httpx.TransportError as wrong:
            raise LogUnavailable(f"{self._client.base_url} does not answer: {wrong}") from wrong
        told = _read(response)
        if response.is_server_error or not (told.verdict or told.code):
            raise Unanswerable(f"{path}: {response.status_code} {told.code}")
        return response.content

    def _headers(self, command: Sendable) -> dict[str, str]:
        headers = {"Idempotency-Key": command.id, "Content-Type": JSON}
        return headers if self._keyed else {**headers, "Tonne-Actor": command.actor}

    async def answered(self, identity: str) -> Answered | None:
        """Return what was answered to a command, or None where the tables know of no answer.

        Raises LogUnavailable where the server cannot be reached, Unanswerable where what it says is
        no answer.
        """
        response = await self._get(f"/v1/commands/{identity}")
        return None if response.status_code == NOT_YET else _answered(response)

    async def items(self, path: str, **named: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the items of a list, page after page.

        Raises LogUnavailable where the server cannot be reached, Unanswerable where it shows none.
        """
        query = {**named, "limit": str(PAGE_MAX)}
        while True:
            response = await self._get(path, query)
            if response.status_code != httpx.codes.OK:
                raise Unanswerable(f"{path}: {response.status_code} {_read(response).code}")
            page = response.json()
            for item in page["items"]:
                yield item
            if "next_cursor" not in page:
                return
            query["cursor"] = page["next_cursor"]

    async def keep(
        self, account: str, request: str, people: Sequence[Particulars]
    ) -> tuple[str, ...]:
        """Keep who an account's recipients are; return the commitments that stand for them.

        Raises LogUnavailable where the server cannot be reached, Unanswerable where it refuses.
        """
        path = f"/v1/accounts/{quote(account, safe='')}/recipients/{request}"
        content, typed = encode({"people": tuple(people)}), {"Content-Type": JSON}
        try:
            response = await self._client.put(path, content=content, headers=typed)
        except httpx.TransportError as wrong:
            raise LogUnavailable(f"{self._client.base_url} does not answer: {wrong}") from wrong
        if response.status_code != httpx.codes.OK:
            raise Unanswerable(f"{path}: {response.status_code} {_read(response).code}")
        return msgspec.json.decode(response.content, type=_Kept).commitments

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            return await self._client.get(path, params=query)
        except httpx.TransportError as wrong:
            raise LogUnavailable(f"{self._client.base_url} does not answer: {wrong}") from wrong

    async def entries(self, after: int = -1) -> AsyncIterator[bytes]:
        """Yield the stored bytes of every entry behind a position, up to the head."""
        query: dict[str, str] = {"after": str(after), "follow": "false"}
        async with self._client.stream("GET", "/v1/journal", params=query) as response:
            if response.status_code != httpx.codes.OK:
                raise Unanswerable(f"/v1/journal: {response.status_code}")
            rest = b""
            async for chunk in response.aiter_bytes():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield line

    async def _one(self, command: Sendable) -> Answered:
        method, path, body = self._request(command)
        headers = self._headers(command)
        last: Exception | None = None
        for attempt in range(ATTEMPTS_MAX):
            try:
                response = await self._client.request(method, path, content=body, headers=headers)
            except httpx.TransportError as wrong:
                last = wrong
            else:
                if response.status_code == httpx.codes.ACCEPTED:
                    return await self._poll(command)
                if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return _answered(response)
                last = LogUnavailable(_read(response).detail)
                if "retry-after" not in response.headers:
                    break
            await _pause(attempt)
        raise LogUnavailable(f"{self._client.base_url} does not answer: {last}") from last

    async def _poll(self, command: Sendable) -> Answered:
        """Ask for the outcome until it is there."""
        last: Exception | None = None
        for attempt in range(ATTEMPTS_MAX):
            await _pause(attempt)
            try:
                response = await self._client.get(f"/v1/commands/{command.id}")
            except httpx.TransportError as wrong:
                last = wrong
            else:
                if response.status_code not in (NOT_YET, httpx.codes.SERVICE_UNAVAILABLE):
                    return _answered(response)
        raise WaitRanOut(f"command {command.id} is not answered yet") from last

    def _request(self, command: Sendable) -> tuple[str, str, bytes]:
        """Return method, path and body; what stands in the path leaves the body."""
        method, template = self._routes[command.type]
        fields = msgspec.json.decode(encode(command.body), type=dict[str, msgspec.Raw])
        path = template
        for name in list(fields):
            place = f"{{{name}}}"
            if place in path:
                value = msgspec.json.decode(fields.pop(name), type=str)
                path = path.replace(place, quote(value, safe=""))
        return method, path, encode(fields)


async def _pause(attempt: int) -> None:
    await asyncio.sleep(POLL_SECONDS[min(attempt, len(POLL_SECONDS) - 1)])


def _answered(response: httpx.Response) -> Answered:
    """Read the answer to a command: the journal's own, or the edge's refusal of the request."""
    told = _read(response)
    refused = told.code and not response.is_server_error
    if not (told.verdict or refused):
        raise Unanswerable(f"{response.request.url.path}: {response.status_code} {told.code}")
    return Answered(
        verdict=told.verdict or "refused",
        position=told.position,
        reason=told.reason or told.code,
        detail=told.detail,
        facts=told.facts,
        lines=told.lines,
        replayed=response.headers.get("idempotency-replayed") == "true",
    )


def _read(response: httpx.Response) -> _Told:
    """Read what a registry says; whatever else answers here says nothing."""
    if not response.headers.get("content-type", "").startswith((JSON, MEDIA)):
        return _Told()
    try:
        return _told.decode(response.content)
    except (msgspec.MsgspecError, UnicodeError):
        return _Told()
