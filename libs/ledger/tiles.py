"""The tree's hashes in tiles (C2SP tlog-tiles): 256 hashes side by side, eight levels at once.

Tile n of level l holds the hashes over 256**l leaves each, from hash n * 256 on. A tile that is
full is hashed into one of the level above; the last of each level is partial, and together these
are the tree's right edge: whoever has them needs nothing else to go on. A partial tile of any width
is the beginning of the full one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from libs.ledger.merkle import HASH_BYTES, Node, complete

HEIGHT = 8
WIDTH = 1 << HEIGHT
TILE_BYTES = WIDTH * HASH_BYTES
LEVEL_MAX = 63
NUMBER_MAX = (1 << 63) - 1

Stored: TypeAlias = Callable[[str], bytes]
"""The bytes of a tile as far as they are kept, by its path."""

_place = re.compile(r"((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_level = re.compile(r"0|[1-9][0-9]?")


def path(level: int, number: int) -> str:
    """Return the path of a tile, without its width: `0/x001/x234/067`."""
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03}")
    return f"{level}/{'/'.join(reversed(parts))}"


def parse(level: str, place: str) -> tuple[int, int, int] | None:
    """Read the two parts of a tile's address: level, number, width. None where they are none."""
    found = _place.fullmatch(place)
    if found is None or _level.fullmatch(level) is None or int(level) > LEVEL_MAX:
        return None
    width = int(found[2] or WIDTH)
    number = int(found[1].replace("/", "").replace("x", ""))
    if (found[2] and width >= WIDTH) or number > NUMBER_MAX:
        return None
    return (
        (int(level), number, width) if path(int(level), number) == f"{level}/{found[1]}" else None
    )


def grown(size: int, leaves: Sequence[bytes], stored: Stored) -> Iterator[tuple[str, bytes]]:
    """Yield every tile that changes when leaves join a tree of a size, as it is then.

    Costs one hash per leaf above its own. Only partial tiles of the old right edge are asked for.
    """
    level, start, hashes = 0, size, list(leaves)
    while hashes:
        number, partial = divmod(start, WIDTH)
        row = stored(path(level, number)) if partial else b""
        row = row[: partial * HASH_BYTES] + b"".join(hashes)
        hashes = []
        for first in range(0, len(row), TILE_BYTES):
            tile = row[first : first + TILE_BYTES]
            yield path(level, number + first // TILE_BYTES), tile
            if len(tile) == TILE_BYTES:
                hashes.append(complete(parts(tile)))
        level, start = level + 1, number


def reader(stored: Stored) -> Node:
    """Return the hashes of complete subtrees, read from tiles; each tile is asked for once."""
    kept: dict[str, list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        tiled, height = divmod(level, HEIGHT)
        number, first = divmod(index << height, WIDTH)
        where = path(tiled, number)
        if where not in kept:
            kept[where] = parts(stored(where))
        return complete(kept[where][first : first + (1 << height)])

    return node


def parts(tile: bytes) -> list[bytes]:
    """Return the hashes of a tile."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
