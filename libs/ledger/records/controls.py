"""What the registers keep of the controls of movements."""

import msgspec

EVERY = ""
"""What stands for every scheme where movements are suspended."""


class Suspension(msgspec.Struct, frozen=True):
    """Movements of a scheme that are suspended, or all of them; its key says which."""

    suspension: str


class Freeze(msgspec.Struct, frozen=True):
    """Serials of an account that are frozen 差押え; they lie in the lock of the same name."""

    freeze: str
    account: str
    expires_ms: int | None = None


class Trusted(msgspec.Struct, frozen=True):
    """An account that another one trusts 信頼する口座, from an instant on."""

    entry: str
    effective_ms: int


class Moved(msgspec.Struct, frozen=True):
    """What of a scheme left an account on the newest day that any did."""

    day: str
    quantity: int


class Settled(msgspec.Struct, frozen=True):
    """A settled transfer that may still be reversed: whose it was, what it gave, and until when.

    `asked` is why its giver wants it back; None where it does not.
    """

    order: str
    source: str
    target: str
    until_ms: int
    picked: tuple[tuple[str, int, int], ...]
    asked: str | None = None


def pair(account: str, other: str) -> str:
    """Return the key of what stands between an account and another, or a scheme."""
    return f"{account}/{other}"
