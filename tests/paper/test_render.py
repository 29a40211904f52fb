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

from libs.edge.paper.documents import (
    AnyDocument,
    Certificate,
    ChildCertificate,
    Party,
    Serials,
    StickerSheet,
    read,
    written,
)
from libs.edge.paper.glyphs import breakable, seen
from libs.edge.paper.render import render
from libs.ledger.events.offsets import Gathering
from tests.paper.hostile import hostile
from tests.paper.papers import (
    NAME,
    PERSON,
    certificate,
    certificates,
    invalidation,
    papers,
    stickers,
)

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


def test_an_addressee_has_one_courtesy_and_who_is_not_named_has_none(poppler: Poppler) -> None:
    for name, shown_as in (
        ("例示商店株式会社", "例示商店株式会社 様"),
        ("例示商店株式会社 御中", "例示商店株式会社 御中\n"),
        ("(無記名)", "(無記名)\n"),
    ):
        shown = poppler("pdftotext", render(invalidation(addressee=name)), "-raw")
        assert shown_as in shown
        assert shown.count("様") == shown_as.count("様")


def test_one_serial_is_written_once(poppler: Poppler) -> None:
    document = certificate(
        "C-1", Gathering(event="E", held_from="2026-01-01", held_to="2026-01-02")
    )
    (lot,) = document.basis.certified
    alone = msgspec.structs.replace(lot, quantity=1, serials=(Serials(1006, 1006),))
    basis = msgspec.structs.replace(document.basis, certified=(alone,))
    shown = poppler("pdftotext", render(msgspec.structs.replace(document, basis=basis)), "-raw")
    assert "Serial numbers 1006\n" in shown


def test_the_attached_data_are_the_documents_own_bytes(poppler: Poppler, tmp_path) -> None:  # type: ignore[no-untyped-def]  # a path
    document = invalidation()
    poppler("pdfdetach", render(document), "-save", "1", "-o", str(tmp_path / "data"))
    assert (tmp_path / "data").read_bytes() == written(document)


def test_fifty_ranges_flow_over_pages_and_none_is_lost(poppler: Poppler) -> None:
    pdf = render(invalidation(50))
    assert "Pages:           3" in poppler("pdfinfo", pdf)
    shown = poppler("pdftotext", pdf, "-layout")
    for n in range(50):
        assert f" {1 + 100 * n} " in shown, "a serial is a name: its digits are not grouped"
    assert shown.count("Certification number") == 3, "the head of the table stands on each page"


@pytest.mark.parametrize("name", [name for name in certificates() if name != "o3-stickers"])
def test_a_published_use_is_one_page_and_ends_with_its_check_box(
    name: str, poppler: Poppler
) -> None:
    pdf = render(papers()[name])
    assert "Pages:           1\n" in poppler("pdfinfo", pdf)
    shown = _letters(poppler("pdftotext", pdf, "-raw"))
    assert "シリアル番号Serialnumbers1–10" in shown


def test_what_a_paper_is_not_stands_above_its_check_box_on_one_page(poppler: Poppler) -> None:
    """However far the words before it run."""
    sources = tuple(f"{NAME}の第{number}会場における来場者と出展者の移動" for number in range(60))
    for count in range(1, 60, 3):
        offset = Gathering(
            event=NAME, held_from="2026-01-01", held_to="2026-01-02", boundary=sources[:count]
        )
        shown = poppler("pdftotext", render(certificate(f"C-{count}", offset)), "-raw")
        (last,) = [page for page in shown.split("\f") if "Check this document" in page]
        assert "This certificate is no transferable right." in last


def test_what_was_cancelled_is_not_called_retired(poppler: Poppler) -> None:
    for name in ("o5-event", "o1-gift", "o3-stickers"):
        document = papers()[name]
        assert isinstance(document, Certificate | ChildCertificate | StickerSheet)
        first = document.basis
        if isinstance(first, tuple):
            changed = tuple(msgspec.structs.replace(one, cancelled=True) for one in first)
            pdf = render(msgspec.structs.replace(document, basis=changed))
        else:
            again = msgspec.structs.replace(first, cancelled=True)
            pdf = render(msgspec.structs.replace(document, basis=again))
        shown = _letters(poppler("pdftotext", pdf, "-raw"))
        assert "償却通知番号Noticeofcancellation" in shown
        assert "無効化" not in shown
        assert "retire" not in shown.lower()


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
