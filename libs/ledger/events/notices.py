"""Facts of notices 通知書: what was told of a fact, in which words, and what became of it."""

from typing import TypeAlias

import msgspec

from libs.ledger.events.fact import Fact


class NoticeFact(Fact, frozen=True, kw_only=True):
    """A fact of the notify room."""


class Spelling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word of a notice as its successor spells it."""

    field: str
    text: str


class NoticeIssued(NoticeFact, frozen=True, kw_only=True, tag="notice.issued.v1"):
    """People were told of the fact with the number `fact` in the entry at `position`.

    `sha256` is of the document, `check` of the code that finds it: the code itself is nowhere in
    the journal. `parties` are the accounts that the fact concerns; a successor, in the place of its
    `predecessor`, does not say them again. Where each line of the fact has a document of its own,
    `root` is over them all, `size` many (RFC 9162), and line 1 is the document NUMBER.1.
    """

    number: str
    kind: str
    position: int
    fact: int
    sha256: str
    parties: tuple[str, ...] = ()
    check: str | msgspec.UnsetType = msgspec.UNSET
    predecessor: str | msgspec.UnsetType = msgspec.UNSET
    root: str | msgspec.UnsetType = msgspec.UNSET
    size: int | msgspec.UnsetType = msgspec.UNSET


class NoticeSuperseded(NoticeFact, frozen=True, kw_only=True, tag="notice.superseded.v1"):
    """A notice is current no more 差替え: another of the same fact comes in its place.

    It may be rendered or spelt otherwise; what it tells of is the fact's and cannot change.
    """

    number: str
    reason: str
    spelling: tuple[Spelling, ...] | msgspec.UnsetType = msgspec.UNSET


class NoticeWithdrawn(NoticeFact, frozen=True, kw_only=True, tag="notice.withdrawn.v1"):
    """A notice is current no more 撤回 and has no successor: the entry `undone_by` says why.

    What that entry did to the fact is in the journal; the notice stays what was told once.
    """

    number: str
    reason: str
    undone_by: int


class BalanceRequested(NoticeFact, frozen=True, kw_only=True, tag="balance.requested.v1"):
    """Somebody asked what an account had at the end of a day 残高証明: at `until`."""

    account: str
    as_of: str
    until: str


NoticeEvent: TypeAlias = NoticeIssued | NoticeSuperseded | NoticeWithdrawn | BalanceRequested
