"""The two revisions of a sealed document: the base, and the one update that sealed it.

What the update may say is listed here and compared word for word; whatever else it says (another
page, a form, a script, an object of the base written anew, a later update) is an attack or a fault,
and the file is refused. So what a reader shows of the file is what it shows of the base.
"""

from io import BytesIO

import msgspec
from asn1crypto.cms import ContentInfo
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import DictionaryObject, PdfObject, Reference
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from libs.edge.paper.attached import DOCUMENT, attached
from libs.edge.paper.doubts import Doubt, Doubtful
from libs.edge.paper.seal import BATCH, ENTRY, FIELD, LINE_FEED, PROOF

END = b"%%EOF"
CATALOG_ADDS = {"/AF", "/AcroForm", "/Extensions", "/Names", "/Perms"}
FIELD_HAS = {"/FT", "/T", "/Type", "/Subtype", "/F", "/Rect", "/P", "/V"}
EVIDENCE = ({ENTRY, PROOF}, {ENTRY, PROOF, BATCH})


class Sealed(msgspec.Struct, frozen=True):
    """A sealed file taken apart: the base, what is attached to it, and its signature."""

    base: bytes
    files: dict[str, bytes]
    signature: EmbeddedPdfSignature


def opened(raw: bytes) -> Sealed:
    """Take a sealed file apart; raises Doubtful where it is anything but a base and its seal."""
    try:
        pdf = PdfFileReader(BytesIO(raw), strict=True)
        base = _base(raw, pdf)
        _insist_on_additions(PdfFileReader(BytesIO(base), strict=True), pdf)
        files = attached(pdf)
        return Sealed(base, files, _signature(raw, pdf))
    except Doubtful:
        raise
    except Exception as wrong:
        raise Doubtful(Doubt.PDF_MALFORMED, f"{type(wrong).__name__}: {wrong}"[:200]) from wrong


def _base(raw: bytes, pdf: PdfFileReader) -> bytes:
    """Return the first revision, of two."""
    count = pdf.xrefs.total_revisions
    if count == 1:
        raise Doubtful(Doubt.NOT_SEALED)
    if count != 2 or pdf.xrefs.hybrid_xrefs_present:  # noqa: PLR2004 - the base and its seal
        raise Doubtful(Doubt.CHANGED_AFTER_SEALING, f"{count} revisions")
    end = raw.index(END, pdf.xrefs.get_xref_container_info(0).end_location) + len(END)
    if raw[end : end + 1] != LINE_FEED:
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, "the base does not end in a line of its own")
    return raw[:end]


def _insist_on_additions(base: PdfFileReader, pdf: PdfFileReader) -> None:
    """Compare everything that the update says with the little that a seal says."""
    root, page = base.trailer.raw_get("/Root").reference, _first_page(base)
    size = int(base.trailer["/Size"])
    written = {ref.idnum for ref in pdf.xrefs.explicit_refs_in_revision(1)}
    anew = {number for number in written if number < size} - {root.idnum, page.idnum}
    if base.xrefs.total_revisions != 1 or anew or pdf.xrefs.refs_freed_in_revision(1):
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, f"objects written anew: {sorted(anew)}")
    for key in ("/Root", "/Info"):
        _insist_same(base.trailer.raw_get(key), pdf.trailer.raw_get(key), key)
    if "/Encrypt" in pdf.trailer:
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, "the file is encrypted")
    _insist_equal(base.root, pdf.root, CATALOG_ADDS)
    before, after = (one.get_object(_at(page, one)) for one in (base, pdf))
    _insist_equal(before, after, {"/Annots"})
    form = _insist_form(pdf.root)
    shown = after.get("/Annots", [])
    if len(shown) != 1 or "/Annots" in before or _text(shown.raw_get(0)) != form:
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, "the page has other annotations than the seal")
    _insist_files(base.root, pdf.root)


def _insist_form(root: DictionaryObject) -> bytes:
    """Insist on a form of one signature field that shows nothing; return how it is named."""
    form = root["/AcroForm"]
    if set(form) != {"/Fields", "/SigFlags"} or len(form["/Fields"]) != 1:
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, "the form is no signature's alone")
    field = form["/Fields"][0]
    if set(field) - FIELD_HAS or field["/T"] != FIELD or any(field["/Rect"]):
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, "the field of the signature is not a seal's")
    perms = root["/Perms"]
    if set(perms) != {"/DocMDP"} or _text(perms.raw_get("/DocMDP")) != _text(field.raw_get("/V")):
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, "the signature does not certify the file")
    return _text(form["/Fields"].raw_get(0))


def _insist_files(base: DictionaryObject, root: DictionaryObject) -> None:
    """Insist that the files of the evidence were added, and `document.json` is the base's."""
    names = root["/Names"]
    if set(names) != {"/EmbeddedFiles"} or set(names["/EmbeddedFiles"]) != {"/Names"}:
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, "the names of the file are not its attachments")
    before, after = (_pairs(one["/Names"]["/EmbeddedFiles"]["/Names"]) for one in (base, root))
    same = before.get(DOCUMENT) == after.get(DOCUMENT) is not None
    if not same or set(before) != {DOCUMENT} or set(after) - {DOCUMENT} not in EVIDENCE:
        raise Doubtful(Doubt.ATTACHMENTS_WRONG, ", ".join(sorted(after)))
    listed = [_text(one) for one in _raw(root["/AF"])]
    if sorted(listed) != sorted(after.values()):
        raise Doubtful(Doubt.ATTACHMENTS_WRONG, "other files are associated than are attached")


def _signature(raw: bytes, pdf: PdfFileReader) -> EmbeddedPdfSignature:
    """Return the one signature, which covers the file and allows no change.

    What it cannot cover is its own place: there it stands in its one form, and zeros behind it.
    """
    found: list[EmbeddedPdfSignature] = list(pdf.embedded_signatures)
    if len(found) != 1:
        raise Doubtful(Doubt.NOT_SEALED, f"{len(found)} signatures")
    signature = found[0]
    if signature.evaluate_signature_coverage() != SignatureCoverageLevel.ENTIRE_FILE:
        raise Doubtful(Doubt.SIGNATURE_COVERS_LESS)
    _, start, end, _ = signature.byte_range
    content = signature.pkcs7_content
    own = ContentInfo.load(content).dump()
    filled = own + bytes(len(content) - len(own))
    if raw[start:end] != b"<%s>" % filled.hex().upper().encode():
        raise Doubtful(Doubt.SIGNATURE_COVERS_LESS, "something stands beside the signature")
    if signature.docmdp_level != MDPPerm.NO_CHANGES:
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, "the signature allows changes")
    return signature


def _first_page(pdf: PdfFileReader) -> Reference:
    node = pdf.root.raw_get("/Pages")
    while node.get_object()["/Type"] == "/Pages":
        node = node.get_object()["/Kids"].raw_get(0)
    reference: Reference = node.reference
    return reference


def _at(reference: Reference, pdf: PdfFileReader) -> Reference:
    return Reference(reference.idnum, reference.generation, pdf)


def _insist_equal(before: DictionaryObject, after: DictionaryObject, adds: set[str]) -> None:
    for key in (set(before) | set(after)) - adds:
        if key not in before or key not in after:
            raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, f"{key} came or went")
        _insist_same(before.raw_get(key), after.raw_get(key), key)


def _insist_same(before: PdfObject, after: PdfObject, key: str) -> None:
    if _text(before) != _text(after):
        raise Doubtful(Doubt.UPDATE_NOT_A_SEAL, f"{key} is written anew")


def _pairs(names: generic.ArrayObject) -> dict[str, bytes]:
    raw = _raw(names)
    return {str(raw[n]): _text(raw[n + 1]) for n in range(0, len(raw), 2)}


def _raw(array: generic.ArrayObject) -> list[PdfObject]:
    return [array.raw_get(n) for n in range(len(array))]


def _text(thing: PdfObject) -> bytes:
    """Return a value as the file would write it: a reference is its number, not what is there."""
    written = BytesIO()
    thing.write_to_stream(written)
    return written.getvalue()
