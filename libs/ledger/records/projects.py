"""What the registers keep of plans, of projects that came of them, and of who examines them."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.events.issuance import AppliedMethodology

PlanPhase: TypeAlias = Literal[
    "DRAFT",
    "VALIDATED",
    "SUBMITTED",
    "COMMITTEE",
    "REGISTERED",
    "ACTIVE",
    "EXTENDED",
    "MONITORED_POST_PERIOD",
    "ENDED",
    "WITHDRAWN",
    "RETURNED",
    "REJECTED",
]
BEFORE: tuple[PlanPhase, ...] = ("DRAFT", "VALIDATED", "SUBMITTED", "COMMITTEE", "RETURNED")
"""The phases of a plan that is no project yet."""
RUNNING: tuple[PlanPhase, ...] = ("REGISTERED", "ACTIVE", "EXTENDED")
"""The phases of a project that credits are or will be certified for."""


class Plan(msgspec.Struct, frozen=True):
    """A plan that was taken in, its phase, and the period that credits may be certified for.

    place         what makes it the same as another
    extended      how often its period was extended
    runs_to       the last credited day of all that belongs to it; its own where it has no member
    monitored_to  the last day that its removal is watched
    """

    project: str
    phase: PlanPhase
    credited_from: str
    credited_to: str
    scheme: str = ""
    kind: str = ""
    form: str = "normal"
    name: str = ""
    implementer: str = ""
    methodologies: tuple[AppliedMethodology, ...] = ()
    prefecture: int = 0
    applied_on: str = ""
    place: str = ""
    extended: int = 0
    runs_to: str = ""
    monitored_to: str = ""


class Body(msgspec.Struct, frozen=True):
    """A validation and verification body 審査機関, and who speaks for it."""

    body: str
    name: str
    representatives: tuple[str, ...]
    affiliates: tuple[str, ...] = ()
    suspended: bool = False
    sectors: tuple[str, ...] | UnsetType = UNSET
    since: str | UnsetType = UNSET
    until: str | UnsetType = UNSET


class Member(msgspec.Struct, frozen=True):
    """A member of a programme, and the period that credits may be certified for of it."""

    project: str
    member: str
    credited_from: str
    credited_to: str
    place: str
    left: bool = False


def part_key(project: str, part: str) -> str:
    """Return what a part of a project is found by, a member or a document: no code has a colon."""
    return f"{project}:{part}"
