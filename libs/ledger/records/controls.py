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
