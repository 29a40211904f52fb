"""What the registers keep of projects and of their lots."""

import msgspec


class Project(msgspec.Struct, frozen=True):
    """A registered project; its key is scheme, type and number in one."""

    project: str
    scheme: str
    kind: str
    implementer: str
    methodologies: tuple[str, ...] = ()


class Lot(msgspec.Struct, frozen=True):
    """One certification's block of serials, and the account that was first to hold it.

    `rank` is (day of certification, lot): total designation 総量指定方式 picks in this order.
    """

    lot: str
    project: str
    scheme: str
    account: str
    rank: tuple[str, str]
