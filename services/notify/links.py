"""Private links: a code of 128 bits for each notice, made of a secret key and its number.

A code is the number itself, enciphered: so no code is stored, a million children of a batch need no
table, and who has the key can say which number a code is of. Everybody else has the digest alone,
in the journal and in the tables. Whoever has a code sees the one document that it is of.
"""

import hmac
import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from libs.edge.codes import Box
from libs.ledger.records.notices import Told, told

CODE_BYTES = 16
POSITION_BITS, FACT_BITS, VERSION_BITS, LINE_BITS, ZERO_BITS = 53, 20, 24, 24, 7
"""What the parts of a number take of a block, in this order; the last are zeros."""

_child = re.compile(r"(.+)\.([1-9]\d{0,6})", re.ASCII)


class Child(msgspec.Struct, frozen=True):
    """What the number of a child 子証明書 names: the notice of its batch, and its line, from 1."""

    notice: str
    line: int


class Links:
    """Makes and opens the codes of one ledger; without a key there are none.

    `key` may be several, parted by commas: the first makes codes, and all of them open codes.
    """

    def __init__(self, key: str, ledger: str = "main") -> None:
        self._ledger = ledger
        self._keys = [one.strip() for one in key.split(",") if one.strip()]
        self._ciphers = [_cipher(one, ledger) for one in self._keys]

    @property
    def box(self) -> Box | None:
        """What seals the keys of webhooks: made of the same keys, and none where there is none."""
        made = [sha256(f"webhooks/{key}".encode()).digest() for key in self._keys]
        return Box(*(urlsafe_b64encode(one).decode() for one in made)) if made else None

    def code(self, number: str) -> str:
        """Return the code of a number: 32 hex digits, or none where there is no key.

        Raises ValueError where this is no number of the ledger.
        """
        if not self._ciphers:
            return ""
        return _run(self._ciphers[0].encryptor(), _block(number, self._ledger)).hex()

    @property
    def each(self) -> Sequence["Links"]:
        """The links of each key by itself, the newest first; without a key, these."""
        return [Links(key, self._ledger) for key in self._keys] or [self]

    def made(self, number: str, check: str | None) -> "Links | None":
        """Return the links of the key whose code of a number has this digest."""
        return next((one for one in self.each if check and one.check(number) == check), None)

    def opened(self, code: str) -> str | None:
        """Return the number that a code is of; None for what no key of ours made."""
        raw = bytes.fromhex(code)
        found = [_number(_run(one.decryptor(), raw), self._ledger) for one in self._ciphers]
        return next((number for number in found if number is not None), None)

    def salt(self, number: str) -> str | None:
        """Return what keeps a document's digest from being guessed: 32 hex digits."""
        if not self._keys:
            return None
        made = hmac.new(self._keys[0].encode(), f"salt/{number}".encode(), sha256).digest()
        return made[:CODE_BYTES].hex()

    def check(self, number: str) -> str | None:
        """Return what the journal may hold of a code."""
        code = self.code(number)
        return digest(code) if code else None


def child(number: str) -> Child | None:
    """Return what the number of a child names; None for every other number."""
    found = _child.fullmatch(number)
    return None if found is None else Child(found[1], int(found[2]))


def digest(code: str) -> str:
    """Return the digest that a code is known by."""
    return sha256(code.encode()).hexdigest()


def kept_key(path: Path) -> str:
    """Return the key that a registry in one file keeps beside it, drawn when it is first asked."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(os.urandom(32).hex())
    except FileExistsError:
        pass
    return path.read_text().strip()


def _cipher(key: str, ledger: str) -> Cipher[modes.ECB]:
    """Return the cipher of a key: each ledger's own, and no other use's."""
    own = HKDF(SHA256(), CODE_BYTES, salt=None, info=f"notice-codes/{ledger}".encode()).derive(
        key.encode()
    )
    return Cipher(algorithms.AES128(own), modes.ECB())  # noqa: S305 - one block, each one another


def _run(way: CipherContext, block: bytes) -> bytes:
    return way.update(block) + way.finalize()


def _block(number: str, ledger: str) -> bytes:
    """Return a number as the one block that it is enciphered as."""
    one = child(number)
    named = told(ledger, number if one is None else one.notice)
    line = 0 if one is None else one.line
    if named is None or named.position >> POSITION_BITS or named.version >> VERSION_BITS:
        raise ValueError(f"{number} is no number of {ledger}")
    whole = named.position << FACT_BITS | named.fact
    whole = whole << VERSION_BITS | named.version
    return ((whole << LINE_BITS | line) << ZERO_BITS).to_bytes(CODE_BYTES)


def _number(block: bytes, ledger: str) -> str | None:
    """Return the number of a block; None where it is none of ours."""
    whole, zeros = divmod(int.from_bytes(block), 1 << ZERO_BITS)
    whole, line = divmod(whole, 1 << LINE_BITS)
    whole, version = divmod(whole, 1 << VERSION_BITS)
    position, fact = divmod(whole, 1 << FACT_BITS)
    number = Told(position, fact, version).number(ledger) + (f".{line}" if line else "")
    try:
        same = not zeros and _block(number, ledger) == block
    except ValueError:
        same = False
    return number if same else None
