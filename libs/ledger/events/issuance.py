"""Facts of the issuance room: projects, certifications, credits that come into being, buffers."""

from typing import TypeAlias

import msgspec

from libs.ledger.events.fact import Fact
from libs.ledger.texts import Code


class IssuanceFact(Fact, frozen=True, kw_only=True):
    """A fact of the issuance room."""


class ProjectRegistered(IssuanceFact, frozen=True, kw_only=True, tag="project.registered.v1"):
    """A project プロジェクト stands in the register; its key is scheme, type and number in one."""

    project: str
    scheme: str
    kind: str
    name: str
    methodologies: tuple[str, ...]
    country: str | msgspec.UnsetType = msgspec.UNSET
    implementer: str | msgspec.UnsetType = msgspec.UNSET
    region: str | msgspec.UnsetType = msgspec.UNSET


class AppliedMethodology(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A methodology 方法論 in the version that a plan follows."""

    code: Code
    version: Code


class PlanFact(IssuanceFact, frozen=True, kw_only=True):
    """A plan プロジェクト計画書 as it is from now on, with its crediting period."""

    project: str
    scheme: str
    kind: str
    form: str
    name: str
    implementer: str
    methodologies: tuple[AppliedMethodology, ...]
    prefecture: int
    site: str
    implemented_on: str
    applied_on: str
    credited_from: str
    credited_to: str
    consent: bool
    quality_tested: bool
    added_on: str | msgspec.UnsetType = msgspec.UNSET
    exemption: str | msgspec.UnsetType = msgspec.UNSET
    monitorable_on: str | msgspec.UnsetType = msgspec.UNSET
    payback_months: int | msgspec.UnsetType = msgspec.UNSET
    permanence: str | msgspec.UnsetType = msgspec.UNSET
    added_device: str | msgspec.UnsetType = msgspec.UNSET
    post_fit: bool | msgspec.UnsetType = msgspec.UNSET
    residual_share: int | msgspec.UnsetType = msgspec.UNSET
    survey: str | msgspec.UnsetType = msgspec.UNSET


class ProjectDrafted(PlanFact, frozen=True, kw_only=True, tag="project.drafted.v1"):
    """A plan プロジェクト計画書 that could be registered was taken in, with its crediting period.

    `credited_to` is the last day of the period. The plan is no project yet: nothing can be issued.
    """


class PlanChanged(PlanFact, frozen=True, kw_only=True, tag="plan.changed.v1"):
    """Another plan is in the place of one 計画変更; what was examined of the old one is void.

    `phase` is where it stands now: at the beginning, or where the project was.
    """

    phase: str
    reason: str


class CreditsIssued(IssuanceFact, frozen=True, kw_only=True, tag="credits.issued.v1"):
    """Credits of a certification 認証・発行 came into being, some of them into a buffer.

    `account` is GOV:HOLD where they are the state's 政府保有. What was certified beside the
    tonnes is said where a certification of the register stands behind them.
    """

    lot: str
    project: str
    account: str
    certified_on: str
    vintage_from: str
    vintage_to: str
    certification: str | msgspec.UnsetType = msgspec.UNSET
    electricity_kwh: int | msgspec.UnsetType = msgspec.UNSET
    energy_saving: bool | msgspec.UnsetType = msgspec.UNSET
    heat_mj: int | msgspec.UnsetType = msgspec.UNSET
    prefecture: int | msgspec.UnsetType = msgspec.UNSET


class GovernmentReleased(IssuanceFact, frozen=True, kw_only=True, tag="government.released.v1"):
    """Credits of the state 政府保有クレジット left its book for a holder's."""

    account: str
    reason: str


class IssuanceWithdrawn(IssuanceFact, frozen=True, kw_only=True, tag="issuance.withdrawn.v1"):
    """An issuance made in error, still held by its first holder, was taken back 認証取消."""

    lot: str
    reason: str


class BufferReleased(IssuanceFact, frozen=True, kw_only=True, tag="buffer.released.v1"):
    """Credits left the buffer for a holder."""

    account: str


class BufferCancelled(IssuanceFact, frozen=True, kw_only=True, tag="buffer.cancelled.v1"):
    """Credits of the buffer made good for a reversal 吸収効果消失."""

    reason: str


IssuanceEvent: TypeAlias = (
    ProjectRegistered
    | ProjectDrafted
    | PlanChanged
    | CreditsIssued
    | GovernmentReleased
    | IssuanceWithdrawn
    | BufferReleased
    | BufferCancelled
)
