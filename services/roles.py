"""What a process of a cluster can be."""

from collections.abc import Mapping
from typing import Literal, get_args

Role = Literal[
    "all",
    "replica",
    "projection",
    "issuance",
    "transfer",
    "invalidation",
    "notify",
    "intake",
]
ROLES: tuple[Role, ...] = get_args(Role)
ROOMS: tuple[Role, ...] = ("issuance", "transfer", "invalidation")
"""Roles that answer to callers."""

SERVES: Mapping[Role, tuple[str, ...]] = {
    "issuance": ("issuance",),
    "transfer": ("transfer",),
    "invalidation": ("invalidation", "pools"),
    "all": ("issuance", "transfer", "invalidation", "pools"),
}
"""Which rooms a role answers for: what credits were used up for stands beside their use."""

DECIDES: tuple[Role, ...] = ("replica", "all")
"""Roles whose replica may propose; every other one only verifies."""

FOLLOWS: tuple[Role, ...] = ("projection", "all")
"""Roles that fill the tables."""
