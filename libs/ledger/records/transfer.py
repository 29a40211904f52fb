"""What the registers keep of accounts, and of what orders set aside."""

import msgspec


class Account(msgspec.Struct, frozen=True):
    """A holding account: its status and who may act for it."""

    account: str
    status: str
    representatives: tuple[str, ...] = ()


class Reservation(msgspec.Struct, frozen=True):
    """Part of a holding that an order has set aside."""

    order: str
    account: str
    expires_ms: int | None = None
