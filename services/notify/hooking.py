"""Hooking: endpoints are called one beside the other, so that none waits for another's delays."""

import asyncio
from collections.abc import Callable

import structlog
from cryptography.fernet import InvalidToken
from sqlalchemy import Engine

from libs.edge.codes import Box
from libs.ledger.ports import LogUnavailable
from services.notify import signing
from services.notify.calling import Caller
from services.notify.hooks import Place, claim, due, opened, settle, waiting

GLANCE_SECONDS = 0.5
ENDPOINTS_AT_ONCE = 32
CALLS_IN_A_ROW, ROW_SECONDS = 100, 10.0
"""So many calls are made to an endpoint, or for so long, before it is the next one's turn."""

_log = structlog.get_logger("notify")


class Hooking:
    """Calls what is due, for as long as the process lives; `told` hears how each call ended."""

    def __init__(
        self,
        engine: Engine,
        box: Box,
        caller: Caller,
        now_ms: Callable[[], int],
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._box = box
        self._caller = caller
        self._now_ms = now_ms
        self._told = told
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._turns: dict[str, int] = {}
        self._more = asyncio.Event()

    async def keep(self) -> None:
        """Call for ever; a database that is away is waited for."""
        try:
            while True:
                self._more.clear()
                try:
                    await self._start()
                    await self._caller.tidy()
                except LogUnavailable as wrong:
                    _log.warning("webhooks_wait", kind=type(wrong).__name__)
                await self._glance()
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)
            await self._caller.close()

    async def drain(self) -> None:
        """Call everything that is due now, and come back."""
        try:
            await self._start()
            while self._busy:
                await asyncio.gather(*self._busy.values())
                await self._start()
        finally:
            await self._caller.close()

    async def _glance(self) -> None:
        """Wait a little, or until somebody whose turn has ended has more to be called for."""
        try:
            async with asyncio.timeout(GLANCE_SECONDS):
                await self._more.wait()
        except TimeoutError:
            pass

    async def _start(self) -> None:
        """Begin with every endpoint that has a call due and is not called already.

        Where they are too many for one time, whoever had no turn for longest goes first.
        """
        for name, task in tuple(self._busy.items()):
            if task.done():
                del self._busy[name]
                if not task.cancelled() and (wrong := task.exception()) is not None:
                    _log.warning("webhook_waits", endpoint=name, kind=type(wrong).__name__)
        names = await asyncio.to_thread(due, self._engine, self._now_ms())
        self._turns = {name: self._turns.get(name, 0) for name in names}
        turn = max(self._turns.values(), default=0) + 1
        for name in sorted(names, key=self._turns.__getitem__):
            if name not in self._busy and len(self._busy) < ENDPOINTS_AT_ONCE:
                self._turns[name] = turn
                self._busy[name] = asyncio.create_task(self._calls(name), name=f"hook-{name}")

    async def _calls(self, endpoint: str) -> None:
        """Make an endpoint's next calls, one behind the other, as far as they are taken."""
        end = asyncio.get_running_loop().time() + ROW_SECONDS
        places = await asyncio.to_thread(
            waiting, self._engine, endpoint, self._now_ms(), CALLS_IN_A_ROW
        )
        for place in places:
            if not await self._call(endpoint, place):
                return
            if asyncio.get_running_loop().time() > end:
                break
        self._more.set()

    async def _call(self, endpoint: str, place: Place) -> bool:
        """Make a call, unless another process does; say whether the next may be made."""
        taken = await asyncio.to_thread(claim, self._engine, endpoint, place, self._now_ms())
        if taken is None:
            return True
        whose, call = taken
        body = call["payload"].encode()
        try:
            keys = opened(self._box, whose)
        except InvalidToken:
            _log.critical("webhook_keys_sealed_otherwise", endpoint=endpoint)
            return False
        headers = signing.headers(call["id"], self._now_ms() // 1000, body, keys.signing)
        answer = await self._caller.call(
            whose["url"], {**headers, "Content-Type": "application/json"}, body
        )
        outcome = await asyncio.to_thread(
            settle, self._engine, call, self._now_ms(), answer.fault, gone=answer.gone
        )
        self._told(outcome)
        return not answer.fault
