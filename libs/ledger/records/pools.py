"""What the registers keep of pools: how much of each is told out, and who may offer of it."""

import msgspec
from msgspec import UNSET, UnsetType


class Pool(msgspec.Struct, frozen=True):
    """A pool: whose it is, and how far its grams and its yen are told out.

    account    whose credits are retired for it
    name       who is named as their user: who operates the pool
    origin     where credits for it must have been made, as places of projects begin
    retired    grams of the credits that were ever used up for it
    allocated  grams that stand on certificates
    pledged    yen that were ever entrusted to it
    settled    yen of these that became grams
    """

    pool: str
    account: str
    name: str
    origin: tuple[str, ...] | UnsetType = UNSET
    retired: int = 0
    allocated: int = 0
    pledged: int = 0
    settled: int = 0


class Tenant(msgspec.Struct, frozen=True):
    """Who offers goods out of a pool, and the last day that its fee is paid for."""

    pool: str
    tenant: str
    paid_until: str = ""


class Goods(msgspec.Struct, frozen=True):
    """Goods of a tenant, and how many grams each offsets."""

    pool: str
    tenant: str
    goods: str
    grams: int


class Campaign(msgspec.Struct, frozen=True):
    """A campaign of a pool: its legal days, its partners, and whether it ended before the last."""

    pool: str
    campaign: str
    runs_from: str
    runs_to: str
    partners: tuple[str, ...] = ()
    closed: bool = False


def key(*parts: str) -> str:
    """Return the key of what belongs to a pool."""
    return " ".join(parts)
