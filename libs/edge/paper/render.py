"""A document as PDF/A-3b: the same values give the same bytes, on every machine and for ever.

Typst sets the page from templates that are read once, with fonts of our own, and gets what a
document says as JSON: as data, never as markup. It opens no connection and reads nothing else. The
document's own `document.json` is attached. The SHA-256 of the bytes is what the journal holds.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import segno
import typst

from libs.edge.paper.documents import AnyDocument, written
from libs.edge.paper.glyphs import FONTS, breakable, seen
from libs.ledger.instants import parse

TEMPLATES = Path(__file__).parent / "templates"
ADDRESSES = ("check", "root")
"""Fields that people copy out of the page: nothing is put into them."""


class NotRendered(Exception):
    """A template does not set a document: a fault of ours, told with Typst's words."""


def render(document: AnyDocument) -> bytes:
    """Return the base document: tagged PDF/A-3b with its fonts and its `document.json`."""
    inputs = {
        "document": msgspec.json.encode(_visible(msgspec.to_builtins(document))).decode(),
        "exact": written(document).decode(),
        "code": qr(document.check),
    }
    try:
        made = _press().compile(
            _templates(),
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["a-3b"],
            timestamp=parse(document.issued_at) // 1000,
        )
    except typst.TypstError as refused:
        raise NotRendered(f"{refused.message} ({refused.diagnostic})") from refused
    assert isinstance(made, bytes), "one document is one file"
    return made


def qr(address: str) -> str:
    """Return a check address as a QR code, in SVG."""
    drawn = BytesIO()
    segno.make_qr(address, error="m").save(drawn, kind="svg", border=0, xmldecl=False, svgns=True)
    return drawn.getvalue().decode()


def _visible(value: Any, name: str = "") -> Any:
    """Return the value of a field with every text in it as the page shows it."""
    match value:
        case str():
            return seen(value) if name in ADDRESSES else breakable(seen(value))
        case dict():
            return {field: _visible(one, field) for field, one in value.items()}
        case list() | tuple():
            return [_visible(one, name) for one in value]
        case _:
            return value


@cache
def _templates() -> Any:
    """Read the templates; Typst takes files by their names, which its stub does not know."""
    return {path.name: path.read_bytes() for path in sorted(TEMPLATES.iterdir())}


@cache
def _press() -> typst.Compiler:
    """Return a compiler that knows our fonts alone, and no folder but theirs."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )
    return typst.Compiler(
        root=FONTS, font_paths=fonts, package_path=FONTS, package_cache_path=FONTS
    )
