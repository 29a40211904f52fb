"""Documents of notices: what is told of a fact, field by field, in Japanese and in English.

Everything comes from the fact, and from what the registers say of its accounts and lots. What a
page looks like is another renderer's (`pages.py`); this module's is what mail says, and JSON.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeAlias

import msgspec
from msgspec import UNSET

from libs.ledger import events as e
from libs.ledger.codec import encode
from libs.ledger.events.offsets import Offset, period
from libs.ledger.postings import size
from services.notify.labels import FINAL, LABELS, Said, titled
from services.notify.notices import shown, tokyo
from services.notify.pooled import Lined, Pooled

FORMAT = 1
Spelt: TypeAlias = Mapping[str, str]


class Holder(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account as the register names it."""

    account: str
    name: str = ""


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """A lot as the register knows it: where it comes from, and by which methodologies."""

    lot: str
    project: str = ""
    project_name: str = ""
    scheme: str = ""
    methodologies: tuple[str, ...] = ()
    place: str = ""
    implementer: str = ""
    certified_on: str = ""
    vintage: str = ""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is owed: its number, the fact it is of, and what a successor mends."""

    ledger: str
    number: str
    kind: str
    form: str
    position: int
    fact: int
    at: str
    event: e.Event
    spelling: Mapping[str, str] = {}


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the registers say of a fact: its accounts, its lots, and a balance that it asks for.

    `retirement` is the paper of the retirement that a certificate rests on.
    """

    holders: Mapping[str, Holder] = {}
    lots: Mapping[str, Lot] = {}
    purposes: Mapping[str, Said] = {}
    balance: tuple[tuple[str, int], ...] = ()
    buffer_left: int | None = None
    retirement: Paper | None = None
    pooled: Pooled | None = None


class Field(msgspec.Struct, frozen=True):
    """One thing that a notice says; `code` names it for machines, and is never translated."""

    code: str
    ja: str
    en: str
    value: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it is told: its fields in order, and what is final about it."""

    format: int
    ledger: str
    number: str
    kind: str
    form: str
    position: int
    fact: int
    at: str
    title: Said
    fields: tuple[Field, ...]
    final: Said


class Batch(msgspec.Struct, frozen=True):
    """The documents of a fact's lines: the root over them, and what they are made of again.

    `common` is what they all say, as JSON; `leaves` the hashes of them all (RFC 9162), in a row.
    """

    root: str
    size: int
    common: str
    leaves: bytes


class Rendered(msgspec.Struct, frozen=True):
    """A document's bytes, and their media type; and the documents of its lines, if it has any."""

    media: str
    data: bytes
    batch: Batch | None = None


class Renderer(Protocol):
    """Makes the bytes that the journal holds the digest of."""

    def render(self, paper: Paper, about: About) -> Rendered:
        """Return the document's bytes: the same for the same paper."""


class Json:
    """The document as canonical JSON: what a page has attached, and mail too."""

    def render(self, paper: Paper, about: About) -> Rendered:
        """Return the document's canonical bytes."""
        return Rendered("application/json", encode(document(paper, about)))


class Sealer(Protocol):
    """Puts the proof of a PDF's record behind it, and a signature over both.

    `certificate` is the one that its signatures are checked by (DER); `specimen` 見本 says that it
    is of a development key.
    """

    specimen: bool
    certificate: bytes

    def seal(
        self, base: bytes, entry: bytes, proof: str, at: str, batch: bytes | None = None
    ) -> bytes:
        """Return the sealed document; blocks, so call it in a thread.

        Raises Refused where its key may not seal this one.
        """


def document(paper: Paper, about: About) -> Document:
    """Return what a notice says."""
    said = [
        ("number", paper.number),
        ("date", tokyo(paper.at)),
        *_facts(paper, about),
        ("entry", f"{paper.ledger} / {paper.position}"),
    ]
    return Document(
        format=FORMAT,
        ledger=paper.ledger,
        number=paper.number,
        kind=paper.kind,
        form=paper.form,
        position=paper.position,
        fact=paper.fact,
        at=paper.at,
        title=titled(paper.kind),
        fields=tuple(Field(code, *LABELS[code], shown(value)) for code, value in said if value),
        final=FINAL.get(paper.kind, ("", "")),
    )


def subject(told: Document) -> str:
    """Return the subject of the mail that brings a notice."""
    ja, en = told.title
    return f"{ja} / {en} {told.number}"


def plain(told: Document) -> str:
    """Return a notice as plain text, in both languages."""
    blocks = []
    for language, title, final in zip(("ja", "en"), told.title, told.final, strict=True):
        lines = [f"{getattr(one, language)}: {one.value}" for one in told.fields]
        blocks.append("\n".join([title, "", *lines, *(("", final) if final else ())]))
    return "\n\n----\n\n".join(blocks) + "\n"


def _facts(paper: Paper, about: About) -> Iterator[tuple[str, str]]:
    """Yield what the fact says, as codes and values."""
    event, spelt = paper.event, paper.spelling
    match event:
        case e.CreditsUsed():
            yield from _account("account", event.account, about, spelt)
            yield from _used(event, about)
        case e.TransferSettled():
            yield from _account("source", event.source, about, spelt)
            yield from _account("target", event.target, about, spelt)
            yield ("order", "" if event.order is UNSET else event.order)
        case e.CreditsIssued():
            yield from _account("account", event.account, about, spelt)
            yield ("certification", "" if event.certification is UNSET else event.certification)
        case e.AccountOpened() | e.AccountDecided():
            yield from _account("account", event.account, about, spelt)
            if isinstance(event, e.AccountDecided):
                yield ("outcome", event.outcome)
                yield ("reason", event.reason)
        case e.CreditsAnnulled() | e.IssuanceWithdrawn():
            yield ("lot", event.lot)
            yield ("reason", event.reason)
            if isinstance(event, e.CreditsAnnulled):
                for one in event.used:
                    yield ("annulled_after_use", f"{event.lot} / {one.first}-{one.last}")
        case e.BufferCancelled():
            yield ("reason", event.reason)
            if about.buffer_left is not None:
                yield ("buffer_left", f"{about.buffer_left} t-CO2")
        case e.BalanceRequested():
            yield from _account("account", event.account, about, spelt)
            yield ("as_of", event.as_of)
            yield ("balance", f"{sum(quantity for _, quantity in about.balance)} t-CO2")
            for lot, quantity in about.balance:
                yield ("balance_of_lot", f"{lot} ({quantity} t-CO2)")
        case e.GramsAllocated() | e.DonationsPledged() | e.DonationsSettled():
            yield from _told_out(event, about)
        case e.CertificateRequested():
            yield from _account("account", event.account, about, spelt)
            yield from _certificate(event, about, spelt)
        case _:
            pass
    yield from _moved(event, about, spelt)


def _account(code: str, account: str, about: About, spelt: Spelt) -> Iterator[tuple[str, str]]:
    holder = about.holders.get(account, Holder(account))
    yield (code, account)
    name = spelt.get("holder", holder.name) if code == "account" else holder.name
    yield ("holder" if code == "account" else f"{code}_holder", name)


def _used(event: e.CreditsUsed, about: About) -> Iterator[tuple[str, str]]:
    """Yield what a use claims: whose it is, for what, in which scope and time."""
    yield ("user", event.beneficiary)
    if event.corporate_number is not UNSET:
        yield ("corporate_number", event.corporate_number)
    if event.agent is not UNSET:
        yield ("agent", event.agent)
    for purpose in (event.purpose, *(() if event.also is UNSET else event.also)):
        ja, en = about.purposes.get(purpose, ("", ""))
        yield ("purpose", f"{purpose} {ja} / {en}" if ja else purpose)
    if event.detail is not UNSET:
        yield ("detail", event.detail)
    if event.scope is not UNSET:
        yield ("scope", event.scope)
    if event.fiscal_year is not UNSET:
        yield ("fiscal_year", str(event.fiscal_year))
    ends = ["" if end is UNSET else end for end in (event.period_from, event.period_to)]
    if any(ends):
        yield ("period", " - ".join(ends))
    if event.place is not UNSET:
        yield ("used_at", event.place)
    if event.energy_kwh is not UNSET:
        yield ("energy", f"{event.energy_kwh // 1000}.{event.energy_kwh % 1000:03d} MWh")
    if event.stated_on is not UNSET:
        yield ("stated_on", event.stated_on)


def _certificate(
    event: e.CertificateRequested, about: About, spelt: Spelt
) -> Iterator[tuple[str, str]]:
    """Yield whose certificate it is, what was offset, and the retirement that it rests on."""
    yield ("addressee", event.addressee)
    yield ("pool", "" if event.pool is UNSET else event.pool)
    yield from _words(event.offset)
    retirement = about.retirement
    assert retirement is not None, "a certificate is of a retirement"
    used = retirement.event
    assert isinstance(used, e.CreditsUsed), "a certificate rests on a use"
    cancelled = isinstance(used, e.CreditsCancelled)
    yield ("cancellation_notice" if cancelled else "retirement_notice", event.number)
    yield ("cancelled_at" if cancelled else "retired_at", tokyo(retirement.at))
    yield ("user", used.beneficiary)
    yield from _moved(used, about, {**retirement.spelling, **spelt})


def _words(offset: Offset) -> Iterator[tuple[str, str]]:
    """Yield the words of an offset, each by the name of its field, and its days together."""
    for name in offset.__struct_fields__:
        value = getattr(offset, name)
        if name in LABELS and value is not UNSET:
            yield from ((name, str(one)) for one in (value if name == "boundary" else (value,)))
    days = [day for day in period(offset) if day is not UNSET]
    yield ("offset_period", " - ".join(dict.fromkeys(days)))


def _told_out(event: Lined, about: About) -> Iterator[tuple[str, str]]:
    """Yield what the lines of a fact of a pool say together."""
    yield ("pool", event.pool)
    if about.pooled is not None:
        yield ("pool_name", about.pooled.pool)
        yield ("tenant", about.pooled.tenant_name)
        yield ("lines", str(len(about.pooled.lines)))
        grams = sum(one.grams for one in about.pooled.lines)
        yield ("grams", f"{grams} g-CO2" if grams else "")
        yen = sum(one.yen for one in about.pooled.lines)
        yield ("yen", f"{yen} JPY" if yen else "")
        for one in about.pooled.retired:
            yield ("retirement", one.notice)


def _moved(event: e.Event, about: About, spelt: Spelt) -> Iterator[tuple[str, str]]:
    """Yield how many credits moved, which serials, and what the register says of their lots."""
    moved = [one for one in event.postings if isinstance(one, e.CreditPosting)]
    if moved:
        yield ("quantity", f"{sum(map(size, moved))} t-CO2")
    for one in moved:
        yield ("serials", f"{one.lot} / {one.first}-{one.last} ({size(one)} t-CO2)")
    for lot in dict.fromkeys(one.lot for one in moved):
        known = about.lots.get(lot)
        if known is not None:
            yield ("certification_number", lot)
            yield ("project", known.project)
            yield ("project_name", spelt.get("project_name", known.project_name))
            yield ("methodologies", ", ".join(known.methodologies))
            yield ("place", spelt.get("place", known.place))
            yield ("implementer", spelt.get("implementer", known.implementer))
            yield ("certified_on", known.certified_on)
            yield ("vintage", known.vintage)
