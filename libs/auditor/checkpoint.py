"""Hold an exported tonne journal against a published checkpoint of its Merkle tree.

Usage: python3 checkpoint.py JOURNAL.ndjson CHECKPOINT.txt

One file, standard library only, sharing no code with any writer of journals. The checkpoint is a
C2SP signed note: origin, size and root stand in its first three lines. Who signed it must be
checked by other means: the standard library has no Ed25519. Every line of the journal is a leaf,
without its line feed; hashes are those of RFC 9162.

Exit code 0: the journal begins with what was signed. 1: it does not. 2: nothing to read.
"""

from __future__ import annotations

import base64
import binascii
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LINES = 3  # origin, size, root
USAGE = "usage: python3 checkpoint.py JOURNAL.ndjson CHECKPOINT.txt"


def root(entries: Iterable[bytes], size: int) -> tuple[int, bytes]:
    """Return how many entries there are, and the root over the first so many of them."""
    peaks: list[tuple[int, bytes]] = []  # complete subtrees, the larger to the left
    count = 0
    for entry in entries:
        count += 1
        if count > size:
            continue
        wide, digest = 1, sha256(b"\x00" + entry).digest()
        while peaks and peaks[-1][0] == wide:
            digest = sha256(b"\x01" + peaks.pop()[1] + digest).digest()
            wide *= 2
        peaks.append((wide, digest))
    if not peaks:
        return count, sha256(b"").digest()
    found = peaks.pop()[1]
    while peaks:
        found = sha256(b"\x01" + peaks.pop()[1] + found).digest()
    return count, found


def claimed(note: bytes) -> tuple[str, int, bytes]:
    """Return origin, size and root of a checkpoint; raise ValueError where there are none."""
    origin, size, digest = note.decode("utf-8").split("\n")[:LINES]
    if not origin or not size.isascii() or not size.isdecimal():
        raise ValueError("its first lines are an origin and a size")
    return origin, int(size), base64.b64decode(digest, validate=True)


def main(arguments: list[str]) -> int:
    """Compare, and say what was found."""
    if len(arguments) != 2:  # noqa: PLR2004 - a journal and a checkpoint
        print(USAGE, file=sys.stderr)
        return 2
    journal, note = map(Path, arguments)
    try:
        origin, size, signed = claimed(note.read_bytes())
        with journal.open("rb") as file:
            count, found = root((line.removesuffix(b"\n") for line in file), size)
    except (OSError, ValueError, binascii.Error) as wrong:
        print(f"nothing to compare: {wrong}", file=sys.stderr)
        return 2
    if count < size:
        print(f"{origin} signed {size} entries, this journal has {count}")
    elif found != signed:
        print(f"{origin} signed another journal: the root over its first {size} entries differs")
    else:
        print(f"{origin} signed the first {size} of these {count} entries")
        print(f"root {base64.b64encode(found).decode()}")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
