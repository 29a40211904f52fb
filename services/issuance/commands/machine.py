"""What can be asked of a plan on its way into the register, and of the project that comes of it."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import Actor
from libs.ledger.commands import Digest
from libs.ledger.instants import Day
from libs.ledger.texts import Code, Name, Note


class AccreditBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a validation and verification body 審査機関 examine; always an act of two operators.

    `affiliates` are the implementers that it does not stand far enough from. `sectors` 分野 are
    what it is accredited for, everything where absent; `since` and `until` are both included. A
    committee 認証委員会 is a body of no sector: it decides, and examines nothing.
    """

    body: Code
    name: Name
    representatives: Annotated[tuple[Actor, ...], msgspec.Meta(min_length=1, max_length=100)]
    affiliates: Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)] = ()
    sectors: Annotated[tuple[Code, ...], msgspec.Meta(max_length=100)] | UnsetType = UNSET
    since: Day | UnsetType = UNSET
    until: Day | UnsetType = UNSET


class SuspendBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a body examine no more; always an act of two operators. It may be accredited again."""

    body: Code
    reason: Note


class ValidateProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stand by a plan 妥当性確認, as a body that is not the implementer's own.

    `statement` is the SHA-256 of the body's report.
    """

    body: Code
    project: Code
    validated_on: Day
    statement: Digest | UnsetType = UNSET


class SubmitProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Apply for the registration of a validated plan 登録申請."""

    project: Code


class ExamineProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lay a plan before the committee 認証委員会 that meets on this day."""

    meets_on: Day
    project: Code


class DecideProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Enter what the committee decided on this day, by its minutes 議事録.

    A plan that it registers becomes a project; one that it returns may be changed.
    """

    met_on: Day
    minutes: Name
    outcome: Literal["registered", "rejected", "returned"]
    project: Code


class ExtendProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let the crediting period go on 延長, as far as the rule set lets it, by the minutes."""

    met_on: Day
    minutes: Name
    project: Code


class EndProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """End the crediting period today, before its time."""

    project: Code
    reason: Note


class WithdrawProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a plan back, or cancel a registration 登録取消: nothing more can be issued of it."""

    project: Code
    reason: Note
