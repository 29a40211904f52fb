"""What happens to the ledger itself: its opening, rules, time, second pairs of eyes."""

from typing import Annotated, TypeAlias

import msgspec

from libs.ledger.accounts import Grammar
from libs.ledger.events.fact import Fact
from libs.ledger.rules import RuleSet

MEBIBYTE = 1024 * 1024
BYTES_MAX = 24 * MEBIBYTE
"""The most an entry may take: a command of 8 MiB, its facts that repeat it, and their postings."""

BYTES_UNSAID = 8 * MEBIBYTE
"""What an opening means that says nothing; shipped, so it stays."""

BYTES_MIN = 4096
LINES_MAX = 10_000


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large an entry (bytes) and a command (lines) may be; fixed by the first entry."""

    bytes: Annotated[int, msgspec.Meta(ge=BYTES_MIN, le=BYTES_MAX)] = BYTES_UNSAID
    lines: Annotated[int, msgspec.Meta(ge=1, le=LINES_MAX)] = LINES_MAX


class LedgerFact(Fact, frozen=True, kw_only=True):
    """A fact about the ledger itself."""


class LedgerOpened(LedgerFact, frozen=True, kw_only=True, tag="ledger.opened.v1"):
    """The first fact: who operates, by what grammar, limits and rule set."""

    accounts: Grammar
    digest: str
    limits: Limits
    operators: tuple[str, ...]
    rules: RuleSet


class RulesAdopted(LedgerFact, frozen=True, kw_only=True, tag="rules.adopted.v1"):
    """From the next entry on, another rule set decides."""

    digest: str
    rules: RuleSet


class OperatorAppointed(LedgerFact, frozen=True, kw_only=True, tag="operator.appointed.v1"):
    """One more person operates the ledger."""

    operator: str


class OperatorDismissed(LedgerFact, frozen=True, kw_only=True, tag="operator.dismissed.v1"):
    """A person operates the ledger no more."""

    operator: str
    reason: str


class LogAttached(LedgerFact, frozen=True, kw_only=True, tag="log.attached.v1"):
    """A new generation of the commands log begins here and continues this head."""

    digest: str
    position: int


class ActProposed(LedgerFact, frozen=True, kw_only=True, tag="act.proposed.v1"):
    """An act of two operators waits for the second, who names this position."""

    act: str
    actor: str
    body: msgspec.Raw
    position: int


class ActApproved(LedgerFact, frozen=True, kw_only=True, tag="act.approved.v1"):
    """The second operator carried out the act proposed at `position`."""

    position: int


class TimePassed(LedgerFact, frozen=True, kw_only=True, tag="time.passed.v1"):
    """The rules' clock was moved; what had fallen due follows in the same entry."""


class CheckpointRecorded(LedgerFact, frozen=True, kw_only=True, tag="checkpoint.recorded.v1"):
    """A follower claims the holdings digest at a position; everyone can recompute it."""

    digest: str
    holdings: str
    position: int


class LedgerCompensated(LedgerFact, frozen=True, kw_only=True, tag="ledger.compensated.v1"):
    """What the entry at `position` moved in error went back 訂正仕訳, by that at `compensation`."""

    compensation: int
    position: int
    reason: str


LedgerEvent: TypeAlias = (
    LedgerOpened
    | RulesAdopted
    | OperatorAppointed
    | OperatorDismissed
    | LogAttached
    | ActProposed
    | ActApproved
    | TimePassed
    | CheckpointRecorded
    | LedgerCompensated
)
