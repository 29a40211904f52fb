"""What the registry's documents say, as plain values: one struct, one page design per document.

Every word of a person, a company or a place is text here and nothing else; the labels around it
are in `templates/labels.json`. Quantities are whole tonnes of CO2 (`quantity`) or grams (`grams`),
energy is kWh, days are Tokyo's, instants UTC. The canonical bytes of a document are its
`document.json`, which goes into the PDF.
"""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.codec import encode
from libs.ledger.events.offsets import Offset
from libs.ledger.instants import Day, Instant


class Words(msgspec.Struct, frozen=True):
    """The same in Japanese and in English; both from the rules, never from a user."""

    ja: str
    en: str


class Party(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody with a name: `account` in the registry 口座番号, `corporate_number` 法人番号."""

    name: str
    account: str | UnsetType = UNSET
    corporate_number: str | UnsetType = UNSET


class Serials(msgspec.Struct, frozen=True):
    """An unbroken range of serials シリアル番号, both ends included."""

    first: int
    last: int


class Certified(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Credits of one certification クレジット認証番号, and the project they come from."""

    lot: str
    quantity: int
    scheme: Words
    project: str
    project_name: str
    creator: str | UnsetType = UNSET
    methodology: str | UnsetType = UNSET
    place: str | UnsetType = UNSET
    energy_kwh: int | UnsetType = UNSET
    serials: tuple[Serials, ...] = ()


class Claim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the credits were used up for: purpose 目的 and details, scope 対象範囲, period."""

    purpose: Words
    detail: str | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    period_from: Day | UnsetType = UNSET
    period_to: Day | UnsetType = UNSET
    fiscal_year: int | UnsetType = UNSET
    place: str | UnsetType = UNSET


class Document(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    forbid_unknown_fields=True,
):
    """What every document has: its number, whom it is for, who issues it, where it is checked.

    `position` is the place in the ledger's journal of the fact that it tells. `check` is the
    address in the QR code. `specimen` 見本: sealed with a development key, and the page says so.
    `replaces` is the number of the document before, whose rendering or spelling this one mends.
    `salt` keeps a name from being guessed by the digest alone, once it is erased.
    """

    number: str
    ledger: str
    position: int
    issued_at: Instant
    issuer: Words
    addressee: str
    check: str
    replaces: str | UnsetType = UNSET
    salt: str | UnsetType = UNSET
    specimen: bool = False


class UseNotice(Document, frozen=True, kw_only=True):
    """What a notice of use says, by every field of the form.

    `agent` applied for the user 代理; `energy_kwh` is the energy equivalent エネルギー換算量.
    """

    holder: Party
    user: Party
    claim: Claim
    used_at: Instant
    quantity: int
    certified: tuple[Certified, ...]
    agent: str | UnsetType = UNSET
    energy_kwh: int | UnsetType = UNSET


class InvalidationNotice(UseNotice, frozen=True, kw_only=True, tag="invalidation"):
    """The notice that credits were retired 無効化通知書."""


class CancellationNotice(UseNotice, frozen=True, kw_only=True, tag="cancellation"):
    """The notice that credits of a 国内クレジット scheme were cancelled 償却通知.

    `consent` is the agreement by which somebody else cancelled for the user 代理償却.
    """

    consent: str | UnsetType = UNSET


class IssuanceNotice(Document, frozen=True, kw_only=True, tag="issuance"):
    """The notice of certification and issuance 認証・発行通知; `buffer` is what the pool keeps."""

    holder: Party
    certified: Certified
    certified_on: Day
    monitored_from: Day
    monitored_to: Day
    buffer: int = 0
    verifier: str | UnsetType = UNSET


class BalanceStatement(Document, frozen=True, kw_only=True, tag="balance"):
    """What an account held at an instant 残高証明書; `locked` of it stood aside for orders."""

    holder: Party
    as_of: Instant
    quantity: int
    certified: tuple[Certified, ...]
    locked: int = 0


class Basis(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The retirement that a certificate rests on: notice, day, user of record and quantity.

    `grams` is what the certificate takes of it, where it rests on several.
    """

    notice: str
    used_at: Instant
    user: str
    quantity: int
    certified: tuple[Certified, ...]
    grams: int | UnsetType = UNSET


class Certificate(Document, frozen=True, kw_only=True, omit_defaults=True, tag="certificate"):
    """A customer's offset certificate カーボン・オフセット証明書 over a whole retirement 親証明書.

    `children` certificates were made of it so far, `grams_given` grams together.
    """

    offset: Offset
    grams: int
    basis: Basis
    children: int = 0
    grams_given: int = 0


class ChildCertificate(Document, frozen=True, kw_only=True, omit_defaults=True, tag="child"):
    """A share of retirements made for many 子証明書; evidence for no reporting scheme.

    Those of `basis` are its parents 親証明書: two where the grams of one end within it. `yen` is
    what a donor gave for the grams, `deposit` the receipt 預り証 of it.
    """

    grams: int
    basis: tuple[Basis, ...]
    offset: Offset | UnsetType = UNSET
    yen: int | UnsetType = UNSET
    deposit: str | UnsetType = UNSET


class StickerSheet(Document, frozen=True, kw_only=True, omit_defaults=True, tag="stickers"):
    """Labels 証票 to put on goods, each for so many grams and with the sheet's check address."""

    offset: Offset
    grams_each: int
    stickers: int
    basis: tuple[Basis, ...]


class Deposit(Document, frozen=True, kw_only=True, omit_defaults=True, tag="deposit"):
    """The receipt of a donation 預り証: yen entrusted to a pool, that are no grams yet."""

    pool: str
    yen: int


class Aggregate(Document, frozen=True, kw_only=True, omit_defaults=True, tag="aggregate"):
    """The statement of a batch 集計: what its documents say together, and the root over them.

    There are `lines` of them, `of` one sort: certificates of grams, of settled donations (at so
    many yen per tonne, `price`), or receipts. The document of line 1 is NUMBER.1.
    """

    of: Literal["certificates", "deposits", "settlement"]
    pool: Party
    lines: int
    root: str
    tenant: Party | UnsetType = UNSET
    grams: int | UnsetType = UNSET
    yen: int | UnsetType = UNSET
    price: int | UnsetType = UNSET
    basis: tuple[Basis, ...] = ()


AnyDocument: TypeAlias = (
    InvalidationNotice
    | CancellationNotice
    | IssuanceNotice
    | BalanceStatement
    | Certificate
    | ChildCertificate
    | StickerSheet
    | Deposit
    | Aggregate
)

_document: msgspec.json.Decoder[AnyDocument] = msgspec.json.Decoder(AnyDocument)


def written(document: AnyDocument) -> bytes:
    """Return a document's canonical bytes: its `document.json`."""
    return encode(document)


def read(raw: bytes) -> AnyDocument:
    """Read a `document.json`; raises msgspec.MsgspecError where it is none of ours."""
    return _document.decode(raw)
