"""The documents of a batch: one for each line of a fact, made again whenever somebody asks.

What they have in common is frozen when the batch is issued, and kept beside the paper with the
leaves of its tree; the line is in the journal. So a certificate is made of a million when it is
wanted, and is the very one that the journal's root is over.
"""

import hmac
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from libs.edge.paper.documents import (
    Aggregate,
    AnyDocument,
    Basis,
    ChildCertificate,
    Deposit,
    Party,
    StickerSheet,
    Words,
    written,
)
from libs.ledger import events as e
from libs.ledger.codec import encode
from libs.ledger.events.offsets import Gift, Offset, Product
from libs.ledger.merkle import HASH_BYTES, Node, complete, leaf_hash, root
from services.notify.documents import About, Batch, Paper
from services.notify.labels import ISSUER
from services.notify.links import CODE_BYTES, Links
from services.notify.pages import Imprint, before, credits_of
from services.notify.pooled import Goods, Line, Person

SORTS = {
    e.GramsAllocated: "certificates",
    e.DonationsPledged: "deposits",
    e.DonationsSettled: "settlement",
}
STICKERS_MAX = 2000
"""As many labels as one sheet has; for more goods, the line's document is a certificate."""

ERASED, UNKNOWN, NOBODY = "(消去済み)", "(非公表)", "(無記名)"
"""Who stands for an addressee that was erased, is kept elsewhere, or was never named."""


class Share(msgspec.Struct, frozen=True):
    """Grams of a pool from `first` on, and the retirement that brought them."""

    first: int
    grams: int
    basis: Basis


class Common(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the documents of a batch have in common, as it was when the batch was issued.

    `check` is the address that a document's code is put behind.
    """

    of: str
    number: str
    ledger: str
    position: int
    issued_at: str
    check: str
    pool: Party
    specimen: bool = False
    issuer: Words = Words(*ISSUER)
    replaces: str | UnsetType = UNSET
    tenant: Party | UnsetType = UNSET
    price: int | UnsetType = UNSET
    offset: Offset | UnsetType = UNSET
    goods: dict[str, Goods] = {}
    shares: tuple[Share, ...] = ()


def common(paper: Paper, about: About, imprint: Imprint, links: Links) -> Common:
    """Return what the documents of a fact of a pool have in common."""
    told, event = about.pooled, paper.event
    assert told is not None, "the tables say whose pool it is"
    named = links.code(paper.number) or paper.number
    tenant = Party(name=told.tenant_name, account=told.tenant) if told.tenant else UNSET
    return Common(
        of=SORTS[type(event)],
        number=paper.number,
        ledger=paper.ledger,
        position=paper.position,
        issued_at=paper.at,
        check=imprint.address(paper.number).removesuffix(named),
        pool=Party(name=told.pool, account=told.account),
        specimen=imprint.specimen,
        issuer=imprint.issuer,
        replaces=before(paper),
        tenant=tenant,
        price=getattr(event, "price", UNSET),
        offset=getattr(event, "offset", UNSET),
        goods=dict(told.goods),
        shares=tuple(
            Share(
                one.first,
                one.grams,
                Basis(
                    notice=one.notice,
                    used_at=one.at,
                    user=one.user,
                    quantity=one.grams // e.GRAMS,
                    certified=credits_of(one.postings, about, paper.spelling),
                ),
            )
            for one in told.retired
        ),
    )


def batch(common: Common, about: About, links: Links) -> Batch:
    """Return the root over the documents of a fact, and what they are made of again."""
    told = about.pooled
    assert told is not None, "the tables say whose lines these are"
    leaves = []
    for number, line in enumerate(told.lines, 1):
        person = told.people.get(line.commitment, NOT_KEPT) if line.commitment else None
        made = document(common, number, line, *addressed(common, number, line, person, links))
        leaves.append(leaf_hash(written(made)))
    return Batch(
        root=root(len(leaves), tree(leaves)).hex(),
        size=len(leaves),
        common=encode(common).decode(),
        leaves=b"".join(leaves),
    )


NOT_KEPT = Person("?", "")
"""A commitment to particulars that are not in the registry's own keeping."""


def addressed(
    common: Common, number: int, line: Line, person: Person | None, links: Links
) -> tuple[str, str | UnsetType, str]:
    """Return whom a document is for, what salts it, and the code that finds it.

    The salt of a natural person's comes of the salt of the particulars, and goes with them.
    """
    named = f"{common.number}.{number}"
    code = links.code(named) or named
    if person is not None and person.salt:
        key = bytes.fromhex(person.salt)
        made = hmac.new(key, f"document/{named}".encode(), sha256).digest()
        return person.name, made[:CODE_BYTES].hex(), code
    stands = line.recipient or NOBODY
    if person is not None:
        stands = UNKNOWN if person == NOT_KEPT else ERASED
    return stands, links.salt(named) or UNSET, code


def document(
    common: Common, number: int, line: Line, addressee: str, salt: str | UnsetType, code: str
) -> AnyDocument:
    """Return the document of a line: a certificate, a sheet of labels, or a receipt."""
    replaced = common.replaces
    told: dict[str, Any] = {
        "number": f"{common.number}.{number}",
        "ledger": common.ledger,
        "position": common.position,
        "issued_at": common.issued_at,
        "issuer": common.issuer,
        "addressee": addressee,
        "check": common.check + code,
        "replaces": UNSET if replaced is UNSET else f"{replaced}.{number}",
        "salt": salt,
        "specimen": common.specimen,
    }
    if common.of == "deposits":
        return Deposit(**told, pool=common.pool.name, yen=line.yen)
    goods = common.goods.get(line.goods)
    offset = _offset(common, goods, line)
    basis = tuple(_basis(common.shares, line))
    if goods is not None and goods.use == "sticker" and line.count <= STICKERS_MAX:
        assert offset is not UNSET, "goods say what they offset"
        told |= {"grams_each": goods.grams, "stickers": line.count}
        return StickerSheet(**told, offset=offset, basis=basis)
    return ChildCertificate(
        **told,
        grams=line.grams,
        basis=basis,
        offset=offset,
        yen=line.yen or UNSET,
        deposit=line.deposit or UNSET,
    )


def aggregate(common: Common, about: About, made: Batch, check: str) -> Aggregate:
    """Return the statement of a batch: what its documents say together, and the root over them."""
    assert about.pooled is not None, "the tables say whose lines these are"
    lines = about.pooled.lines
    grams, yen = sum(one.grams for one in lines), sum(one.yen for one in lines)
    first = lines[0].first
    whole = Line(first=first, grams=grams)
    to = common.pool if common.tenant is UNSET else common.tenant
    return Aggregate(
        number=common.number,
        ledger=common.ledger,
        position=common.position,
        issued_at=common.issued_at,
        issuer=common.issuer,
        addressee=to.name,
        check=check,
        replaces=common.replaces,
        specimen=common.specimen,
        of=common.of,  # type: ignore[arg-type]  # one of SORTS
        pool=common.pool,
        tenant=common.tenant,
        lines=made.size,
        root=made.root,
        grams=grams or UNSET,
        yen=yen or UNSET,
        price=common.price,
        basis=tuple(_basis(common.shares, whole)),
    )


def tree(leaves: Sequence[bytes]) -> Node:
    """Return the tree over hashes of leaves; each complete subtree is hashed once."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([complete(below[at : at + 2]) for at in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def apart(leaves: bytes) -> list[bytes]:
    """Return the leaves of a batch as they are kept, one by one."""
    ends = range(0, len(leaves) + 1, HASH_BYTES)
    return [leaves[start:end] for start, end in pairwise(ends)]


def _basis(shares: Sequence[Share], line: Line) -> Iterator[Basis]:
    """Yield the retirements that a line's grams come from, in the order of the journal."""
    at = max(bisect_right(shares, line.first, key=lambda one: one.first) - 1, 0)
    end = line.first + line.grams
    found = []
    while at < len(shares) and shares[at].first < end:
        found.append(shares[at])
        at += 1
    if len(found) == 1:
        yield found[0].basis
        return
    for one in found:
        taken = min(one.first + one.grams, end) - max(one.first, line.first)
        yield replace(one.basis, grams=taken)


def _offset(common: Common, goods: Goods | None, line: Line) -> Offset | UnsetType:
    """Return what a line offset: as its goods say it, as the fact does, or by the goods' use."""
    if goods is None:
        return common.offset
    if goods.offset is not None:
        return goods.offset
    if common.offset is not UNSET:
        return common.offset
    if goods.use == "gift":
        return Gift(municipality=common.pool.name, gift=goods.name)
    return Product(product=goods.name, items=line.count, grams_each=goods.grams)
