"""Batches: one document of many, as the journal knows it, whenever somebody asks for it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product

import msgspec
from sqlalchemy import Connection, Engine, select

from libs.edge.database import reaching
from libs.edge.paper.documents import AnyDocument, written
from libs.edge.problems import Refused
from libs.ledger.codec import decode_event, encode
from libs.ledger.merkle import Node, inclusion, leaf_hash
from services.notify.children import NOT_KEPT, Common, addressed, apart, document, tree
from services.notify.links import Links, child
from services.notify.papers import batches, papers
from services.notify.pooled import Line, Lined, Person, line_of, lines_of, people
from services.notify.projection import notices

KEPT_BATCHES = 8
"""As many batches as a process has at hand: 10,000 lines are a few megabytes."""

_common = msgspec.json.Decoder(Common)


class Found(msgspec.Struct, frozen=True):
    """A document of a batch: what became of the batch's notice, and which entry issued it.

    `place` is its `batch.json`. Without `document`, it named a person who was erased since: nobody
    can make it again, and its leaf still proves those beside it.
    """

    number: str
    status: str
    issued_by: int
    place: bytes
    document: AnyDocument | None


class AtHand(msgspec.Struct, frozen=True):
    """A batch at hand; `lines` are the fact's own, and of a settlement they are in the tables."""

    common: Common
    event: Lined
    leaves: Sequence[bytes]
    node: Node
    lines: Sequence[Line]


class Batches:
    """Makes the documents of batches again; blocks, so call it in a thread."""

    def __init__(self, engine: Engine | None, links: Links) -> None:
        self._engine = engine
        self._links = links
        self._at_hand = lru_cache(KEPT_BATCHES)(self._kept)

    def find(self, read: Connection, number: str) -> Found | None:
        """Return a document of a batch that was issued; None where no batch has it.

        Raises Refused where we have not what it is made of, or that is not what was issued.
        """
        named = child(number)
        if named is None:
            return None
        wanted = select(notices).where(notices.c.number == named.notice)
        notice = read.execute(wanted).mappings().first()
        if notice is None:
            return None
        kept = self._at_hand(named.notice, notice["sha256"])
        if named.line > len(kept.leaves):
            return None
        path = inclusion(named.line - 1, len(kept.leaves), kept.node)
        place = {"index": named.line - 1, "size": len(kept.leaves), "path": [p.hex() for p in path]}
        return Found(
            number=number,
            status=notice["status"],
            issued_by=notice["issued_by"],
            place=encode(place),
            document=self._made(read, kept, named.line),
        )

    def _made(self, read: Connection, kept: AtHand, number: int) -> AnyDocument | None:
        """Return the document whose leaf was kept, or None where the name in it was erased."""
        if kept.lines:
            line: Line | None = kept.lines[number - 1]
        else:
            line = line_of(read, kept.event, kept.common.position, number)
        if line is None:
            raise Refused("document_damaged")
        kept_by = str(kept.common.pool.account)
        known = people(read, (line,), kept_by).get(line.commitment, NOT_KEPT)
        ways = product(self._links.each, _ways(line, known))
        for links, person in ways:  # the key may have been changed since
            told = addressed(kept.common, number, line, person, links)
            made = document(kept.common, number, line, *told)
            if leaf_hash(written(made)) == kept.leaves[number - 1]:
                return made
        if line.commitment and known == Person():
            return None
        raise Refused("document_damaged")

    def _kept(self, notice: str, sha256: str) -> AtHand:
        wanted = select(papers.c.event, papers.c.position, batches).join(
            batches, batches.c.number == papers.c.number
        )
        wanted = wanted.where(papers.c.number == notice, papers.c.sha256 == sha256)
        if self._engine is None:
            raise Refused("document_not_found")
        with reaching(), self._engine.connect() as connection:
            row = connection.execute(wanted).mappings().first()
            if row is None:
                raise Refused("document_not_found")
            event, leaves = decode_event(row["event"].encode()), apart(row["leaves"])
            assert isinstance(event, Lined), "what has a batch is told by lines"
            common = _common.decode(row["common"])
            lines = () if common.of == "settlement" else tuple(lines_of(connection, event, 0))
        return AtHand(common, event, leaves, tree(leaves), lines)


def _ways(line: Line, known: Person) -> Iterator[Person | None]:
    """Yield who the addressee may have been when the batch was issued, likeliest first."""
    if not line.commitment:
        yield None
        return
    yield known
    if known != Person():
        yield Person()
    if known != NOT_KEPT:
        yield NOT_KEPT
