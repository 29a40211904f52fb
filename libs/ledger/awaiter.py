"""Waiting for one's own command: the answer is the accepted entry, never a guess."""

import asyncio
from collections import deque
from collections.abc import Sequence

from libs.ledger.entry import Digest, outline
from libs.ledger.ports import LedgerFault, WaitRanOut


class Awaiter:
    """Hands each accepted entry to whoever waits for the record it answers.

    Records are known by the digest of their bytes, which the entry repeats: so one can begin to
    wait before the append, and nothing depends on who hears of an offset first. The same bytes
    sent twice have the same answer, and get the two entries in turn.
    """

    def __init__(self) -> None:
        self._waiting: dict[Digest, deque[asyncio.Future[bytes]]] = {}
        self._fault: LedgerFault | None = None

    def expect(self, request: Digest) -> asyncio.Future[bytes]:
        """Return what will be the entry that answers a record; call it before the append."""
        if self._fault is not None:
            raise self._fault
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(request, deque()).append(future)
        return future

    async def wait(self, future: asyncio.Future[bytes], wait_ms: int) -> bytes:
        """Return the entry; raise WaitRanOut where it does not come in time."""
        if future.done():
            return future.result()
        try:
            # Not wait_for: up to Python 3.11 it forgets a cancellation that meets the result.
            async with asyncio.timeout(wait_ms / 1000):
                return await future
        except TimeoutError:
            raise WaitRanOut("no verdict yet; ask for the command's status") from None

    def forget(self, request: Digest, future: asyncio.Future[bytes]) -> None:
        """Wait no longer (for example because the append failed)."""
        future.cancel()
        queue = self._waiting.get(request)
        if queue and future in queue:
            queue.remove(future)
            if not queue:
                del self._waiting[request]

    def heard(self, entries: Sequence[bytes]) -> None:
        """Hand accepted entries over."""
        for raw in entries if self._waiting else ():
            entry = outline(raw)
            queue = self._waiting.get(entry.request) if entry else None
            if entry is None or not queue:
                continue
            future = queue.popleft()
            if not queue:
                del self._waiting[entry.request]
            if not future.done():
                future.set_result(raw)

    def fail(self, fault: LedgerFault) -> None:
        """Tell everyone who waits, and everyone who will, that no answer comes from here."""
        self._fault = fault
        waiting, self._waiting = self._waiting, {}
        for queue in waiting.values():
            for future in queue:
                if not future.done():
                    future.set_exception(fault)
                    future.exception()
