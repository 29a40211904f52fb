"""How often somebody may try: each address by itself, and of IPv6 each customer's network."""

import pytest

from libs.edge.problems import Refused
from services.notify.throttle import Throttle

NOW_MS = 1_790_000_000_000


def tried(*addresses: str) -> list[bool]:
    """Return who of these got a try, where everybody has one a minute."""
    throttle, found = Throttle(1), []
    for address in addresses:
        try:
            throttle.insist(address, NOW_MS)
        except Refused:
            found.append(False)
        else:
            found.append(True)
    return found


def test_each_address_of_ipv4_has_its_own_tries() -> None:
    assert tried("192.0.2.1", "192.0.2.2", "192.0.2.1") == [True, True, False]


def test_a_network_of_ipv6_is_counted_as_one() -> None:
    near = ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:DB8::1:0:0:0:3")
    assert tried(*near) == [True, False, False]
    assert tried("2001:db8:0:1::1", "2001:db8:0:2::1") == [True, True]


def test_ipv4_in_the_clothes_of_ipv6_is_ipv4() -> None:
    assert tried("::ffff:192.0.2.1", "::ffff:192.0.2.2", "192.0.2.1") == [True, True, False]


def test_what_is_no_address_is_counted_too() -> None:
    assert tried("", "proxy", "", "proxy") == [True, True, False, False]


def test_who_waits_as_long_as_told_has_a_try_again() -> None:
    throttle = Throttle(2)
    throttle.insist("2001:db8::1", NOW_MS)
    throttle.insist("2001:db8::2", NOW_MS)
    with pytest.raises(Refused) as refused:
        throttle.insist("2001:db8::3", NOW_MS)
    assert refused.value.headers == {"Retry-After": "30"}
    throttle.insist("2001:db8::3", NOW_MS + 30_000)
