"""Private links: a code of 128 bits for each notice, made of a secret key and its number.

So no code is stored: who has the key can make it again, and everybody else has its digest alone,
in the journal and in the tables. Whoever has a code sees the one notice that it is of.
"""

import hmac
import os
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

from libs.edge.codes import Box

CODE_BYTES = 16


class Links:
    """Makes and knows the codes of one registry; without a key there are none."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    @property
    def box(self) -> Box | None:
        """What seals the keys of webhooks: made of the same key, and none where there is none."""
        if not self._key:
            return None
        return Box(urlsafe_b64encode(sha256(b"webhooks/" + self._key).digest()).decode())

    def code(self, number: str) -> str:
        """Return the code of a notice: 32 hex digits, or none where there is no key."""
        if not self._key:
            return ""
        made = hmac.new(self._key, f"notice/{number}".encode(), sha256).digest()
        return made[:CODE_BYTES].hex()

    def salt(self, number: str) -> str | None:
        """Return what keeps a document's digest from being guessed: 32 hex digits."""
        if not self._key:
            return None
        made = hmac.new(self._key, f"salt/{number}".encode(), sha256).digest()
        return made[:CODE_BYTES].hex()

    def check(self, number: str) -> str | None:
        """Return what the journal may hold of a code."""
        code = self.code(number)
        return digest(code) if code else None


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
