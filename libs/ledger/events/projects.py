"""Facts of a project's life: its examination, its registration, its periods, its end."""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.events.fact import Fact
from libs.ledger.events.issuance import AppliedMethodology
from libs.ledger.instants import Day
from libs.ledger.serials import Quantity
from libs.ledger.texts import Code


class ProjectFact(Fact, frozen=True, kw_only=True):
    """A fact of a project's life, or of those who examine it."""


class BodyAccredited(ProjectFact, frozen=True, kw_only=True, tag="body.accredited.v1"):
    """A validation and verification body 審査機関 may examine; but not its own affiliates.

    `sectors` is what it may examine, everything where absent; for a committee it is nothing.
    """

    body: str
    name: str
    representatives: tuple[str, ...]
    affiliates: tuple[str, ...] = ()
    sectors: tuple[str, ...] | UnsetType = UNSET
    since: str | UnsetType = UNSET
    until: str | UnsetType = UNSET


class BodySuspended(ProjectFact, frozen=True, kw_only=True, tag="body.suspended.v1"):
    """A body may examine no more, until it is accredited again."""

    body: str
    reason: str


class ProjectValidated(ProjectFact, frozen=True, kw_only=True, tag="project.validated.v1"):
    """A body stands by the plan 妥当性確認, by a statement of this digest."""

    project: str
    body: str
    validated_on: str
    statement: str | UnsetType = UNSET


class ProjectSubmitted(ProjectFact, frozen=True, kw_only=True, tag="project.submitted.v1"):
    """The registration of a validated plan was applied for 登録申請."""

    project: str


class ProjectExamined(ProjectFact, frozen=True, kw_only=True, tag="project.examined.v1"):
    """The plan lies before the committee 認証委員会 that meets on this day."""

    project: str
    meets_on: str


class ProjectDecided(ProjectFact, frozen=True, kw_only=True, tag="project.decided.v1"):
    """The committee registered, returned or rejected a plan; its minutes 議事録 say why."""

    project: str
    outcome: str
    minutes: str
    met_on: str


class ProjectActivated(ProjectFact, frozen=True, kw_only=True, tag="project.activated.v1"):
    """The crediting period 認証対象期間 of a registered project has begun."""

    project: str


class ProjectExtended(ProjectFact, frozen=True, kw_only=True, tag="project.extended.v1"):
    """The crediting period goes on until this day 延長, as the committee's minutes say."""

    project: str
    credited_to: str
    minutes: str
    met_on: str


class ProjectEnded(ProjectFact, frozen=True, kw_only=True, tag="project.ended.v1"):
    """The crediting period is over; `monitored_to` is the last day that a removal is watched.

    `ended_on` is the last day of all that belongs to it, `credited_to` of its own period.
    """

    project: str
    ended_on: str
    credited_to: str
    monitored_to: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class MonitoringEnded(ProjectFact, frozen=True, kw_only=True, tag="monitoring.ended.v1"):
    """A removal has lasted as long as it had to: nobody watches it any more."""

    project: str


class ProjectWithdrawn(ProjectFact, frozen=True, kw_only=True, tag="project.withdrawn.v1"):
    """A plan was taken back, or a registration was cancelled 登録取消."""

    project: str
    reason: str


class MemberJoined(ProjectFact, frozen=True, kw_only=True, tag="member.joined.v1"):
    """A member 会員 and its activity are in a programme, with a crediting period of its own."""

    project: str
    member: str
    methodologies: tuple[AppliedMethodology, ...]
    prefecture: int
    site: str
    implemented_on: str
    credited_from: str
    credited_to: str


class MemberLeft(ProjectFact, frozen=True, kw_only=True, tag="member.left.v1"):
    """A member is out of its programme, and credited for until this day."""

    project: str
    member: str
    credited_to: str
    reason: str


class Activity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member of a programme did on a day, and the grams of CO2 its app counts for it."""

    member: Code
    activity: Code
    done_on: Day
    grams: Quantity


class ActivitiesReported(ProjectFact, frozen=True, kw_only=True, tag="activities.reported.v1"):
    """An app told, for the implementer's account, what members did; nothing is certified by it."""

    project: str
    account: str
    reported: tuple[Activity, ...]


class ProjectHandedOver(ProjectFact, frozen=True, kw_only=True, tag="implementer.changed.v1"):
    """Another implementer carries a project out from now on 承継, and owes what it owes."""

    project: str
    predecessor: str
    implementer: str
    handed_on: str
    reason: str


class LossReported(ProjectFact, frozen=True, kw_only=True, tag="loss.reported.v1"):
    """A removal was lost 吸収効果消失; `covered_by` is who makes good for it: buffer or holder."""

    project: str
    loss: str
    cause: str
    covered_by: str
    happened_on: str
    quantity: int
    detail: str


class LossOwed(ProjectFact, frozen=True, kw_only=True, tag="loss.owed.v1"):
    """Somebody must make good for a removal that was lost 補填義務, so many whole tonnes of it."""

    project: str
    loss: str
    duty: str
    debtor: str
    quantity: int


class DocumentAttached(ProjectFact, frozen=True, kw_only=True, tag="document.attached.v1"):
    """A document belongs to a plan, by its kind and the SHA-256 of its bytes."""

    project: str
    kind: str
    sha256: str


ProjectEvent: TypeAlias = (
    BodyAccredited
    | BodySuspended
    | ProjectValidated
    | ProjectSubmitted
    | ProjectExamined
    | ProjectDecided
    | ProjectActivated
    | ProjectExtended
    | ProjectEnded
    | MonitoringEnded
    | ProjectWithdrawn
    | MemberJoined
    | MemberLeft
    | ActivitiesReported
    | ProjectHandedOver
    | LossReported
    | LossOwed
    | DocumentAttached
)
