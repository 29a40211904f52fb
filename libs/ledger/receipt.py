"""Receipts (C2SP tlog-proof): that an entry stands in a ledger's tree, shown without a server.

The text has the entry's position, its path to the root and a signed checkpoint; its `extra` line,
which proves nothing, may hold the entry itself.
"""

import re
from enum import StrEnum

import msgspec

from libs.ledger import checkpoint, note
from libs.ledger.checkpoint import SIZE_MAX, Checkpoint
from libs.ledger.entry import outline
from libs.ledger.merkle import HASH_BYTES, PATH_MAX, ProofWrong, leaf_hash, root_by
from libs.ledger.note import Key, KeyUnknown, NoteWrong, SignatureWrong

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
EXTRA, INDEX = "extra ", "index "

_index = re.compile(r"0|[1-9][0-9]{0,18}")


class Doubt(StrEnum):
    """Why a receipt shows nothing, in the order in which it is looked at."""

    PROOF_MALFORMED = "proof_malformed"
    NOTE_MALFORMED = "note_malformed"
    KEY_UNKNOWN = "key_unknown"
    SIGNATURE_WRONG = "signature_wrong"
    PATH_WRONG = "path_wrong"
    ENTRY_DIFFERS = "entry_differs"
    POSITION_DIFFERS = "position_differs"


class Proof(msgspec.Struct, frozen=True):
    """A receipt as it was read; nothing is verified yet."""

    position: int
    path: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What a receipt shows: all of it where `doubt` is None, and nothing where it is not.

    `development` says that the key which signed is one that nobody chose.
    """

    doubt: Doubt | None
    words: str
    position: int = -1
    checkpoint: Checkpoint | None = None
    key: str = ""
    development: bool = False


def write(proof: Proof) -> str:
    """Return a receipt as text."""
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(EXTRA + note.text64(proof.extra))
    lines.append(f"{INDEX}{proof.position}")
    lines += map(note.text64, proof.path)
    return "\n".join([*lines, "", proof.note.decode()])


def read(text: str) -> Proof:
    """Read a receipt; raises NoteWrong on any other text. The note in it is not read."""
    head, blank, signed = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != HEADER or not blank:
        raise NoteWrong(f"a proof begins with {HEADER}")
    extra = None
    if lines and lines[0].startswith(EXTRA):
        extra = note.bytes64(lines.pop(0).removeprefix(EXTRA))
    if not lines or not lines[0].startswith(INDEX):
        raise NoteWrong("a proof says the index of its entry")
    index = lines.pop(0).removeprefix(INDEX)
    if not _index.fullmatch(index) or int(index) > SIZE_MAX:
        raise NoteWrong("the index of an entry is a decimal number")
    if len(lines) > PATH_MAX:
        raise NoteWrong("the path is longer than any tree is high")
    path = tuple(map(note.bytes64, lines))
    if any(len(one) != HASH_BYTES for one in path):
        raise NoteWrong("a hash is 32 bytes")
    try:
        return Proof(int(index), path, signed.encode(), extra)
    except UnicodeEncodeError:
        raise NoteWrong("a proof is UTF-8") from None


def check(entry: bytes, proof: str, keys: tuple[Key, ...]) -> Verdict:
    """Say whether a receipt shows that an entry stands in the tree of a log with such a key."""
    try:
        found = read(proof)
    except NoteWrong as wrong:
        return Verdict(Doubt.PROOF_MALFORMED, str(wrong))
    try:
        said, key = checkpoint.verify(found.note, keys)
    except NoteWrong as wrong:
        return Verdict(Doubt.NOTE_MALFORMED, str(wrong))
    except KeyUnknown as wrong:
        return Verdict(Doubt.KEY_UNKNOWN, str(wrong))
    except SignatureWrong as wrong:
        return Verdict(Doubt.SIGNATURE_WRONG, str(wrong))
    try:
        root = root_by(leaf_hash(entry), found.position, said.size, found.path)
    except ProofWrong as wrong:
        return Verdict(Doubt.PATH_WRONG, str(wrong))
    if root != said.root:
        words = "these bytes, at this position, by this path, are not in the tree that was signed"
        return Verdict(Doubt.ENTRY_DIFFERS, words)
    written = outline(entry)
    if written is None or written.position != found.position:
        return Verdict(Doubt.POSITION_DIFFERS, "what stands there is no entry of this position")
    words = f"entry {found.position} of {said.origin}, in its tree of {said.size} entries"
    return Verdict(None, words, found.position, said, key.text(), checkpoint.development(key))
