"""Signed notes (C2SP signed-note): a text, and lines that say who signed it, by Ed25519.

A key is written as `NAME+ID+KEY`: its id in hex, then base64 of a byte that names the algorithm (1)
and 32 bytes of key; the private one has `PRIVATE+KEY+` before it.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_BYTES = 32
ID_BYTES = 4
PRIVATE = "PRIVATE+KEY+"
DASH = "— "
NOTE_BYTES_MAX = 1 << 20
SIGNATURES_MAX = 100

_controls = re.compile(r"[\x00-\x09\x0b-\x1f]")
_key = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


class NoteWrong(ValueError):
    """The bytes are no signed note, or what is written is no key."""


class SignatureWrong(ValueError):
    """A key that is known did not sign this text."""


class KeyUnknown(ValueError):
    """None of the keys that are known signed this text."""


class Key(msgspec.Struct, frozen=True):
    """A public key, and the name that its owner signs by."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that stand before its signatures."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_BYTES]

    def text(self) -> str:
        """Return the key as it is handed to whoever verifies."""
        return f"{self.name}+{self.id.hex()}+{text64(ED25519 + self.public)}"


class Signature(msgspec.Struct, frozen=True):
    """A line of a note: the name and the id of a key, and what it signed."""

    name: str
    id: bytes
    signed: bytes


class Note(msgspec.Struct, frozen=True):
    """A signed note as it was read; nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]


class Signer(msgspec.Struct, frozen=True):
    """A private key, and the name that it signs by."""

    name: str
    seed: bytes

    @property
    def key(self) -> Key:
        """The public key beside it."""
        return Key(self.name, self._private().public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """Return a text as a signed note; the text ends with a line feed."""
        signed = text64(self.key.id + self._private().sign(text.encode()))
        return f"{text}\n{DASH}{self.name} {signed}\n"

    def secret(self) -> str:
        """Return the private key as it is kept in a file."""
        return f"{PRIVATE}{self.name}+{self.key.id.hex()}+{text64(ED25519 + self.seed)}"

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def named(name: str) -> bool:
    """Say whether a key may have this name."""
    return bool(name) and not re.search(r"[\s+]", name)


def key(text: str) -> Key:
    """Read a public key; raises NoteWrong."""
    name, identity, raw = _written(text)
    found = Key(name, raw)
    if found.id.hex() != identity:
        raise NoteWrong("the key's id is not that of its name and bytes")
    return found


def signer(text: str) -> Signer:
    """Read a private key; raises NoteWrong."""
    if not text.startswith(PRIVATE):
        raise NoteWrong("a private key begins with PRIVATE+KEY+")
    name, identity, raw = _written(text.removeprefix(PRIVATE))
    found = Signer(name, raw)
    if found.key.id.hex() != identity:
        raise NoteWrong("the key's id is not that of its name and bytes")
    return found


def read(raw: bytes) -> Note:
    """Read a signed note; raises NoteWrong on anything else. Nothing is verified."""
    if len(raw) > NOTE_BYTES_MAX:
        raise NoteWrong("a signed note is not so large")
    try:
        whole = raw.decode()
    except UnicodeDecodeError:
        raise NoteWrong("a signed note is UTF-8") from None
    if _controls.search(whole):
        raise NoteWrong("a signed note has no control characters")
    text, blank, tail = whole.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or lines.pop() or not lines or len(lines) > SIGNATURES_MAX:
        raise NoteWrong("a signed note ends in an empty line and its signatures")
    return Note(f"{text}\n", tuple(map(_signature, lines)))


def verify(note: Note, keys: Iterable[Key]) -> tuple[Key, ...]:
    """Return who of the known keys signed a note.

    Raises SignatureWrong where one of them did not sign what stands under its name, KeyUnknown
    where none of them did; what others signed is not looked at.
    """
    known = {(one.name, one.id): one for one in keys}
    found = []
    for signature in note.signatures:
        by = known.get((signature.name, signature.id))
        if by is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(by.public).verify(
                signature.signed, note.text.encode()
            )
        except InvalidSignature:
            raise SignatureWrong(f"{by.name} did not sign this text") from None
        found.append(by)
    if not found:
        raise KeyUnknown("none of the keys that are known signed this note")
    return tuple(found)


def text64(raw: bytes) -> str:
    """Return bytes in standard base64."""
    return b64encode(raw).decode()


def bytes64(text: str) -> bytes:
    """Read standard base64 as we would write it; raises NoteWrong on any other text."""
    try:
        raw = b64decode(text.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise NoteWrong("this is no base64") from None
    if text64(raw) != text:
        raise NoteWrong("this is no base64 in its one form")
    return raw


def _written(text: str) -> tuple[str, str, bytes]:
    found = _key.fullmatch(text)
    if found is None or not named(found[1]):
        raise NoteWrong("a key is written NAME+ID+KEY")
    raw = bytes64(found[3])
    if raw[:1] != ED25519 or len(raw) != 1 + KEY_BYTES:
        raise NoteWrong("a key is 32 bytes of Ed25519")
    return found[1], found[2], raw[1:]


def _signature(line: str) -> Signature:
    name, space, signed = line.removeprefix(DASH).rpartition(" ")
    if not line.startswith(DASH) or not space or not named(name):
        raise NoteWrong("a signature is a dash, a name and base64")
    raw = bytes64(signed)
    if len(raw) <= ID_BYTES:
        raise NoteWrong("a signature is longer than the id of its key")
    return Signature(name, raw[:ID_BYTES], raw[ID_BYTES:])
