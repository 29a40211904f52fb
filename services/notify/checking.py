"""The rule of the check page 真偽の確認: what is shown of a document to whoever has its code.

One verdict, and what the document says: whoever has the paper in hand sees that the registry says
the same. What was undone is told by its kind alone; the operators' own words stay inside.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from libs.ledger import events as e
from libs.ledger.records.notices import ISSUED, SUPERSEDED, WITHDRAWN
from services.notify.documents import Field
from services.notify.labels import Said


class Standing(StrEnum):
    """What the registry says of a document today."""

    GENUINE = "genuine"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


STANDINGS: Mapping[str, Standing] = {
    ISSUED: Standing.GENUINE,
    SUPERSEDED: Standing.SUPERSEDED,
    WITHDRAWN: Standing.WITHDRAWN,
}
"""By what became of a notice."""

UNDOINGS: Mapping[type[e.Event], Said] = {
    e.CreditsAnnulled: ("クレジットの取消", "The credits were annulled"),
    e.IssuanceWithdrawn: ("認証・発行の取消", "The issuance was withdrawn"),
    e.LedgerCompensated: ("記録の訂正", "The entry was corrected"),
    e.TransferReversed: ("移転の取消", "The transfer was reversed"),
}
"""What can undo a fact, so that its notice is withdrawn."""
OTHERWISE: Said = ("記録の取消", "The fact was undone")

FIRST = ("quantity", "grams", "yen", "addressee", "user", "recipient", "purpose")
"""What a page says in large letters, in this order."""
APART = {"number", "entry", *FIRST}
"""What a page says elsewhere than in the list of what the document says."""


class Group(msgspec.Struct, frozen=True):
    """Neighbouring fields of one code: one label, and what stands behind it."""

    code: str
    ja: str
    en: str
    values: tuple[str, ...]


class Successor(msgspec.Struct, frozen=True):
    """The document that took another's place; who has the old one may see it, if it has a code."""

    number: str
    code: str | None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of a document.

    `position` is the entry of the fact that it tells of, `issued_by` that of the document itself;
    `undone_by` withdrew it. Without `first` and `groups` the registry has its digest alone;
    `erased` says that it named a person who was erased since. A document of a batch has its `place`
    in it, and `size`; what the ledger has of it is a leaf of the batch's root.
    """

    standing: Standing
    number: str
    title: Said
    position: int
    issued_by: int
    at: str
    sha256: str
    code: str | None
    paper: bool
    erased: bool = False
    place: int | None = None
    size: int | None = None
    first: tuple[Group, ...] = ()
    groups: tuple[Group, ...] = ()
    final: Said | None = None
    successor: Successor | None = None
    undone: Said | None = None
    undone_by: int | None = None


def groups(fields: Sequence[Field]) -> tuple[Group, ...]:
    """Return fields in their order; neighbours of the same code stand together."""
    found: list[Group] = []
    for one in fields:
        if found and found[-1].code == one.code:
            found[-1] = Group(one.code, one.ja, one.en, (*found[-1].values, one.value))
        else:
            found.append(Group(one.code, one.ja, one.en, (one.value,)))
    return tuple(found)


def leading(fields: Sequence[Field]) -> tuple[Group, ...]:
    """Return what the page says in large letters."""
    return tuple(
        one for code in FIRST for one in groups([field for field in fields if field.code == code])
    )


def listed(fields: Sequence[Field]) -> tuple[Group, ...]:
    """Return what else the document says."""
    return groups([one for one in fields if one.code not in APART])


def undone(events: Sequence[e.Event]) -> Said:
    """Return the kind of reason for which a document was withdrawn, by what undid its fact."""
    kinds = (UNDOINGS.get(type(one)) for one in events)
    return next((kind for kind in kinds if kind is not None), OTHERWISE)
