"""The ledger's own commands: opening it, its rules, its second pairs of eyes, its time."""

from typing import Annotated

import msgspec

from libs.ledger.accounts import AccountCode, Actor, Grammar
from libs.ledger.events import Limits
from libs.ledger.instants import Instant
from libs.ledger.rules import RuleSet
from libs.ledger.serials import Count, LotId, Serial
from libs.ledger.texts import Note

Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}(?![\s\S])")]


class OpenLedger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open the ledger: its first operators (two or more), grammar, limits and rule set."""

    accounts: Grammar
    ledger: str
    limits: Limits
    operators: tuple[Actor, ...]
    rules: RuleSet


class AdoptRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Decide by another rule set, given whole; always an act of two operators."""

    rules: RuleSet


class AppointOperator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let one more person operate the ledger; always an act of two operators."""

    operator: Actor


class DismissOperator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a person operate the ledger no more; always an act of two, and two must stay."""

    operator: Actor
    reason: Note


class Approve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Carry out the act that another operator proposed at this position."""

    position: Count


class Tick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let time pass: whatever is due at this entry's instant happens now."""

    due_at: Instant


class AttachLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open a new generation of the commands log behind the entry at `position`."""

    digest: Digest
    position: Count


class RecordCheckpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Claim the holdings digest at a position, so that others can recompute it."""

    digest: Digest
    holdings: Digest
    position: Count


class Moved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The serials `first` to `last` of a lot as an entry moved them: out of `source`."""

    first: Serial
    last: Serial
    lot: LotId
    source: AccountCode
    target: AccountCode


class CompensateError(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Move back what the entry at `position` moved in error 訂正仕訳; always an act of two.

    `moved` repeats its movements. Nothing comes back out of retirement, nor what has moved on.
    """

    moved: Annotated[tuple[Moved, ...], msgspec.Meta(min_length=1, max_length=10_000)]
    position: Count
    reason: Note
