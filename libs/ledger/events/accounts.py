"""Facts of an account's life 口座: applied for, reviewed, opened, led, renamed, merged, ended."""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.events.fact import Fact


class AccountFact(Fact, frozen=True, kw_only=True):
    """A fact of an account's life."""


class Holder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The legal entity that holds an account: in clear, for it is no natural person.

    country           of its seat, ISO 3166
    corporate_number  its 法人番号; every legal entity of Japan has one
    registered_as     its number in the register of its own country, where that is not Japan
    """

    country: str
    name: str
    name_kana: str
    corporate_number: str | UnsetType = UNSET
    registered_as: str | UnsetType = UNSET


class Representative(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who acts for an account, in a role; who that is in person, only a salted digest says."""

    actor: str
    role: str
    commitment: str | UnsetType = UNSET


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A point of the checklist 確認項目 that is ticked, and the digest of what shows it."""

    item: str
    document: str | UnsetType = UNSET


class AccountApplied(AccountFact, frozen=True, kw_only=True, tag="account.applied.v1"):
    """An account is applied for 口座開設申請, for the first time or again after a return."""

    account: str
    holder: Holder
    kind: str
    representatives: tuple[Representative, ...]
    department: str | UnsetType = UNSET


class AccountReviewed(AccountFact, frozen=True, kw_only=True, tag="account.reviewed.v1"):
    """The secretariat looked into an application 審査, and these points are settled."""

    account: str
    checks: tuple[Check, ...]
    reviewed_by: str


class AccountDecided(AccountFact, frozen=True, kw_only=True, tag="account.decided.v1"):
    """An application has its answer: opened, returned 差戻し, or rejected."""

    account: str
    outcome: str
    reason: str


class AccountRenamed(AccountFact, frozen=True, kw_only=True, tag="account.renamed.v1"):
    """The holder has another name 商号変更."""

    account: str
    name: str
    name_kana: str | UnsetType = UNSET


class AccountMerged(AccountFact, frozen=True, kw_only=True, tag="account.merged.v1"):
    """All that an account held is its successor's 合併・承継, and the account is closed."""

    account: str
    successor: str
    reason: str


class InsolvencyRecorded(AccountFact, frozen=True, kw_only=True, tag="insolvency.recorded.v1"):
    """Bankruptcy 破産: the account is frozen, and its administrator 破産管財人 alone represents it.

    All other representatives are dismissed, and every mandate the holder gave is revoked.
    """

    account: str
    administrator: Representative
    reason: str
    dismissed: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()


class ClosingBegun(AccountFact, frozen=True, kw_only=True, tag="closing.begun.v1"):
    """Nothing enters the account any more; what it holds may leave."""

    account: str


class RepresentativeAppointed(
    AccountFact, frozen=True, kw_only=True, tag="representative.appointed.v1"
):
    """Somebody represents the account from now on."""

    account: str
    representative: Representative


class RepresentativeDismissed(
    AccountFact, frozen=True, kw_only=True, tag="representative.dismissed.v1"
):
    """Somebody represents the account no more."""

    account: str
    actor: str


class RepresentativeReplaced(
    AccountFact, frozen=True, kw_only=True, tag="representative.replaced.v1"
):
    """One representative follows another, or the same person has another role."""

    account: str
    actor: str
    representative: Representative


class MandateGranted(AccountFact, frozen=True, kw_only=True, tag="mandate.granted.v1"):
    """An agent 代理人 may act for the account until the end of a day.

    The agent is another `account`'s holder, acting by its own representatives, or a legal entity
    without an account, acting by the `actors` that are named.
    """

    account: str
    mandate: str
    scope: tuple[str, ...]
    until: str
    agent: str | UnsetType = UNSET
    entity: Holder | UnsetType = UNSET
    actors: tuple[str, ...] = ()


class MandateRevoked(AccountFact, frozen=True, kw_only=True, tag="mandate.revoked.v1"):
    """The agent may act no more."""

    account: str
    mandate: str


AccountEvent: TypeAlias = (
    AccountApplied
    | AccountReviewed
    | AccountDecided
    | AccountRenamed
    | AccountMerged
    | InsolvencyRecorded
    | ClosingBegun
    | RepresentativeAppointed
    | RepresentativeDismissed
    | RepresentativeReplaced
    | MandateGranted
    | MandateRevoked
)
