"""How often an address may try: so many times a minute, for what no key guards."""

import ipaddress
from collections import OrderedDict
from math import ceil

from libs.edge.problems import Refused

ADDRESSES_MAX = 10_000
MINUTE_MS = 60_000
NETWORK_BITS = 64
"""What one customer has of IPv6 at least: 2^64 addresses to come from."""


class Throttle:
    """A bucket per address, of IPv6 per /64; it fills evenly, and forgets who came longest ago."""

    def __init__(self, a_minute: int) -> None:
        self._most = a_minute
        self._step_ms = MINUTE_MS / a_minute
        self._empty_at: OrderedDict[str, float] = OrderedDict()

    def insist(self, address: str, now_ms: int) -> None:
        """Take one try of an address; raise Refused where it has none left."""
        who = _who(address)
        free_at = max(self._empty_at.pop(who, 0.0), float(now_ms)) + self._step_ms
        over_ms = free_at - now_ms - MINUTE_MS
        if over_ms > 0:
            self._empty_at[who] = free_at - self._step_ms
            wait = str(max(1, ceil(over_ms / 1000)))
            raise Refused("too_many_tries", headers={"Retry-After": wait})
        self._empty_at[who] = free_at
        while len(self._empty_at) > ADDRESSES_MAX:
            self._empty_at.popitem(last=False)


def _who(address: str) -> str:
    """Return whom an address is counted as; what is no address stands for itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(found), NETWORK_BITS), strict=False))
