"""Documents in a backup: copied under their digests, and an index that the manifest vouches for."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from libs.edge.documents import Documents
from libs.edge.problems import Refused
from libs.ledger.entry import Digest
from libs.ledger.ports import LedgerFault

FOLDER = "documents"


class DocumentDamaged(LedgerFault):
    """A document is not what its digest says, or is missing."""


class Paper(msgspec.Struct, frozen=True):
    """A document, as a line of the index."""

    sha256: Digest
    bytes: int


_line = msgspec.json.Decoder(Paper)


def copy(source: Documents, target: Documents) -> Iterator[bytes]:
    """Copy every document, and yield its line; raise DocumentDamaged where one has changed."""
    for digest in source.every():
        data = _read(source, digest)
        target.put(digest, data)
        yield msgspec.json.encode(Paper(digest, len(data)))


def insist(index: Path, folder: Path) -> int:
    """Raise DocumentDamaged where a document of the index is not there whole; return how many."""
    kept, count = Documents(folder), 0
    for paper in _papers(index):
        _read(kept, paper.sha256)
        count += 1
    return count


def put(index: Path, folder: Path, target: Documents) -> None:
    """Put the documents of an index where they are served; what is there already stays."""
    kept = Documents(folder)
    for paper in _papers(index):
        target.put(paper.sha256, _read(kept, paper.sha256))


def _papers(index: Path) -> Iterator[Paper]:
    with index.open("rb") as file:
        yield from map(_line.decode, file)


def _read(kept: Documents, digest: str) -> bytes:
    try:
        return kept.get(digest)
    except Refused as wrong:
        raise DocumentDamaged(f"{wrong.problem.code}: {digest}") from None
