"""What the transfer room asks for of itself: time, when something set aside is over."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from libs.ledger.codec import derived_id, write_command
from libs.ledger.commands import Tick
from libs.ledger.instants import text


class Dated(Protocol):
    """What has a day of its own: a reservation, an order, a freeze, or what comes of one."""

    @property
    def order(self) -> str:
        """Its name."""

    @property
    def expires_ms(self) -> int | None:
        """When time acts on it, if ever."""


D = TypeVar("D", bound=Dated)


def due(aside: Iterable[D], now_ms: int) -> D | None:
    """Return that whose day has come first, or None."""
    expired = [
        (kept.expires_ms, kept.order, kept)
        for kept in aside
        if kept.expires_ms is not None and kept.expires_ms <= now_ms
    ]
    return min(expired)[2] if expired else None


def tick(expired: Dated, now_ms: int) -> bytes:
    """Return the command that lets time pass for what is due.

    Its id comes from the due instant and the order: sent twice it passes once, and what one entry
    could not hold is freed by the next.
    """
    instant = text(expired.expires_ms or 0)
    identity = derived_id(f"tick/{instant}/{expired.order}")
    return write_command(identity, "tick.pass.v1", "system:time", text(now_ms), Tick(instant))
