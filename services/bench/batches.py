"""What documents in bulk take: a root over each fact's lines, and one of them when it is wanted."""

import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import asdict
from sqlalchemy import Engine, insert

from libs.edge.cursors import snapshot
from libs.edge.paper import signers
from libs.edge.paper.render import render
from libs.edge.paper.seal import Evidence, seal
from libs.ledger.codec import encode
from libs.ledger.entry import decode
from libs.ledger.records.notices import Told
from services.notify.batches import Batches
from services.notify.documents import Paper
from services.notify.links import Links
from services.notify.pages import Imprint, Pdf
from services.notify.papers import ISSUED, batches, metadata, papers, written
from services.notify.projection import notices
from services.notify.registers import about
from services.notify.statements import Statements

AT = "2026-03-30T15:04:06.000Z"
LINKS = Links("a key of the benchmark")


def issued(engine: Engine, entries: Sequence[bytes]) -> float:
    """Issue the notice of each entry's fact, as its statement; return the seconds that it took."""
    metadata.create_all(engine, tables=[papers, batches])
    renderer = Statements(Pdf(Imprint(address=_address, specimen=True)), LINKS)
    started = time.perf_counter()
    for raw in entries:
        entry = decode(raw)
        paper = Paper(
            ledger=entry.ledger,
            number=Told(entry.position, 0).number(entry.ledger),
            kind="certificates",
            form="pdf",
            position=entry.position,
            fact=0,
            at=entry.at,
            event=entry.events[0],
        )
        found = about(engine, paper)
        if found is None:
            raise TypeError("the tables have not reached what they are asked of")
        rendered = renderer.render(paper, found)
        if rendered.batch is None:
            raise TypeError("a fact of a pool has documents for its lines")
        told = {name: getattr(paper, name) for name in ("number", "kind", "position", "fact", "at")}
        row = {**told, "ledger": paper.ledger, "form": paper.form, "version": 1, "attempts": 1}
        row |= {"event": encode(paper.event).decode(), "parties": "[]", "spelling": "{}"}
        row |= {"state": ISSUED, "next_at": 0, "media": rendered.media}
        digest = {"sha256": sha256(rendered.data).hexdigest()}
        notice = {**told, **digest, "first": paper.number, "status": "issued", "issued_by": 0}
        with engine.begin() as connection:
            connection.execute(insert(papers), row | digest | {"rendered": written(rendered.data)})
            kept = {"number": paper.number, **asdict(rendered.batch)}
            connection.execute(insert(batches), kept)
            connection.execute(insert(notices), notice)
    return time.perf_counter() - started


def asked(engine: Engine, entries: Sequence[bytes], lines: int, count: int) -> float:
    """Make certificates of lines that lie far apart, and seal them; return how many a second."""
    kept = Batches(engine, LINKS)
    numbers = [Told(decode(raw).position, 0).number("main") for raw in entries]
    with TemporaryDirectory(prefix="tonne-bench-") as folder:
        signer = signers.development(Path(folder), AT)
        started = time.perf_counter()
        for one in range(count):
            number = f"{numbers[one % len(numbers)]}.{one * 7919 % lines + 1}"
            with snapshot(engine) as read:
                found = kept.find(read, number)
            if found is None or found.document is None:
                raise TypeError(f"there is no {number}")
            evidence = Evidence(entries[0][:1000], "proof", found.place)
            seal(render(found.document), evidence, signer, AT)
        return count / (time.perf_counter() - started)


def _address(number: str) -> str:
    return f"https://registry.example/c/{LINKS.code(number)}"
