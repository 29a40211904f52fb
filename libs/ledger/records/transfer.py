"""What the registers keep of accounts, and of what orders set aside."""

import msgspec

from libs.ledger.records.accounts import BOTH

APPROVAL, ACCEPTANCE, DELAY = "approval", "acceptance", "delay"
"""What an order can wait for: a second representative of its giver, its receiver, its day."""


class Account(msgspec.Struct, frozen=True):
    """A holding account: its status, and who may act for it in which role."""

    account: str
    status: str
    representatives: tuple[str, ...] = ()
    roles: dict[str, str] = {}

    def role(self, actor: str) -> str:
        """Return a representative's role; one who was named without any has both."""
        return self.roles.get(actor, BOTH)


class Order(msgspec.Struct, frozen=True):
    """A transfer order 移転申請 that is not settled: whose it is, and what it still waits for."""

    order: str
    source: str
    target: str
    placed_by: str
    waits_for: tuple[str, ...]
    expires_ms: int | None = None
    settles_ms: int | None = None


class Reservation(msgspec.Struct, frozen=True):
    """Part of a holding that an order has set aside."""

    order: str
    account: str
    expires_ms: int | None = None
