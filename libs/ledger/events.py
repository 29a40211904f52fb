"""Every fact the journal can hold: one closed union of frozen structs.

A fact carries its postings, so that a reader needs no rule to follow the books. What the postings
say (which lot, which serials, from whom to whom) is not said again beside them.
"""

from typing import Annotated, TypeAlias

import msgspec

from libs.ledger.accounts import Grammar
from libs.ledger.rules import RuleSet
from libs.ledger.serials import SerialRange

BYTES_MAX = 8 * 1024 * 1024
BYTES_MIN = 4096
LINES_MAX = 10_000


class CreditPosting(
    msgspec.Struct, frozen=True, tag="t", tag_field="unit", forbid_unknown_fields=True, gc=False
):
    """The serials `first` to `last` of a lot, both included, leave `source` for `target`."""

    lot: str
    first: int
    last: int
    source: str
    target: str


class GramPosting(
    msgspec.Struct, frozen=True, tag="g", tag_field="unit", forbid_unknown_fields=True, gc=False
):
    """Grams of a pool's book leave `source` for `target`."""

    book: str
    quantity: int
    source: str
    target: str


class YenPosting(
    msgspec.Struct, frozen=True, tag="JPY", tag_field="unit", forbid_unknown_fields=True, gc=False
):
    """Yen of a book leave `source` for `target`."""

    book: str
    quantity: int
    source: str
    target: str


Posting: TypeAlias = CreditPosting | GramPosting | YenPosting


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every event has: the line of the command it answers, and what it moves."""

    line: int | msgspec.UnsetType = msgspec.UNSET
    postings: tuple[Posting, ...] = ()


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large an entry (bytes) and a command (lines) may be; fixed by the first entry."""

    bytes: Annotated[int, msgspec.Meta(ge=BYTES_MIN, le=BYTES_MAX)] = BYTES_MAX
    lines: Annotated[int, msgspec.Meta(ge=1, le=LINES_MAX)] = LINES_MAX


class LedgerOpened(Fact, frozen=True, kw_only=True, tag="ledger.opened.v1"):
    """The first fact: who operates, by what grammar, limits and rule set."""

    accounts: Grammar
    digest: str
    limits: Limits
    operators: tuple[str, ...]
    rules: RuleSet


class RulesAdopted(Fact, frozen=True, kw_only=True, tag="rules.adopted.v1"):
    """From the next entry on, another rule set decides."""

    digest: str
    rules: RuleSet


class LogAttached(Fact, frozen=True, kw_only=True, tag="log.attached.v1"):
    """A new generation of the commands log begins here and continues this head."""

    digest: str
    position: int


class ActProposed(Fact, frozen=True, kw_only=True, tag="act.proposed.v1"):
    """An act of two operators waits for the second, who names this position."""

    act: str
    actor: str
    body: msgspec.Raw
    position: int


class ActApproved(Fact, frozen=True, kw_only=True, tag="act.approved.v1"):
    """The second operator carried out the act proposed at `position`."""

    position: int


class TimePassed(Fact, frozen=True, kw_only=True, tag="time.passed.v1"):
    """The rules' clock was moved; what had fallen due follows in the same entry."""


class CheckpointRecorded(Fact, frozen=True, kw_only=True, tag="checkpoint.recorded.v1"):
    """A follower claims the holdings digest at a position; everyone can recompute it."""

    digest: str
    holdings: str
    position: int


class ProjectRegistered(Fact, frozen=True, kw_only=True, tag="project.registered.v1"):
    """A project プロジェクト stands in the register; its key is scheme, type and number in one."""

    project: str
    scheme: str
    kind: str
    name: str
    methodologies: tuple[str, ...]
    country: str | msgspec.UnsetType = msgspec.UNSET
    implementer: str | msgspec.UnsetType = msgspec.UNSET
    region: str | msgspec.UnsetType = msgspec.UNSET


class CreditsIssued(Fact, frozen=True, kw_only=True, tag="credits.issued.v1"):
    """Credits of a certification 認証・発行 came into being, some of them into a buffer."""

    lot: str
    project: str
    account: str
    certified_on: str
    vintage_from: str
    vintage_to: str


class IssuanceWithdrawn(Fact, frozen=True, kw_only=True, tag="issuance.withdrawn.v1"):
    """An issuance made in error, still held by its first holder, was taken back 認証取消."""

    lot: str
    reason: str


class BufferReleased(Fact, frozen=True, kw_only=True, tag="buffer.released.v1"):
    """Credits left the buffer for a holder."""

    account: str


class BufferCancelled(Fact, frozen=True, kw_only=True, tag="buffer.cancelled.v1"):
    """Credits of the buffer made good for a reversal 吸収効果消失."""

    reason: str


class AccountOpened(Fact, frozen=True, kw_only=True, tag="account.opened.v1"):
    """A holding account 保有口座 is open."""

    account: str
    name: str
    representatives: tuple[str, ...] = ()


class AccountFrozen(Fact, frozen=True, kw_only=True, tag="account.frozen.v1"):
    """Nothing enters or leaves the account until it is unfrozen."""

    account: str
    reason: str


class AccountUnfrozen(Fact, frozen=True, kw_only=True, tag="account.unfrozen.v1"):
    """The account is open again."""

    account: str


class AccountClosed(Fact, frozen=True, kw_only=True, tag="account.closed.v1"):
    """The account was empty and is closed for ever."""

    account: str


class TransferSettled(Fact, frozen=True, kw_only=True, tag="transfer.settled.v1"):
    """Credits changed hands 移転: requested and settled in one entry."""

    source: str
    target: str
    stated_on: str | msgspec.UnsetType = msgspec.UNSET


class CreditsReserved(Fact, frozen=True, kw_only=True, tag="credits.reserved.v1"):
    """Part of a holding is set aside 留保 for an order."""

    account: str
    order: str
    expires_at: str | msgspec.UnsetType = msgspec.UNSET


class ReservationReleased(Fact, frozen=True, kw_only=True, tag="reservation.released.v1"):
    """What was set aside is free again."""

    account: str
    order: str


class ReservationExpired(Fact, frozen=True, kw_only=True, tag="reservation.expired.v1"):
    """What was set aside is free again because its time is over."""

    account: str
    order: str


class CreditsInvalidated(Fact, frozen=True, kw_only=True, tag="credits.invalidated.v1"):
    """Credits were used up 無効化, once and for ever, for a stated claim."""

    account: str
    beneficiary: str
    purpose: str
    detail: str | msgspec.UnsetType = msgspec.UNSET
    period_from: str | msgspec.UnsetType = msgspec.UNSET
    period_to: str | msgspec.UnsetType = msgspec.UNSET
    stated_on: str | msgspec.UnsetType = msgspec.UNSET


class CreditsCancelled(Fact, frozen=True, kw_only=True, tag="credits.cancelled.v1"):
    """Credits of a 国内クレジット scheme were used up 償却, once and for ever, for a claim."""

    account: str
    beneficiary: str
    purpose: str
    detail: str | msgspec.UnsetType = msgspec.UNSET
    period_from: str | msgspec.UnsetType = msgspec.UNSET
    period_to: str | msgspec.UnsetType = msgspec.UNSET
    stated_on: str | msgspec.UnsetType = msgspec.UNSET


class CreditsAnnulled(Fact, frozen=True, kw_only=True, tag="credits.annulled.v1"):
    """The regulator annulled serials of a lot: held ones are withdrawn, used ones are marked."""

    lot: str
    reason: str
    used: tuple[SerialRange, ...] = ()


class DutyOpened(Fact, frozen=True, kw_only=True, tag="duty.opened.v1"):
    """Somebody must replace credits that were used and then annulled."""

    debtor: str
    duty: str
    lot: str
    quantity: int


Event: TypeAlias = (
    LedgerOpened
    | RulesAdopted
    | LogAttached
    | ActProposed
    | ActApproved
    | TimePassed
    | CheckpointRecorded
    | ProjectRegistered
    | CreditsIssued
    | IssuanceWithdrawn
    | BufferReleased
    | BufferCancelled
    | AccountOpened
    | AccountFrozen
    | AccountUnfrozen
    | AccountClosed
    | TransferSettled
    | CreditsReserved
    | ReservationReleased
    | ReservationExpired
    | CreditsInvalidated
    | CreditsCancelled
    | CreditsAnnulled
    | DutyOpened
)
