"""Documents that are not what they say: every attack refused, each for its own reason."""

import random
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from libs.edge.paper import seal as sealing_module
from libs.edge.paper import signers
from libs.edge.paper.doubts import SAID, Doubt
from libs.edge.paper.render import render
from libs.edge.paper.seal import Evidence, seal
from libs.edge.paper.verify import Verdict, verify
from libs.ledger import note
from libs.ledger.codec import encode
from libs.ledger.events.offsets import Gift, Product
from tests.paper.papers import certificate, child, invalidation
from tests.paper.sealing import (
    AT,
    KEYS,
    batch,
    entry,
    evidence,
    issued,
    proof,
    sealed,
    signer,
    trust,
)

Writer = IncrementalPdfFileWriter
DOCUMENT = invalidation()
CHILDREN = [child(f"main-45-1.{n}", Gift(municipality="下川町", gift="米"), n) for n in range(1, 6)]


@pytest.fixture(scope="module")
def genuine() -> bytes:
    return sealed(DOCUMENT)


def judged(raw: bytes, **asked: Any) -> Verdict:
    return verify(raw, KEYS, trust(), **asked)


def doubt(raw: bytes, **asked: Any) -> Doubt:
    verdict = judged(raw, **asked)
    assert not verdict.genuine
    assert isinstance(verdict.doubt, Doubt)
    assert verdict.number == ""
    return verdict.doubt


def test_what_is_genuine_says_what_it_is(genuine: bytes) -> None:
    verdict = judged(genuine, number=DOCUMENT.number)
    assert verdict.genuine
    assert (verdict.number, verdict.kind, verdict.ledger) == (
        "N-48213-0",
        "invalidation",
        "example",
    )
    assert verdict.position == 5
    assert verdict.development
    assert verdict.signed_at == "2026-03-30T15:04:06+00:00"


def test_every_doubt_has_words() -> None:
    assert set(SAID) == set(Doubt)


# --------------------------------------------------------------------------------- changed bytes


def test_any_changed_byte_is_refused(genuine: bytes) -> None:
    chance = random.Random(7)
    contents = genuine.index(b"/Contents <") + len("/Contents <")
    places = [chance.randrange(len(genuine)) for _ in range(60)]
    places += [contents + n for n in range(0, 8000, 400)]
    places += range(len(genuine) - 300, len(genuine), 25)
    for place in places:
        changed = bytearray(genuine)
        changed[place] ^= 1 << chance.randrange(7)
        assert not judged(bytes(changed)).genuine, (place, genuine[place - 20 : place + 20])


def test_a_byte_of_the_page_makes_another_document(genuine: bytes) -> None:
    changed = bytearray(genuine)
    changed[changed.index(b"stream") + 50] ^= 1
    assert doubt(bytes(changed)) is Doubt.DOCUMENT_DIFFERS


def test_files_that_are_no_sealed_document(genuine: bytes) -> None:
    assert doubt(b"") is Doubt.PDF_MALFORMED
    assert doubt(b"%PDF-1.7 hello") is Doubt.PDF_MALFORMED
    assert doubt(genuine[:-300]) is Doubt.PDF_MALFORMED
    assert doubt(render(DOCUMENT)) is Doubt.NOT_SEALED


# -------------------------------------------------------------------------- incremental updates


def updated(raw: bytes, change: Callable[[Writer], None]) -> bytes:
    """Return a file with an update behind it, as any editor of PDFs writes it."""
    writer, out = Writer(BytesIO(raw)), BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def page(writer: Writer) -> Any:
    return writer.root["/Pages"]["/Kids"][0]


def stream(writer: Writer, drawn: bytes) -> Any:
    return writer.add_object(generic.StreamObject(stream_data=drawn))


def other_contents(writer: Writer) -> None:
    page(writer)["/Contents"] = stream(writer, b"BT ET")
    writer.update_container(page(writer))


def same_object_anew(writer: Writer) -> None:
    """Replace what is drawn without a word in page or catalog: the `replace` shadow."""
    drawn = page(writer).raw_get("/Contents").reference
    writer.objects[(drawn.generation, drawn.idnum)] = generic.StreamObject(stream_data=b"BT ET")


def overlay(writer: Writer) -> None:
    """Cover the page by an annotation: the `hide` shadow, turned round."""
    form = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 500))),
        },
        stream_data=b"1 g 0 0 500 500 re f",
    )
    shown = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Stamp"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 500))),
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): writer.add_object(form)}),
        }
    )
    page(writer)["/Annots"] = generic.ArrayObject([writer.add_object(shown)])
    writer.update_container(page(writer))


def script(writer: Writer) -> None:
    writer.root["/OpenAction"] = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
    )
    writer.update_root()


def other_pages(writer: Writer) -> None:
    """Show other pages than those of the base: `hide and replace`."""
    pages = generic.DictionaryObject(writer.root["/Pages"])
    writer.root["/Pages"] = writer.add_object(pages)
    writer.update_root()


def other_metadata(writer: Writer) -> None:
    writer.root["/Lang"] = pdf_string("en")
    writer.update_root()


def another_file(writer: Writer) -> None:
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    names.extend((pdf_string("zzz.json"), names.raw_get(1)))
    writer.update_root()


def other_data(writer: Writer) -> None:
    """Put other data in the place of `document.json`, by a stream of its own."""
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    specification = generic.DictionaryObject(names[1])
    specification["/EF"] = generic.DictionaryObject({pdf_name("/F"): stream(writer, b"{}")})
    names[1] = writer.add_object(specification)
    writer.update_root()


CHANGES = [
    other_contents,
    same_object_anew,
    overlay,
    script,
    other_pages,
    other_metadata,
    another_file,
    other_data,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_after_the_seal_is_refused(
    change: Callable[[Writer], None], genuine: bytes
) -> None:
    assert doubt(updated(genuine, change)) is Doubt.CHANGED_AFTER_SEALING


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_hidden_in_the_seal_is_refused_though_a_trusted_key_signed_it(
    change: Callable[[Writer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    attach = sealing_module._attach

    def and_change(writer: Writer, *rest: Any) -> None:
        attach(writer, *rest)
        change(writer)

    base = render(DOCUMENT)
    monkeypatch.setattr(sealing_module, "_attach", and_change)
    raw = seal(base, evidence(entry(issued(DOCUMENT, base))), signer(), AT)
    files = change in (another_file, other_data)
    assert doubt(raw) is (Doubt.ATTACHMENTS_WRONG if files else Doubt.UPDATE_NOT_A_SEAL)


def test_an_update_between_base_and_seal_is_refused() -> None:
    """The shadow that is prepared before somebody signs: another base than the journal's."""
    base = render(DOCUMENT)
    prepared = updated(base + b"\n", other_contents)
    raw = seal(prepared, evidence(entry(issued(DOCUMENT, base))), signer(), AT)
    assert doubt(raw) is Doubt.CHANGED_AFTER_SEALING


# ------------------------------------------------------------------------------ wrapped signatures


def test_bytes_that_the_signature_does_not_cover_are_refused(genuine: bytes) -> None:
    """Wrapping: something is put where the signature has its hole, or behind its end."""
    hole = genuine.index(b">", genuine.index(b"/Contents <"))
    for raw in (
        genuine + b"\n% more",
        genuine[:hole] + b"00" * 64 + genuine[hole:],
        genuine[: hole + 1] + b" /Evil true" + genuine[hole + 1 :],
    ):
        assert not judged(raw).genuine


@pytest.mark.parametrize(
    ("key", "to"),
    [
        (b"/ByteRange", b"/ByteRangX"),
        (b"/ByteRange [", b"/ByteRange ("),
        (b"/Contents <", b"/Contentz <"),
        (b"/SubFilter", b"/SubFilteX"),
        (b"/DocMDP", b"/DocMDX"),
        (b"/V 1", b"/W 1"),
    ],
)
def test_a_signature_without_its_parts_is_refused(key: bytes, to: bytes, genuine: bytes) -> None:
    """Forgery of signatures at large: what a lax reader passes over."""
    at = genuine.rindex(key)
    assert not judged(genuine[:at] + to + genuine[at + len(key) :]).genuine


def test_zeros_behind_the_signature_are_zeros(genuine: bytes) -> None:
    end = genuine.index(b">", genuine.index(b"/Contents <"))
    changed = bytearray(genuine)
    assert changed[end - 2 : end] == b"00"
    changed[end - 1] = ord("1")
    assert doubt(bytes(changed)) is Doubt.SIGNATURE_COVERS_LESS


# --------------------------------------------------------------------------------------- forgeries


def stranger() -> signers.LoadedSigner:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return signers.LoadedSigner(key, signers.self_signed(key, signers.DEVELOPMENT, AT, 365))


def test_a_copy_sealed_by_somebody_else_is_refused() -> None:
    base = render(DOCUMENT)
    raw = seal(base, evidence(entry(issued(DOCUMENT, base))), stranger(), AT)
    assert doubt(raw) is Doubt.SIGNER_UNKNOWN


def test_another_document_with_the_evidence_of_a_genuine_one_is_refused() -> None:
    known = evidence(entry(issued(DOCUMENT, render(DOCUMENT))))
    forged = msgspec.structs.replace(DOCUMENT, quantity=1_000_000)
    assert doubt(seal(render(forged), known, signer(), AT)) is Doubt.DOCUMENT_DIFFERS


def test_another_number_is_refused(genuine: bytes) -> None:
    assert doubt(genuine, number="N-1-0") is Doubt.NUMBER_DIFFERS
    base = render(DOCUMENT)
    renumbered = msgspec.structs.replace(DOCUMENT, number="N-1-0")
    known = evidence(entry(issued(DOCUMENT, base)))
    assert doubt(seal(render(renumbered), known, signer(), AT)) is Doubt.DOCUMENT_DIFFERS
    misnumbered = evidence(entry(issued(DOCUMENT, base, number="N-1-0")))
    assert doubt(seal(base, misnumbered, signer(), AT)) is Doubt.NUMBER_DIFFERS


def test_another_fact_is_refused() -> None:
    base = render(DOCUMENT)
    known = evidence(entry(issued(DOCUMENT, base, position=7)))
    assert doubt(seal(base, known, signer(), AT)) is Doubt.FACT_DIFFERS
    elsewhere = msgspec.structs.replace(DOCUMENT, ledger="elsewhere")
    base = render(elsewhere)
    known = evidence(entry(issued(elsewhere, base)))
    assert doubt(seal(base, known, signer(), AT)) is Doubt.FACT_DIFFERS


def resealed(raw_entry: bytes, text: str) -> Doubt:
    return doubt(seal(render(DOCUMENT), Evidence(raw_entry, text), signer(), AT))


def test_an_entry_that_no_signed_tree_has_is_refused() -> None:
    known = entry(issued(DOCUMENT, render(DOCUMENT)))
    other = entry(issued(DOCUMENT, render(DOCUMENT)), position=6)
    assert resealed(known, proof(other)) is Doubt.ENTRY_NOT_IN_TREE
    assert resealed(b"[1]", proof(known)) is Doubt.ENTRY_MALFORMED
    assert resealed(known, "hello") is Doubt.PROOF_MALFORMED
    assert resealed(known, proof(other, position=5)) is Doubt.ENTRY_NOT_IN_TREE
    assert resealed(other, proof(other)) is Doubt.POSITION_DIFFERS
    longer = proof(known).replace("\n\n", f"\n{'A' * 43}=\n\n", 1)
    assert resealed(known, longer) is Doubt.PATH_WRONG


def test_a_checkpoint_that_the_ledger_did_not_sign_is_refused() -> None:
    known = entry(issued(DOCUMENT, render(DOCUMENT)))
    assert resealed(known, proof(known, note.Signer("example", b"\x08" * 32))) is (
        Doubt.CHECKPOINT_KEY_UNKNOWN
    )
    resized = proof(known).replace("example\n11\n", "example\n12\n")
    assert resealed(known, resized) is Doubt.CHECKPOINT_SIGNATURE_WRONG
    assert resealed(known, proof(known)[:-3]) is Doubt.CHECKPOINT_MALFORMED


# ------------------------------------------------------------------------------------------- bulk


def test_a_document_of_a_batch_is_proven_by_its_data() -> None:
    for index in (0, 3, 4):
        verdict = judged(batch(CHILDREN, index))
        assert verdict.genuine, verdict
        assert verdict.in_batch
        assert verdict.number == f"main-45-1.{index + 1}"


def test_a_document_that_is_not_in_the_batch_is_refused() -> None:
    """Evidence of the batch's third, under a document that it does not have."""
    evil = child("main-45-1.4", Gift(municipality="下川町", gift="米"), 1_000_000)
    leaf_of = [*CHILDREN]
    raw = batch(leaf_of, 3)
    files = _evidence(raw)
    assert doubt(seal(render(evil), files, signer(), AT)) is Doubt.BATCH_WRONG
    for place in (b"{}", b"[]", encode({"index": 9, "size": 5, "path": []})):
        moved = Evidence(files.entry, files.proof, place)
        assert doubt(seal(render(CHILDREN[3]), moved, signer(), AT)) is Doubt.BATCH_WRONG


def test_a_child_of_another_line_number_or_fact_is_refused() -> None:
    """The root is right each time, and one thing that the fact says beside it is not."""
    assert doubt(batch(CHILDREN, 3, number="main-46-1")) is Doubt.NUMBER_DIFFERS
    assert doubt(batch(CHILDREN[::-1], 0, number="main-45-1")) is Doubt.NUMBER_DIFFERS
    assert doubt(batch(CHILDREN, 3, position=7)) is Doubt.FACT_DIFFERS
    assert doubt(batch(CHILDREN, 3, type="credits.issued.v1")) is Doubt.BATCH_WRONG
    assert doubt(batch(CHILDREN, 3, size=6)) is Doubt.BATCH_WRONG
    files = _evidence(batch(CHILDREN, 3))
    neighbour = seal(render(CHILDREN[2]), files, signer(), AT)
    assert doubt(neighbour) is Doubt.BATCH_WRONG


def test_a_parent_is_no_part_of_its_childrens_batch() -> None:
    parent = certificate("P-5868-4712", Product(product="米"))
    files = _evidence(batch(CHILDREN, 3))
    assert doubt(seal(render(parent), files, signer(), AT)) is Doubt.BATCH_WRONG
    single = Evidence(files.entry, files.proof)
    assert doubt(seal(render(CHILDREN[3]), single, signer(), AT)) is Doubt.DOCUMENT_DIFFERS


def _evidence(raw: bytes) -> Evidence:
    """Take the evidence out of a sealed file."""
    from libs.edge.paper.revisions import opened  # noqa: PLC0415 - of this step alone

    files = opened(raw).files
    return Evidence(files["entry.json"], files["proof.tlog"].decode(), files["batch.json"])


def test_the_digest_is_of_the_bytes_up_to_the_seal(genuine: bytes) -> None:
    from libs.edge.paper.revisions import opened  # noqa: PLC0415 - of this step alone

    base = opened(genuine).base
    assert base == render(DOCUMENT)
    assert sha256(base).hexdigest() in opened(genuine).files["entry.json"].decode()
