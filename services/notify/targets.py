"""Where a webhook may go: https to a public address, and to no other behind its back.

A name is resolved once, all its addresses are looked at, and the connection goes to one that was:
a name that answers otherwise a moment later leads nowhere else.
"""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import httpx

URL_LENGTH_MAX = 2000
NAT64 = IPv6Network("64:ff9b::/96")
PLATFORM = IPv4Address("168.63.129.16")
"""A public address behind which a cloud keeps what is its machines' alone."""

HTTPS, HTTP = 443, 80


class Forbidden(ValueError):
    """A webhook must not go there."""


@dataclass(frozen=True)
class Target:
    """A checked address: what to connect to, and what to ask for there."""

    url: httpx.URL
    address: str

    @property
    def pinned(self) -> httpx.URL:
        """The address to connect to, with the path that was asked for."""
        return self.url.copy_with(host=self.address)

    @property
    def named(self) -> str:
        """The Host that the receiver is asked as."""
        return self.url.netloc.decode()


def checked(url: str, *, loopback: bool = False) -> httpx.URL:
    """Return an address that has the form of a webhook's; raise Forbidden for any other.

    With `loopback` http to this very machine has it too, for development.
    """
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not plain or len(url) > URL_LENGTH_MAX:
        raise Forbidden("an address is plain ASCII, without spaces or backslashes")
    try:
        parts, parsed = urlsplit(url), httpx.URL(url)
        port = parts.port
    except (ValueError, httpx.InvalidURL):
        raise Forbidden("this is no address") from None
    if parts.scheme not in (("https", "http") if loopback else ("https",)):
        raise Forbidden("webhooks go over https")
    if not parts.hostname or "@" in parts.netloc or parts.fragment or "%" in parts.netloc:
        raise Forbidden("an address names a host, and no user and no fragment")
    if parsed.host.strip("[]") != parts.hostname or port == 0:
        raise Forbidden("this address can be read in two ways")
    try:
        parsed.host.encode("idna")  # as whoever resolves it will
    except UnicodeError:
        raise Forbidden("no name has an empty part, or one of more than 63 characters") from None
    return parsed


async def resolved(url: str, *, loopback: bool = False) -> Target:
    """Resolve an address once; raise Forbidden where any of its addresses is not public.

    Raises OSError where the name is not known.
    """
    parsed = checked(url, loopback=loopback)
    port = parsed.port or (HTTPS if parsed.scheme == "https" else HTTP)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(parsed.host, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    inside = [one for one in addresses if not public(one)]
    if inside and not (loopback and all(one.is_loopback for one in addresses)):
        raise Forbidden("this name leads to an address that is not public")
    if parsed.scheme == "http" and not inside:
        raise Forbidden("webhooks go over https")
    return Target(parsed, str(addresses[0]))


def public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address, and whatever address is hidden in it, is the whole world's."""
    if isinstance(address, IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour
        if hidden is not None:
            return public(hidden)
        if address.teredo is not None or address in NAT64 or address.is_site_local:
            return False
    is_inside = address == PLATFORM or address.is_multicast or address.is_reserved
    return address.is_global and not is_inside
