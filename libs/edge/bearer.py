"""Identity by API key: whoever bears a good one is whom the key says."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import monotonic

import structlog
from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from libs.edge import keys
from libs.edge.database import TablesUnavailable
from libs.edge.identity import Caller
from libs.edge.keys import Key
from libs.edge.problems import Refused
from libs.edge.registry import Registry

FRESH_SECONDS = 2.0
"""How long a key is taken as it was last read: so soon does a revocation act."""

GRACE_SECONDS = 900.0
"""How long a key read before is honoured while the database is away; no revocation can be written
there meanwhile, and the log answers on."""

KEYS_MAX = 10_000
FAILURES_MAX = 20
WINDOW_SECONDS = 60.0
"""How many wrong keys one address may try in how long a time."""

ADDRESSES_MAX = 10_000


@dataclass
class Cached:
    """A key as it was read: `seen` is when the database last said so, `asked` when it was asked."""

    key: Key
    seen: float
    asked: float


class Failures:
    """Counts wrong keys by address, in windows, for so many addresses at most."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[float, int]] = {}

    def wait(self, address: str, now: float) -> float:
        """Return the seconds after which the address may try again; 0 is now."""
        start, count = self._counts.get(address, (now, 0))
        return max(start + WINDOW_SECONDS - now, 0.0) if count >= FAILURES_MAX else 0.0

    def add(self, address: str, now: float) -> None:
        """Count a wrong key; where there are too many addresses, the oldest is forgotten."""
        start, count = self._counts.pop(address, (now, 0))
        if now - start >= WINDOW_SECONDS:
            start, count = now, 0
        self._counts[address] = (start, count + 1)
        if len(self._counts) > ADDRESSES_MAX:
            del self._counts[next(iter(self._counts))]


class Bearer:
    """Knows callers by `Authorization: Bearer tonne_...`, over the table of keys."""

    required = True

    def __init__(self, registry: Registry) -> None:
        keys.prepare(registry.views)
        self._registry = registry
        self._kept: dict[str, Cached] = {}
        self._failures = Failures()
        self._log = structlog.get_logger("keys")

    async def who(self, request: Request) -> Caller:
        """Return the caller of a good key.

        Raises Refused: 401 without a good key, 429 where an address tries too many; a key that was
        found before is not held up by others at its address. Raises TablesUnavailable where the
        database cannot say.
        """
        said = request.headers.get("authorization")
        if said is None:
            raise Refused("key_missing", headers={"WWW-Authenticate": 'Bearer realm="tonne"'})
        scheme, _, secret = said.partition(" ")
        known_by = keys.digest(secret.strip()) if scheme.lower() == "bearer" else None
        origin, now = address(request), monotonic()
        found = await self._find(known_by, origin, now)
        state = found.state(self._registry.now_ms()) if found else "unknown"
        if found is None or state != "good":
            self._failures.add(origin, now)
            self._log.info("key_refused", key=found.prefix if found else None, why=state)
            challenge = 'Bearer realm="tonne", error="invalid_token"'
            raise Refused("key_not_valid", headers={"WWW-Authenticate": challenge})
        return found.caller

    async def _find(self, known_by: str | None, address: str, now: float) -> Key | None:
        kept = self._kept.get(known_by or "")
        if kept is None:
            seconds = self._failures.wait(address, now)
            if seconds:
                raise Refused("too_many_wrong_keys", headers={"Retry-After": str(ceil(seconds))})
        elif now - kept.asked < FRESH_SECONDS and now - kept.seen <= GRACE_SECONDS:
            return kept.key
        return await self._read(known_by, kept, now) if known_by else None

    async def _read(self, known_by: str, kept: Cached | None, now: float) -> Key | None:
        """Read a key from the table; of those who know it already one does, the others go on."""
        if kept is not None:
            kept.asked = now
        try:
            key = await run_in_threadpool(keys.find, self._registry.views, known_by)
        except TablesUnavailable:
            if kept is not None and now - kept.seen <= GRACE_SECONDS:
                return kept.key
            self._kept.pop(known_by, None)
            raise
        self._kept.pop(known_by, None)
        if key is not None:
            self._kept[known_by] = Cached(key, now, now)
            if len(self._kept) > KEYS_MAX:
                del self._kept[next(iter(self._kept))]
        return key


def address(request: Request) -> str:
    """Return what counts as one address: of IPv6 the network that one client has for itself."""
    host = request.client.host if request.client else ""
    try:
        ip = ip_address(host)
    except ValueError:
        return host
    return f"{int(ip) >> 64:x}/64" if isinstance(ip, IPv6Address) else host
