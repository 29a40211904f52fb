"""What a document of a batch says, field by field, for a page that shows it to whoever has it."""

from collections.abc import Iterator

from msgspec import UNSET

from libs.edge.paper.documents import AnyDocument, Basis, ChildCertificate, Deposit, StickerSheet
from libs.ledger.records.notices import told
from services.notify.documents import FORMAT, Document, Field, words
from services.notify.labels import LABELS, TITLES
from services.notify.notices import shown, tokyo


def saying(document: AnyDocument) -> Document:
    """Return what a certificate, a sheet of labels or a receipt says."""
    assert isinstance(document, ChildCertificate | StickerSheet | Deposit), (
        "a line has one of these"
    )
    kind = str(document.__struct_config__.tag)
    named = told(document.ledger, document.number.rpartition(".")[0])
    said = [
        ("number", document.number),
        ("date", tokyo(document.issued_at)),
        ("addressee", document.addressee),
        *_lines(document),
        ("entry", f"{document.ledger} / {document.position}"),
    ]
    return Document(
        format=FORMAT,
        ledger=document.ledger,
        number=document.number,
        kind=kind,
        form="pdf",
        position=document.position,
        fact=0 if named is None else named.fact,
        at=document.issued_at,
        title=TITLES[kind],
        fields=tuple(Field(code, *LABELS[code], shown(value)) for code, value in said if value),
        final=("", ""),
    )


def _lines(document: ChildCertificate | StickerSheet | Deposit) -> Iterator[tuple[str, str]]:
    match document:
        case Deposit():
            yield ("pool_name", document.pool)
            yield ("yen", f"{document.yen} JPY")
            return
        case StickerSheet():
            yield ("grams", f"{document.grams_each * document.stickers} g-CO2")
            yield ("stickers", str(document.stickers))
            yield from words(document.offset)
        case ChildCertificate():
            yield ("grams", f"{document.grams} g-CO2")
            yield ("yen", "" if document.yen is UNSET else f"{document.yen} JPY")
            yield ("deposit", "" if document.deposit is UNSET else document.deposit)
            if document.offset is not UNSET:
                yield from words(document.offset)
    for one in document.basis:
        yield from _basis(one)


def _basis(of: Basis) -> Iterator[tuple[str, str]]:
    """Yield a retirement that grams come from, its credits and where they were made."""
    yield ("retirement_notice", of.notice)
    yield ("retired_at", tokyo(of.used_at))
    yield ("user", of.user)
    for lot in of.certified:
        yield ("certification_number", f"{lot.lot} ({lot.quantity} t-CO2)")
        for one in lot.serials:
            yield ("serials", f"{lot.lot} / {one.first}-{one.last}")
        yield ("project", lot.project)
        yield ("project_name", lot.project_name)
        yield ("place", "" if lot.place is UNSET else lot.place)
