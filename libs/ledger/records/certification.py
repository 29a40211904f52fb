"""What the registers keep of certifications, and of the lots that were issued of them."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.events.issuance import AppliedMethodology

Phase: TypeAlias = Literal[
    "MONITORING",
    "REPORTED",
    "VERIFIED",
    "SUBMITTED",
    "COMMITTEE_APPROVED",
    "ISSUED",
    "RETURNED",
    "REJECTED",
]
FREED: frozenset[Phase] = frozenset({"RETURNED", "REJECTED"})
"""What no longer occupies its period and its devices: another certification may."""


class Certification(msgspec.Struct, frozen=True):
    """A certification 認証: whose period it is, how far it came, what it will be issued with.

    `place` is where its project or member stood when it was opened, by whatever name it may come
    back; nothing where there is no plan of it.
    """

    certification: str
    phase: Phase
    project: str
    period_from: str
    period_to: str
    devices: tuple[str, ...]
    member: str | UnsetType = UNSET
    methodologies: tuple[AppliedMethodology, ...] = ()
    quantity: int = 0
    electricity_kwh: int = 0
    heat_mj: int = 0
    energy_saving: bool = False
    prefecture: int | UnsetType = UNSET
    decided_on: str = ""
    place: str = ""


class CertifiedLot(msgspec.Struct, frozen=True):
    """What was certified with a lot: so many tonnes, and so many kWh of renewable electricity."""

    certification: str
    quantity: int
    electricity_kwh: int
