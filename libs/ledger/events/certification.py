"""Facts of certification 認証: what was monitored, reported, verified and decided of a project."""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.events.fact import Fact
from libs.ledger.events.issuance import AppliedMethodology
from libs.ledger.serials import Count


class Reduction(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="reduction", tag_field="kind"
):
    """What an emission reduction 排出削減 was computed from, in whole kilograms of CO2e."""

    baseline_kg: Count
    project_kg: Count


class Removal(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="removal", tag_field="kind"
):
    """What a removal 吸収 was computed from, in whole kilograms of CO2e."""

    baseline_removal_kg: Count
    project_emission_kg: Count
    project_removal_kg: Count


Measured: TypeAlias = Reduction | Removal


class CertificationFact(Fact, frozen=True, kw_only=True):
    """A fact about a certification."""

    certification: str


class CertificationOpened(
    CertificationFact, frozen=True, kw_only=True, tag="certification.opened.v1"
):
    """A period of a project, or of one member of a programme, is monitored by these devices."""

    project: str
    period_from: str
    period_to: str
    devices: tuple[str, ...]
    member: str | UnsetType = UNSET


class CertificationReported(
    CertificationFact, frozen=True, kw_only=True, tag="certification.reported.v1"
):
    """The monitoring report モニタリング報告 is in, and gives this quantity in whole tonnes."""

    measured: Measured
    methodologies: tuple[AppliedMethodology, ...]
    quantity: int
    electricity_kwh: int
    heat_mj: int
    energy_saving: bool
    prefecture: int | UnsetType = UNSET
    document: str | UnsetType = UNSET


class CertificationVerified(
    CertificationFact, frozen=True, kw_only=True, tag="certification.verified.v1"
):
    """A verification body 審査機関 stands by the report 検証."""

    verifier: str
    verified_on: str
    document: str | UnsetType = UNSET


class CertificationSubmitted(
    CertificationFact, frozen=True, kw_only=True, tag="certification.submitted.v1"
):
    """The certification lies before the committee 認証委員会."""


class CertificationDecided(
    CertificationFact, frozen=True, kw_only=True, tag="certification.decided.v1"
):
    """The committee approved, returned or rejected it, on the day and in the minutes named."""

    outcome: str
    minutes: str
    decided_on: str


CertificationEvent: TypeAlias = (
    CertificationOpened
    | CertificationReported
    | CertificationVerified
    | CertificationSubmitted
    | CertificationDecided
)
