"""Who may have an account, and what is looked into before it is opened, as rule data."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.instants import Day
from libs.ledger.texts import Code, Name


class AccountKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of account; `once` says that a business has one of it, or one per department."""

    name_ja: Name
    once: bool


class AccountRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an application for an account 口座開設申請 is held against.

    checklist          the points 確認項目 that are settled before an account is opened
    kinds              the kinds of account that may be applied for
    departments_since  from this day a department with power of decision 部署 has one of its own
    """

    checklist: Annotated[tuple[Code, ...], msgspec.Meta(max_length=100)]
    kinds: dict[Code, AccountKind]
    departments_since: Day | UnsetType = UNSET


NO_KIND = AccountRules((), {})
"""What counts where a rule set says nothing: there is no kind, so nothing is applied for."""
