"""Checkpoints (C2SP tlog-checkpoint): the size of a ledger's tree and its root, signed."""

import re

import msgspec

from libs.ledger import note
from libs.ledger.merkle import HASH_BYTES
from libs.ledger.note import Key, NoteWrong, Signer

SIZE_MAX = (1 << 63) - 1
DEVELOPMENT = "/dev"
"""What the name of a key ends in, behind the origin, that nobody chose: for trying things out."""

_size = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(msgspec.Struct, frozen=True):
    """A tree: whose (`origin`), of how many entries, and its root; further lines mean nothing."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def text(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as the text that is signed."""
    lines = (checkpoint.origin, str(checkpoint.size), note.text64(checkpoint.root))
    return "".join(f"{line}\n" for line in (*lines, *checkpoint.extensions))


def parse(text: str) -> Checkpoint:
    """Read the text of a checkpoint; raises NoteWrong on any other text."""
    lines = text.split("\n")
    if lines.pop() or len(lines) < 3 or not all(lines):  # noqa: PLR2004 - origin, size, root
        raise NoteWrong("a checkpoint is at least three lines, none of them empty")
    origin, size, root, *extensions = lines
    if not _size.fullmatch(size) or int(size) > SIZE_MAX:
        raise NoteWrong("the size of a tree is a decimal number")
    raw = note.bytes64(root)
    if len(raw) != HASH_BYTES:
        raise NoteWrong("a root is 32 bytes")
    return Checkpoint(origin, int(size), raw, tuple(extensions))


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return a checkpoint as a signed note."""
    return signer.sign(text(checkpoint))


def read(raw: bytes) -> Checkpoint:
    """Read a checkpoint without asking who signed it; raises NoteWrong."""
    return parse(note.read(raw).text)


def verify(raw: bytes, keys: tuple[Key, ...]) -> tuple[Checkpoint, Key]:
    """Return a checkpoint, and the key of its own log that signed it.

    A log signs by its origin, or by its origin with `/dev`. Raises NoteWrong, SignatureWrong, and
    KeyUnknown where no key that is known and has such a name signed it.
    """
    signed = note.read(raw)
    found = parse(signed.text)
    own = (found.origin, found.origin + DEVELOPMENT)
    return found, note.verify(signed, [one for one in keys if one.name in own])[0]


def development(key: Key) -> bool:
    """Say whether a key is one that nobody chose."""
    return key.name.endswith(DEVELOPMENT)
