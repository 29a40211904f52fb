"""Identity by token: whoever bears a good token of the trusted issuer is whom its claims say.

A token's own header chooses nothing: the algorithm must be one of two with public keys, the key one
of the issuer's of that very kind, and what a claim means here is the operator's setting.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import msgspec
import structlog
from fastapi import Request
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from libs.edge.bearer import Bearer, Failures, address
from libs.edge.identity import Caller, Role
from libs.edge.problems import Refused
from libs.ledger.accounts import AccountId, Actor

ALGORITHMS = ("RS256", "ES256")
KINDS = {"RS256": "RSA", "ES256": "EC"}
RSA_BITS_MIN = 2048
TOKEN_BYTES_MAX = 8192
DOTS = 2
JWKS_BYTES_MAX = 256 * 1024
LEEWAY_SECONDS = 30

REFRESH_SECONDS = 30.0
"""How often an unknown key may have the issuer's keys read again, whoever sends what."""

FRESH_SECONDS = 3600.0
"""How long the issuer's keys count without being read again."""

GRACE_SECONDS = 6 * FRESH_SECONDS
"""How long they count where they cannot be read."""

FETCH_SECONDS = 5.0
CHALLENGE = 'Bearer realm="tonne", error="invalid_token"'

BAD = (JoseError, ValueError, TypeError, KeyError, RecursionError)
"""What foreign bytes make the libraries raise."""


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Whose tokens are good, for whom they must be made, and what their claims mean here."""

    name: str
    audience: str
    jwks: str
    roles: Mapping[str, Role]
    role_claim: str = "roles"
    actor_claim: str = "sub"
    accounts_claim: str = "accounts"


class KeysAway(Exception):
    """The issuer's keys cannot be read now."""


class IssuersKeys:
    """The public keys of an issuer, read again when they are old and when one is not known."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._keys: KeySet | None = None
        self._seen = self._tried = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, kid: str | None) -> KeySet:
        """Return the keys, read again where this one is not among them; raise KeysAway.

        Who bears a token of a known key does not wait while another has them read.
        """
        if not self._knows(kid) or not (self._fresh() or self._reading.locked()):
            async with self._reading:
                if monotonic() - self._tried >= REFRESH_SECONDS:
                    await self._refresh()
        if self._keys is None or monotonic() - self._seen > GRACE_SECONDS:
            raise KeysAway
        return self._keys

    def _fresh(self) -> bool:
        return monotonic() - self._seen <= FRESH_SECONDS

    def _knows(self, kid: str | None) -> bool:
        return self._keys is not None and (kid is None or any(key.kid == kid for key in self._keys))

    async def _refresh(self) -> None:
        self._tried = monotonic()
        try:
            raw = await _fetched(self._place)
            self._keys = KeySet.import_key_set(msgspec.json.decode(raw))
            self._seen = monotonic()
        except (*BAD, OSError, httpx.HTTPError, httpx.InvalidURL) as wrong:
            kind = type(wrong).__name__
            structlog.get_logger("tokens").warning("issuer_keys_away", kind=kind)


async def _fetched(place: str) -> bytes:
    """Return what is at an address or in a file, if it is not too large."""
    if not place.startswith(("https://", "http://")):
        return await asyncio.to_thread(Path(place).read_bytes)
    raw = b""
    async with (
        asyncio.timeout(FETCH_SECONDS),
        httpx.AsyncClient(follow_redirects=False, timeout=FETCH_SECONDS, trust_env=False) as http,
        http.stream("GET", place) as response,
    ):
        response.raise_for_status()
        async for part in response.aiter_bytes():
            raw += part
            if len(raw) > JWKS_BYTES_MAX:
                raise ValueError("the issuer's keys are too large")
    return raw


class KeysOrTokens:
    """Knows callers by API key or by token, whichever they bear."""

    required = True

    def __init__(self, keys: Bearer, tokens: "Tokens") -> None:
        self._by_key = keys
        self._by_token = tokens

    async def who(self, request: Request) -> Caller:
        """Return the caller of a request; only a token has two dots in it."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secret.count(".") == DOTS:
            return await self._by_token.who(request, secret.strip())
        return await self._by_key.who(request)


class Tokens:
    """Knows callers by `Authorization: Bearer` and a token (JWS) of the issuer."""

    def __init__(self, issuer: Issuer, now_ms: Callable[[], int]) -> None:
        self.issuer = issuer
        self._now_ms = now_ms
        self._keys = IssuersKeys(issuer.jwks)
        self._failures = Failures()
        self._log = structlog.get_logger("tokens")

    async def who(self, request: Request, token: str) -> Caller:
        """Return the caller of a good token.

        Raises Refused: 401 for any other, 403 where it says no role of ours, 429 where an address
        tries too many, 503 while the issuer's keys cannot be read.
        """
        origin, now = address(request), monotonic()
        seconds = self._failures.wait(origin, now)
        if seconds:
            raise Refused("too_many_wrong_keys", headers={"Retry-After": str(ceil(seconds))})
        try:
            claims = await self._claims(token)
        except KeysAway:
            raise Refused("issuer_unavailable", headers={"Retry-After": "30"}) from None
        except BAD as wrong:
            self._failures.add(origin, now)
            self._log.info("token_refused", why=type(wrong).__name__)
            raise Refused("token_not_valid", headers={"WWW-Authenticate": CHALLENGE}) from None
        return self._caller(claims)

    async def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > TOKEN_BYTES_MAX:
            raise ValueError("the token is too large")
        said = jws.extract_compact(token.encode("ascii")).headers()
        algorithm, kid = said.get("alg"), said.get("kid")
        if algorithm not in ALGORITHMS or not (kid is None or isinstance(kid, str)):
            raise ValueError("the token is signed by no algorithm of ours")
        found = await self._keys.find(kid)
        keys = [key for key in found if kid in (None, key.kid) and _signs(key, algorithm)]
        if len(keys) != 1:
            raise ValueError("no key, or no single one, is meant")
        claims: dict[str, Any] = jwt.decode(token, keys[0], algorithms=[algorithm]).claims
        wanted = jwt.JWTClaimsRegistry(
            now=self._now_ms() // 1000,
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer.name},
            aud={"essential": True, "value": self.issuer.audience},
            exp={"essential": True},
        )
        wanted.validate(claims)
        return claims

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        """Return whom claims mean; a value that is not the issuer's to give gives nothing."""
        said = claims.get(self.issuer.role_claim)
        values = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        roles = {self.issuer.roles[one] for one in values if one in self.issuer.roles}
        if len(roles) != 1:
            raise Refused("token_without_role")
        (role,) = roles
        try:
            name = msgspec.convert(claims.get(self.issuer.actor_claim), Actor)
            actor = msgspec.convert(f"{role.value}:{name}", Actor)
            listed = claims.get(self.issuer.accounts_claim, []) if role is Role.HOLDER else []
            accounts = frozenset(msgspec.convert(listed, list[AccountId]))
        except msgspec.ValidationError:
            raise Refused("token_without_role", "The token names no actor or account.") from None
        if (role is Role.HOLDER) != bool(accounts):
            raise Refused("token_without_role", "A holder's token names its accounts.")
        return Caller(actor, role, accounts)


def _signs(key: Any, algorithm: str) -> bool:
    """Say whether a key is for signatures of this algorithm, and strong enough."""
    if key.key_type != KINDS[algorithm]:
        return False
    said = key.as_dict(private=False)
    if said.get("use", "sig") != "sig" or said.get("alg", algorithm) != algorithm:
        return False
    if algorithm == "ES256":
        return bool(said.get("crv") == "P-256")
    return bool(key.public_key.key_size >= RSA_BITS_MIN)
