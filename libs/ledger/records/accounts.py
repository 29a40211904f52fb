"""What the registers keep of applications for accounts, and of mandates."""

import msgspec

INITIATOR, APPROVER, BOTH, READ_ONLY = "initiator", "approver", "both", "read_only"
"""The roles of representatives: who places, who approves, who may do both, who only looks."""


class Opening(msgspec.Struct, frozen=True):
    """An application for an account, and what it came to.

    `business` tells the legal entity, `roles` are its representatives' to be, `name` is what it is
    called now.
    """

    account: str
    business: str
    department: str
    kind: str
    status: str
    roles: tuple[tuple[str, str], ...]
    ticked: frozenset[str] = frozenset()
    name: str = ""


class Mandate(msgspec.Struct, frozen=True):
    """What an agent may do, until the end of a day; `agent` is its account where it has one."""

    mandate: str
    agent: str
    actors: tuple[str, ...]
    scope: tuple[str, ...]
    until: str
