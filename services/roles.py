"""What a process of a cluster can be."""

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

DECIDES: tuple[Role, ...] = ("replica", "all")
"""Roles whose replica may propose; every other one only verifies."""

FOLLOWS: tuple[Role, ...] = ("projection", "all")
"""Roles that fill the tables."""
