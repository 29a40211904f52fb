"""What the notify room can be asked."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.commands import Digest
from libs.ledger.events import Spelling
from libs.ledger.instants import Day
from libs.ledger.rules.notices import NoticeKind
from libs.ledger.serials import Count, Quantity
from libs.ledger.texts import Name, Note

NoticeNumber = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

Spelt = Literal["holder", "implementer", "place", "project_name"]
"""Words that the registers say of a fact. The user of the credits, the purpose and scope, the
quantity, the serials and the day are the fact's own: no successor spells them otherwise."""


class Respelt(Spelling, frozen=True, forbid_unknown_fields=True):
    """A word of a notice that its successor spells otherwise."""

    field: Spelt
    text: Name


class IssueNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Record what people are told of a fact: the digest of its document.

    `fact` is its place among the facts of the entry at `position`, from 0. `check` is the SHA-256
    of the 128-bit code that finds the notice. `version` counts successors: 2 is the first of them.
    In bulk, `root` and `size` go together: the RFC 9162 root over the documents of the lines.
    """

    position: Count
    fact: Annotated[int, msgspec.Meta(ge=0, lt=1 << 20)]
    kind: NoticeKind
    sha256: Digest
    check: Digest | UnsetType = UNSET
    version: Annotated[int, msgspec.Meta(ge=2, lt=10_000_000)] | UnsetType = UNSET
    root: Digest | UnsetType = UNSET
    size: Quantity | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Raise ValueError where one of `root` and `size` stands alone."""
        if (self.root is UNSET) != (self.size is UNSET):
            raise ValueError("root and size go together")


class SupersedeNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Have a notice rendered again, or a word of it spelt otherwise 差替え; always an act of two.

    Nothing of what it tells can change: the successor tells of the same fact.
    """

    number: NoticeNumber
    reason: Note
    spelling: (
        Annotated[tuple[Respelt, ...], msgspec.Meta(min_length=1, max_length=10)] | UnsetType
    ) = UNSET


class WithdrawNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Withdraw a notice 撤回 whose fact the entry `undone_by` took back; always an act of two."""

    number: NoticeNumber
    reason: Note
    undone_by: Count


class RequestBalance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ask for a notice of what an account had at the end of a past day 残高証明."""

    account: AccountId
    as_of: Day
