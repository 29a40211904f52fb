"""Signatures of webhooks by Standard Webhooks: HMAC-SHA256 (`v1`) and Ed25519 (`v1a`).

What is signed is the message's id, the second it was sent in, and its very bytes. A receiver
checks one signature of several, so that keys can be changed without a message lost.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

SHARED, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
"""What a shared secret, a private and a public key begin with."""

WINDOW_SECONDS = 300
"""How far the second of sending may be from the receiver's own."""


class NotSigned(ValueError):
    """The message is not from whom it says, or it is of another time."""


def shared(drawn: bytes) -> str:
    """Return 32 drawn bytes as a secret that both ends have."""
    return SHARED + b64encode(drawn).decode()


def private(drawn: bytes) -> str:
    """Return 32 drawn bytes as a key that the sender alone has."""
    return PRIVATE + b64encode(drawn).decode()


def public(key: str) -> str:
    """Return the key that a receiver checks a private key's signatures by."""
    raw = Ed25519PrivateKey.from_private_bytes(_bytes(key)).public_key().public_bytes_raw()
    return PUBLIC + b64encode(raw).decode()


def headers(identity: str, second: int, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """Return the headers that sign a message, once by each key."""
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(second),
        "webhook-signature": " ".join(_signed(key, identity, second, body) for key in keys),
    }


def verify(key: str, told: dict[str, str], body: bytes, now_second: int) -> None:
    """Raise NotSigned unless a message is signed by a shared secret or a public key, just now."""
    try:
        identity, second = told["webhook-id"], int(told["webhook-timestamp"])
        signatures = told["webhook-signature"].split(" ")
    except (KeyError, ValueError):
        raise NotSigned("the message is not signed") from None
    if abs(now_second - second) > WINDOW_SECONDS:
        raise NotSigned("the message is of another time")
    if not any(_good(key, one, _content(identity, second, body)) for one in signatures):
        raise NotSigned("no signature is good")


def _signed(key: str, identity: str, second: int, body: bytes) -> str:
    content = _content(identity, second, body)
    if key.startswith(SHARED):
        return "v1," + b64encode(hmac.new(_bytes(key), content, sha256).digest()).decode()
    signed = Ed25519PrivateKey.from_private_bytes(_bytes(key)).sign(content)
    return "v1a," + b64encode(signed).decode()


def _good(key: str, signature: str, content: bytes) -> bool:
    version, _, said = signature.partition(",")
    try:
        given = b64decode(said, validate=True)
        if key.startswith(SHARED):
            made = hmac.new(_bytes(key), content, sha256).digest()
            return version == "v1" and hmac.compare_digest(made, given)
        Ed25519PublicKey.from_public_bytes(_bytes(key)).verify(given, content)
    except (Error, InvalidSignature, ValueError):
        return False
    return version == "v1a"


def _content(identity: str, second: int, body: bytes) -> bytes:
    return f"{identity}.{second}.".encode() + body


def _bytes(key: str) -> bytes:
    return b64decode(key.partition("_")[2])
