"""A ledger of a few entries that records documents, and documents sealed with its proof."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from libs.edge.paper import signers
from libs.edge.paper.documents import AnyDocument, written
from libs.edge.paper.render import render
from libs.edge.paper.seal import Evidence, seal
from libs.edge.paper.verify import Trust
from libs.ledger import checkpoint, merkle, note, receipt
from libs.ledger.codec import encode
from libs.ledger.entry import GENESIS

AT = "2026-03-30T15:04:06.000Z"
LEDGER_KEY = note.Signer("example", b"\x07" * 32)
KEYS = (LEDGER_KEY.key,)
POSITION, SIZE = 5, 11


@cache
def signer() -> signers.LoadedSigner:
    """Return a development key, made once for all tests."""
    return signers.development(Path(mkdtemp(prefix="paper-")), "2026-01-01T00:00:00.000Z")


def trust() -> Trust:
    """Return its certificate."""
    own = signer().signing_cert
    assert own is not None
    return (own,)


def entry(*events: dict[str, Any], position: int = POSITION, appended: str = AT) -> bytes:
    """Return the bytes of an entry with these facts."""
    return encode(
        {
            "format": 1,
            "ledger": "example",
            "position": position,
            "previous": GENESIS,
            "log": 0,
            "offset": position,
            "appended": appended,
            "at": AT,
            "rules": GENESIS,
            "request": GENESIS,
            "command": {"actor": "operator:1"},
            "verdict": "accepted",
            "events": events,
        }
    )


def issued(document: AnyDocument, base: bytes, **changed: Any) -> dict[str, Any]:
    """Return the fact that a document was issued."""
    return {
        "type": "notice.issued.v1",
        "number": document.number,
        "kind": "invalidation",
        "position": document.position,
        "fact": 0,
        "sha256": sha256(base).hexdigest(),
        **changed,
    }


def node(leaves: Sequence[bytes]) -> merkle.Node:
    """Return the tree over some leaves' hashes, by its definition."""
    return lambda level, index: merkle.complete(leaves[index << level : (index + 1) << level])


def proof(raw: bytes, by: note.Signer = LEDGER_KEY, position: int = POSITION) -> str:
    """Return a receipt of an entry in a tree where it stands."""
    hashes = [merkle.leaf_hash(f"entry {n}".encode()) for n in range(SIZE)]
    hashes[position] = merkle.leaf_hash(raw)
    tree = node(hashes)
    root = checkpoint.Checkpoint("example", SIZE, merkle.root(SIZE, tree))
    path = tuple(merkle.inclusion(position, SIZE, tree))
    return receipt.write(receipt.Proof(position, path, checkpoint.sign(root, by).encode()))


def evidence(raw: bytes) -> Evidence:
    """Return what a seal adds for an entry."""
    return Evidence(raw, proof(raw))


def sealed(document: AnyDocument) -> bytes:
    """Return a document as its addressee gets it."""
    base = render(document)
    return seal(base, evidence(entry(issued(document, base))), signer(), AT)


def batch(documents: Sequence[AnyDocument], index: int, **changed: Any) -> bytes:
    """Return one document of a batch, sealed; its fact may be `changed`."""
    hashes = [merkle.leaf_hash(written(one)) for one in documents]
    size, tree = len(hashes), node(hashes)
    root = {"root": merkle.root(size, tree).hex(), "size": size}
    told = {"number": documents[0].number.partition(".")[0], "sha256": "5" * 64}
    raw = entry(issued(documents[0], b"", **{**told, **root, **changed}))
    path = [one.hex() for one in merkle.inclusion(index, size, tree)]
    place = encode({"index": index, "size": size, "path": path})
    return seal(render(documents[index]), Evidence(raw, proof(raw), place), signer(), AT)
