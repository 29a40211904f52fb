"""What the check page says of a document of a batch: a share 子証明書 of retirements for many."""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec
from msgspec import UNSET

from libs.edge.paper.documents import (
    AnyDocument,
    Basis,
    Certified,
    ChildCertificate,
    Deposit,
    StickerSheet,
    Words,
)
from libs.edge.paper.labels import LABELS
from services.notify.documents import Field
from services.notify.labels import UNTITLED, Said
from services.notify.notices import shown, tokyo

KILOGRAM = 1000
Coded: TypeAlias = tuple[str, str]
"""The code of a field, and what it says."""

NO_EVIDENCE: Said = (
    (
        "譲渡できる権利を表すものではなく、温対法、省エネ法、CDP・SBT・RE100および"
        "GX-ETSの報告等の証拠にはなりません。"
    ),
    (
        "No transferable right, and no evidence for the Act on Promotion of Global Warming"
        " Countermeasures (温対法), the Energy Conservation Act (省エネ法), CDP, SBT, RE100"
        " or GX-ETS."
    ),
)
TITLES: dict[type[AnyDocument], Said] = {
    ChildCertificate: ("カーボン・オフセット証明書", "Certificate of carbon offset"),
    StickerSheet: ("カーボン・オフセット 証票", "Carbon offset labels"),
    Deposit: ("預り証", "Receipt of a donation"),
}


def title(document: AnyDocument) -> Said:
    """Return what a document of a batch is called."""
    return TITLES.get(type(document), UNTITLED)


def final(document: AnyDocument) -> Said | None:
    """Return what a share is not."""
    return NO_EVIDENCE if isinstance(document, ChildCertificate | StickerSheet) else None


def fields(document: AnyDocument) -> tuple[Field, ...]:
    """Return what a document of a batch says, field by field."""
    return tuple(
        Field(code, LABELS[code].ja, LABELS[code].en, shown(value))
        for code, value in _told(document)
    )


def _told(document: AnyDocument) -> Iterator[Coded]:
    if isinstance(document, StickerSheet):
        yield ("grams", kilograms(document.grams_each * document.stickers))
        yield ("recipient", document.addressee)
        yield ("stickers", str(document.stickers))
        yield ("each", kilograms(document.grams_each))
        yield from _offset(document)
        yield from _bases(document.basis)
    elif isinstance(document, ChildCertificate):
        yield ("grams", kilograms(document.grams))
        yield ("recipient", document.addressee)
        if document.yen is not UNSET:
            yield ("yen", f"{document.yen:,} JPY")
        if document.deposit is not UNSET:
            yield ("deposit", document.deposit)
        yield from _offset(document)
        yield from _bases(document.basis)
    elif isinstance(document, Deposit):
        yield ("yen", f"{document.yen:,} JPY")
        yield ("recipient", document.addressee)
        yield ("pool", document.pool)


def kilograms(grams: int) -> str:
    """Return grams as kilograms, exactly."""
    whole, rest = divmod(grams, KILOGRAM)
    part = f".{rest:03d}".rstrip("0") if rest else ""
    return f"{whole:,}{part} kg-CO2"


def _offset(document: ChildCertificate | StickerSheet) -> Iterator[Coded]:
    """Yield what was offset: its words by their own names, its days as a period."""
    if document.offset is UNSET:
        return
    said = msgspec.to_builtins(document.offset)
    for code in (
        "municipality",
        "gift",
        "product",
        "activity",
        "part",
        "event",
        "venue",
        "journey",
    ):
        if code in said:
            yield (code, said[code])
    for code in ("travellers", "items"):
        if code in said:
            yield (code, str(said[code]))
    for one in said.get("boundary", ()):
        yield ("boundary", one)
    days = [said[day] for day in sorted(said) if day.endswith(("_from", "_to"))]
    if days:
        yield ("period", " – ".join(days))
    if "donated_on" in said:
        yield ("donated_on", said["donated_on"])


def _bases(bases: tuple[Basis, ...]) -> Iterator[Coded]:
    """Yield the retirements behind a share: its parents 親."""
    for one in bases:
        yield ("notice", one.notice)
        yield ("retired_at", tokyo(one.used_at))
        yield ("user_of_record", one.user)
        yield ("retired_quantity", f"{one.quantity:,} t-CO2")
        if one.grams is not UNSET:
            yield ("taken", kilograms(one.grams))
        for certified in one.certified:
            yield from _certified(certified)


def _certified(one: Certified) -> Iterator[Coded]:
    yield ("scheme", _both(one.scheme))
    yield ("certification", one.lot)
    yield ("project", f"{one.project} {one.project_name}".strip())
    for code, value in (("methodology", one.methodology), ("prefecture", one.place)):
        if value is not UNSET:
            yield (code, value)
    for serials in one.serials:
        first, last = serials.first, serials.last
        yield ("serials", str(first) if first == last else f"{first}-{last}")


def _both(words: Words) -> str:
    return words.ja if words.ja == words.en else f"{words.ja} / {words.en}"
