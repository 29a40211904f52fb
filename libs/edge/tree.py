"""The journal's Merkle tree as tiles of hashes, which follow the journal like every other table.

The last tile of each level is the right edge: a projection goes on with nothing else, and the
tiles are the same however the entries came.
"""

from collections.abc import Sequence

from sqlalchemy import CheckConstraint, Column, Connection, LargeBinary, Table, select

from libs.edge.batch import Batch
from libs.edge.projection import Part
from libs.edge.schema import METADATA, words
from libs.ledger.merkle import HASH_BYTES, Node, leaf_hash
from libs.ledger.ports import Halted
from libs.ledger.tiles import TILE_BYTES, grown, reader

tiles = Table(
    "tiles",
    METADATA,
    Column("path", words(), primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
    CheckConstraint(
        f"length(hashes) BETWEEN {HASH_BYTES} AND {TILE_BYTES}"
        f" AND length(hashes) % {HASH_BYTES} = 0",
        name="tiles_hashes",
    ),
)
"""`path` is a tile's level and number as its address has them, without a width: a partial tile of
any width is the beginning of the row."""


def part() -> Part:
    """Keep the tiles of the tree over the entries' stored bytes."""
    return Part((tiles,), append=_append)


def node(connection: Connection) -> Node:
    """Return the hashes of complete subtrees, as far as the tables have followed the journal."""
    return reader(lambda path: _whole(path, tile(connection, path)))


def tile(connection: Connection, path: str) -> bytes | None:
    """Return the hashes of a tile, as many as there are."""
    found = connection.scalar(select(tiles.c.hashes).where(tiles.c.path == path))
    return None if found is None else bytes(found)


def _append(batch: Batch, position: int, entries: Sequence[bytes]) -> None:
    edge: set[str] = set()

    def stored(path: str) -> bytes:
        edge.add(path)
        row = batch.row(tiles, path)
        return _whole(path, None if row is None else row["hashes"])

    for path, hashes in grown(position, [leaf_hash(raw) for raw in entries], stored):
        if path in edge:
            batch.change(tiles, path, {"hashes": hashes})
        else:
            batch.add(tiles, {"path": path, "hashes": hashes})


def _whole(path: str, hashes: object) -> bytes:
    if not isinstance(hashes, bytes):
        raise Halted(f"the tree has no tile {path}; tonne rebuild")
    return hashes
