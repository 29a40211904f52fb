"""Documents as PDF/A-3b: the same bytes for ever, every character there, no text ever run."""

import hashlib
import resource
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from libs.edge.paper.documents import AnyDocument, Party, read, written
from libs.edge.paper.glyphs import breakable, seen
from libs.edge.paper.render import render
from libs.ledger.events.offsets import Gathering
from tests.paper.hostile import hostile
from tests.paper.papers import NAME, PERSON, certificate, invalidation, papers, stickers

Poppler = Callable[..., str]
ALONE = (
    "import hashlib, sys; from tests.paper.papers import papers; "
    "from libs.edge.paper.render import render; "
    "print(hashlib.sha256(render(papers()[sys.argv[1]])).hexdigest())"
)


@pytest.mark.parametrize("name", ["invalidation", "o3-stickers"])
def test_another_process_renders_the_same_bytes(name: str) -> None:
    asked = [sys.executable, "-c", ALONE, name]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    assert told == hashlib.sha256(render(papers()[name])).hexdigest()


@pytest.mark.parametrize("name", papers())
def test_a_document_is_its_data_and_a_page(name: str, poppler: Poppler) -> None:
    document = papers()[name]
    assert read(written(document)) == document
    pdf = render(document)
    shown = poppler("pdftotext", pdf, "-raw")
    assert document.number in shown
    assert document.check in shown.replace("\n", "")
    assert "見本" in shown
    assert "document.json" in poppler("pdfdetach", pdf, "-list")
    fonts = poppler("pdffonts", pdf).splitlines()[2:]
    assert fonts
    assert all("yes yes yes" in line for line in fonts), "embedded, subset, with ToUnicode"


def test_names_that_are_hard_to_set_are_there_and_extract(poppler: Poppler) -> None:
    shown = poppler("pdftotext", render(papers()["o1-gift"]), "-raw")
    assert f"{PERSON} 様" in shown, "variation selectors kept"
    assert NAME in poppler("pdftotext", render(invalidation()), "-raw")


def test_the_attached_data_are_the_documents_own_bytes(poppler: Poppler, tmp_path) -> None:  # type: ignore[no-untyped-def]  # a path
    document = invalidation()
    poppler("pdfdetach", render(document), "-save", "1", "-o", str(tmp_path / "data"))
    assert (tmp_path / "data").read_bytes() == written(document)


def test_fifty_ranges_flow_over_pages_and_none_is_lost(poppler: Poppler) -> None:
    pdf = render(invalidation(50))
    assert "Pages:           3" in poppler("pdfinfo", pdf)
    shown = poppler("pdftotext", pdf, "-layout")
    for n in range(50):
        assert f"{1 + 100 * n:,}" in shown
    assert shown.count("Certification number") == 3, "the head of the table stands on each page"


def test_every_label_has_the_check_address(poppler: Poppler) -> None:
    sheet = stickers(30)
    shown = poppler("pdftotext", render(sheet), "-raw").replace("\n", "")
    assert shown.count(sheet.check) == 31, "and so has the sheet"


def test_a_child_says_what_it_is_no_evidence_for(poppler: Poppler) -> None:
    for name, document in papers().items():
        shown = poppler("pdftotext", render(document), "-raw").replace("\n", "")
        shares = ("o1-gift", "o7-travel", "o3-stickers", "donation", "certificates", "settlement")
        is_child = name in shares
        for scheme in ("温対法", "省エネ法", "CDP", "SBT", "RE100", "GX-ETS"):
            assert (scheme in shown) is is_child, (name, scheme)


def test_a_document_that_is_no_specimen_does_not_say_so(poppler: Poppler) -> None:
    assert "見本" not in poppler("pdftotext", render(invalidation(specimen=False)), "-raw")


def test_what_has_no_glyph_is_shown_as_its_code_point() -> None:
    assert seen("a\u202eb\t😀") == "a<U+202E>b<U+0009><U+1F600>"
    assert seen("辻\U000e0100") == "辻\U000e0100"
    assert seen("a\U000e0100辻\U000e01ef") == "a<U+E0100>辻<U+E01EF>"
    assert breakable("A" * 25) == "A" * 25
    assert breakable("A" * 40) == "\u200b".join(["A" * 10] * 4)


def test_hostile_texts_are_inert(poppler: Poppler) -> None:
    """B8: texts that would be markup, code or formulas elsewhere come out as they are seen."""
    texts = hostile()
    for document in _with(texts):
        shown = _letters(poppler("pdftotext", render(document), "-raw"))
        assert isinstance(document, type(invalidation()))
        assert _letters(seen(document.user.name)) in shown
        assert _letters(seen(document.addressee)) in shown


def test_hostile_texts_are_inert_in_certificates_too(poppler: Poppler) -> None:
    """Every seventh text, in what a certificate says was offset."""
    texts = hostile()[::7]
    for one, other in zip(texts[::2], texts[1::2], strict=False):
        offset = Gathering(
            event=one,
            held_from="2026-01-01",
            held_to="2026-01-02",
            venue=other,
            boundary=tuple(texts[:3]),
        )
        document = certificate(f"C-{len(one)}", offset, addressee=other)
        shown = _letters(poppler("pdftotext", render(document), "-raw"))
        for text in (one, other, *texts[:3]):
            assert _letters(seen(text)) in shown


def _with(texts: list[str]) -> list[AnyDocument]:
    """Put every text into some documents, in each field that people write."""
    made: list[AnyDocument] = []
    for one, other in zip(texts[::2], texts[1::2], strict=True):
        user = Party(name=one, corporate_number=other[:100])
        claim = msgspec.structs.replace(invalidation().claim, detail=one, scope=other, place=one)
        lots = tuple(
            msgspec.structs.replace(lot, project_name=one, creator=other)
            for lot in invalidation().certified
        )
        told: dict[str, Any] = {"user": user, "addressee": other, "agent": one, "claim": claim}
        made.append(invalidation(**told, certified=lots))
    return made


def _letters(text: str) -> str:
    """Leave out what the setting of lines and pages decides: spaces, breaks, page heads."""
    return unicodedata.normalize("NFC", "".join(text.split()).replace("\u200b", ""))


def test_rendering_opens_no_file_and_no_connection() -> None:
    """Whatever a text says: with no descriptor left to open anything, every page still comes."""
    render(invalidation())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            open("/dev/null")  # noqa: PTH123, SIM115 - shows that the limit holds
        pages = [render(document) for document in _with(hostile()[:20])]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(pages) == 10
