"""Offset certificates オフセット証明書 of published uses, each made as a page of its own."""

import json
import shutil
import subprocess
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from pyhanko.pdf_utils.reader import PdfFileReader

from libs.auditor import audit
from libs.edge.paper.attached import DOCUMENT, attached
from libs.edge.paper.documents import Certificate, read
from libs.edge.paper.glyphs import seen
from libs.ledger.events.offsets import Offset
from services import bootstrap
from services.invalidation.commands import Application, InvalidateCredits
from services.mailing import mailing
from services.node import Node
from services.notify.commands import RequestCertificate
from services.notify.pages import Imprint, Pdf
from services.pools.commands import OpenPool
from services.scenarios.j_credit import FOREST_LOT, story
from services.scenarios.play import play
from tests.notify.telling import LINKS, ask, heard, kept, quiet, where

HOLDER = "holder:forest"
CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "offsets.json").read_text(encoding="utf-8")
)
"""The published uses O1 to O9: one retirement and one certificate each."""


async def retired(node: Node, case: dict[str, Any]) -> int:
    """Use a forest's credits up for a case; return where that stands in the journal."""
    named = {name: case[name] for name in ("purpose", "quantity", "pool") if name in case}
    use = Application("FOREST", case["user"], lot=FOREST_LOT, **named)
    return await ask(node, f"{case['case']} retired", HOLDER, InvalidateCredits((use,)))


async def certified(node: Node, case: dict[str, Any], position: int) -> str:
    """Ask for the certificate of a retirement; return its number."""
    asked = RequestCertificate(
        account="FOREST",
        number=f"main-{position}-1",
        addressee=case["addressee"],
        offset=msgspec.convert(case["offset"], Offset),
    )
    made = await ask(node, f"{case['case']} certified", HOLDER, asked)
    return f"main-{made}-1"


async def test_every_published_use_of_offsets_has_its_certificate(tmp_path: Path) -> None:
    path, tables = where(tmp_path)
    address = "https://registry.example/c/{}".format
    pages = Pdf(Imprint(address=address, specimen=True))
    async with bootstrap.embedded(path, tables) as node:
        await play("j-credit", story(), node, lambda _, __: None)
        for case in CASES:
            if "pool" in case:
                await ask(node, "pool", HOLDER, OpenPool(case["pool"], "FOREST", case["user"]))
        uses = [await retired(node, case) for case in CASES]
        async with mailing(node, tables, "", "registry@example.org", LINKS, pages) as engine:
            await quiet(node)
            numbers = [
                await certified(node, case, use) for case, use in zip(CASES, uses, strict=True)
            ]
            await quiet(node)
            await heard(engine, node)
            rows = kept(engine)
        journal = b"".join(raw + b"\n" for raw in await node.entries(0, 100_000))
    proof = audit.prove(BytesIO(journal))[1]
    assert proof["ok"], proof
    assert [case["case"] for case in CASES] == [f"O{n}" for n in range(1, 10)]
    for case, use, number in zip(CASES, uses, numbers, strict=True):
        row = rows[number]
        assert (row["kind"], row["media"], row["state"]) == (
            "certificate",
            "application/pdf",
            "issued",
        )
        pdf = b64decode(str(row["rendered"]))
        _says(pdf, case, rows[f"main-{use}-1"])
        _is_told(json.loads(str(row["document"]))["fields"], case, f"main-{use}-1")


def _says(pdf: bytes, case: dict[str, Any], notice: dict[str, object]) -> None:
    """Hold the page, as data and as text, against the case and its retirement's own notice."""
    page = read(attached(PdfFileReader(BytesIO(pdf)))[DOCUMENT])
    assert isinstance(page, Certificate)
    base, tonnes = page.basis, case["quantity"]
    assert (page.addressee, page.grams) == (case["addressee"], tonnes * 1_000_000)
    assert page.offset == msgspec.convert(case["offset"], Offset)
    assert (page.pool or "") == case.get("pool", "")
    assert (base.notice, base.used_at) == (notice["number"], notice["at"])
    assert (base.user, base.quantity) == (case["user"], tonnes)
    (used,) = base.certified
    assert (used.lot, used.quantity) == (FOREST_LOT, tonnes)
    assert (used.creator, used.methodology) == ("例示森林組合", "FO-001/3.3")
    assert used.project_name == "間伐促進プロジェクト"
    assert used.place == "鳥取県 Tottori"
    assert sum(one.last - one.first + 1 for one in used.serials) == tonnes
    told = json.loads(str(notice["document"]))["fields"]
    serials = [field["value"].split(" ")[2] for field in told if field["code"] == "serials"]
    assert [f"{one.first}-{one.last}" for one in used.serials] == serials
    shown = _text(pdf)
    for value in (page.number, case["addressee"], base.user, base.notice, *_words(case["offset"])):
        assert not shown or _letters(seen(value)) in shown, value


def _is_told(fields: list[dict[str, str]], case: dict[str, Any], notice: str) -> None:
    """Hold what mail says against the case."""
    said = [(field["code"], field["value"]) for field in fields]
    assert ("addressee", case["addressee"]) in said
    assert ("retirement_notice", notice) in said
    assert ("user", case["user"]) in said
    assert ("quantity", f"{case['quantity']} t-CO2") in said
    for word in _words(case["offset"]):
        assert word in [value for _, value in said]


def _words(offset: dict[str, Any]) -> list[str]:
    """Return what people wrote of an offset."""
    texts = [text for name, text in offset.items() if isinstance(text, str) and name != "type"]
    return [*(text for text in texts if not text[:4].isdigit()), *offset.get("boundary", ())]


def _text(pdf: bytes) -> str:
    """Return the letters on the pages; none where this machine has no poppler."""
    program = shutil.which("pdftotext")
    if program is None:
        return ""
    asked = [program, "-raw", "-", "-"]
    return _letters(
        subprocess.run(asked, input=pdf, check=True, capture_output=True).stdout.decode()
    )


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())
