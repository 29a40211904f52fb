"""Tokens of a trusted issuer: every way in which one can be none, and what a good one may do."""

import base64
import hmac
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from typing_extensions import override

from libs.edge import oidc
from libs.edge.identity import Role
from libs.edge.oidc import Issuer
from services import server, trusting
from services.settings import Settings, SettingsFault
from tests.edge.twin import START_MS, Client, opened

ISSUER, AUDIENCE = "https://id.example.org/realm", "tonne"
ROLES = {
    "staff": Role.OPERATOR,
    "clients": Role.HOLDER,
    "audit": Role.AUDITOR,
    "meti": Role.SCHEME_OWNER,
    "verifiers": Role.VERIFIER,
    "board": Role.COMMITTEE,
    "public": Role.READER,
}


@cache
def rsa(kid: str = "one", bits: int = 2048) -> RSAKey:
    return RSAKey.generate_key(bits, {"kid": kid})


@cache
def ec(kid: str = "two") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


def publish(place: Path, *keys: RSAKey | ECKey, **said: str) -> None:
    """Write the issuer's keys, the public parts."""
    written = [{**key.as_dict(private=False), **said} for key in keys]
    place.write_text(json.dumps({"keys": written}))


def claims(**other: Any) -> dict[str, Any]:
    now = START_MS // 1000
    usual = {"iss": ISSUER, "aud": AUDIENCE, "exp": now + 600, "sub": "jane", "roles": ["audit"]}
    return {name: value for name, value in {**usual, **other}.items() if value is not None}


def token(key: RSAKey | ECKey | None = None, algorithm: str = "RS256", **other: Any) -> str:
    key = key or rsa()
    header = {"alg": algorithm, "kid": key.kid}
    return jwt.encode(header, claims(**other), key, algorithms=[algorithm])


def plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def made_by_hand(header: dict[str, Any], signed: Callable[[bytes], bytes]) -> str:
    """Write a token that no library would."""
    parts = f"{plain(json.dumps(header).encode())}.{plain(json.dumps(claims()).encode())}"
    return f"{parts}.{plain(signed(parts.encode()))}"


class Desk:
    """A registry that trusts an issuer, and the file of its keys."""

    def __init__(self, client: Client, jwks: Path) -> None:
        self.client = client
        self.jwks = jwks

    async def ask(self, bearer: str, path: str = "/v1/accounts", **named: Any) -> httpx.Response:
        headers = {"Authorization": b"Bearer " + bearer.encode("latin-1"), **named}
        return await self.client.http.get(path, headers=headers)

    async def code(self, bearer: str) -> tuple[int, str]:
        told = await self.ask(bearer)
        return told.status_code, told.json().get("code", "")


def trust(free: Client, jwks: str) -> Client:
    """Return a client of the registry behind another door, which asks for keys or tokens."""
    client = Client(free.twin, "required")
    issuer = Issuer(name=ISSUER, audience=AUDIENCE, jwks=jwks, roles=ROLES)
    client.desk.identity = server.identity("required", free.twin, issuer)
    client.app = server.app(client.desk)
    transport = httpx.ASGITransport(app=client.app, raise_app_exceptions=False)
    client.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
    return client


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    jwks = tmp_path / "jwks.json"
    publish(jwks, rsa(), ec())
    async with opened(tmp_path) as free:
        client = trust(free, str(jwks))
        async with client.http:
            yield Desk(client, jwks)


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock of the tokens' keys, moved by hand."""
    now = [1000.0]
    monkeypatch.setattr(oidc, "monotonic", lambda: now[0])
    return now


async def test_a_good_token_is_whom_its_claims_say(desk: Desk) -> None:
    for good in (token(), token(ec(), "ES256"), token(aud=["other", AUDIENCE]), token(nbf=0)):
        assert (await desk.ask(good)).status_code == 200
    opened = {"account": "A01", "name": "n", "representatives": ["holder:jane"]}
    named = {"Idempotency_Key": "5f0c7a52-51a4-4f4e-9a53-5cf8f0a54a11"}
    denied = await desk.client.post("/v1/accounts", opened, **named, **bearing(token()))
    assert (denied.status_code, denied.json()["code"]) == (403, "not_allowed")
    done = await desk.client.post(
        "/v1/accounts", opened, **named, **bearing(token(sub="1", roles="staff"))
    )
    assert (done.status_code, done.json()["command"]["actor"]) == (201, "operator:1")


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_holder_reaches_the_accounts_that_the_token_lists(desk: Desk) -> None:
    staff = bearing(token(sub="1", roles="staff"))
    for account in ("A01", "B02"):
        await desk.client.made("/v1/accounts", {"account": account, "name": "n"}, **staff)
    mine = token(roles=["clients", "of no meaning"], accounts=["A01"])
    assert (await desk.ask(mine, "/v1/accounts/A01")).status_code == 200
    assert (await desk.ask(mine, "/v1/accounts/B02")).status_code == 403
    listed = (await desk.ask(mine)).json()["items"]
    assert [item["account"] for item in listed] == ["A01"]
    everybody = token(accounts=["A01"])  # an auditor is confined to none
    assert len((await desk.ask(everybody)).json()["items"]) == 2


@pytest.mark.parametrize(
    ("roles", "journal", "lots"),
    [("meti", 200, 200), ("verifiers", 403, 200), ("board", 403, 200), ("public", 403, 200)],
)
async def test_each_role_by_token_may_what_the_role_may(
    desk: Desk, roles: str, journal: int, lots: int
) -> None:
    good = token(roles=roles)
    assert (await desk.ask(good, "/v1/journal?follow=false")).status_code == journal
    assert (await desk.ask(good, "/v1/lots")).status_code == lots


@cache
def wrong() -> dict[str, str]:
    """Every kind of token that is none, by its name."""
    now = START_MS // 1000
    public = rsa().as_pem(private=False)
    header = {"typ": "JWT", "kid": "one"}
    stolen = token().rpartition(".")[0]
    return {
        "alg none": made_by_hand({**header, "alg": "none"}, lambda _: b""),
        "alg NONE": made_by_hand({**header, "alg": "nOnE"}, lambda _: b""),
        "no alg": made_by_hand(header, lambda _: b""),
        "HS256 with the public key": made_by_hand(
            {**header, "alg": "HS256"}, lambda said: hmac.digest(public, said, "sha256")
        ),
        "RS256 that is an HMAC": made_by_hand(
            {**header, "alg": "RS256"}, lambda said: hmac.digest(public, said, sha256)
        ),
        "a key of its own": made_by_hand(
            {**header, "alg": "RS256", "jwk": rsa("own").as_dict(private=False)}, lambda _: b"x"
        ),
        "an algorithm we do not take": jwt.encode(
            {"alg": "RS512", "kid": "one"}, claims(), rsa(), algorithms=["RS512"]
        ),
        "the other kind of key": made_by_hand({**header, "alg": "ES256"}, lambda _: b"x" * 64),
        "critical words": made_by_hand({**header, "alg": "RS256", "crit": ["x"]}, lambda _: b"x"),
        "kid that is no text": made_by_hand({"alg": "RS256", "kid": {}}, lambda _: b"x"),
        "another issuer's key": token(rsa("stranger")),
        "the same kid, another key": token(RSAKey.generate_key(2048, {"kid": "one"})),
        "iss": token(iss="https://id.example.org"),
        "no iss": token(iss=None),
        "iss as a list": token(iss=[ISSUER]),
        "aud": token(aud="another"),
        "aud in part": token(aud="tonn"),
        "no aud": token(aud=None),
        "expired": token(exp=now - 3600),
        "no exp": token(exp=None),
        "exp as text": token(exp="9999999999"),
        "not yet": token(nbf=now + 3600),
        "sub that is no text": token(sub=7),
        "cut": token()[:-4],
        "bent": stolen + "." + plain(b"x" * 256),
        "empty parts": "..",
        "no base64": "a.b.c",
        "not ascii": "é.é.é",
        "nested": plain(b"[" * 5000) + ".e30.e30",
        "oversized": token(note="x" * 9000),
    }


@pytest.mark.parametrize("name", wrong())
async def test_a_token_that_is_none_is_refused(desk: Desk, name: str) -> None:
    told = await desk.ask(wrong()[name])
    assert (told.status_code, told.json()["code"]) == (401, "token_not_valid"), told.text
    assert told.headers["www-authenticate"].startswith("Bearer")
    assert "eyJ" not in told.text


async def test_a_moment_of_another_clock_is_forgiven(desk: Desk) -> None:
    now = START_MS // 1000
    assert (await desk.ask(token(exp=now - 5, nbf=now))).status_code == 200
    assert (await desk.ask(token(nbf=now + 25))).status_code == 200
    assert await desk.code(token(exp=now - 40)) == (401, "token_not_valid")


@pytest.mark.parametrize(
    "said",
    [
        {"roles": None},
        {"roles": ["unknown"]},
        {"roles": ["staff", "audit"]},
        {"roles": {"staff": True}},
        {"roles": 1},
        {"sub": None},
        {"sub": ""},
        {"sub": "a b"},
        {"sub": "a" * 200},
        {"roles": "clients"},
        {"roles": "clients", "accounts": []},
        {"roles": "clients", "accounts": "A01"},
        {"roles": "clients", "accounts": ["../A01"]},
    ],
)
async def test_claims_that_are_not_of_one_role_give_nothing(
    desk: Desk, said: dict[str, Any]
) -> None:
    assert await desk.code(token(**said)) == (403, "token_without_role")


async def test_no_claim_makes_an_actor_of_another_role(desk: Desk) -> None:
    """The actor begins with the role: who chooses his own name chooses no more than that."""
    account = {"account": "A01", "name": "n", "representatives": ["holder:operator:1"]}
    await desk.client.made("/v1/accounts", account, **bearing(token(sub="1", roles="staff")))
    named = bearing(token(sub="operator:1", roles="clients", accounts=["A01"]))
    body = {"account": "A01", "quantity": 1}
    told = await desk.client.post("/v1/reservations", body, **named)
    assert told.json()["code"] == "quantity_exceeds_holding", "as holder:operator:1"
    forged = await desk.client.post("/v1/reservations", body, **named, Tonne_Actor="operator:1")
    assert (forged.status_code, forged.json()["code"]) == (403, "actor_differs")


async def test_keys_are_read_again_for_an_unknown_one_and_not_more_often(
    desk: Desk, moment: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    fetched = oidc._fetched

    async def counted(place: str) -> bytes:
        reads.append(place)
        return await fetched(place)

    monkeypatch.setattr(oidc, "_fetched", counted)
    assert (await desk.ask(token())).status_code == 200
    for _ in range(5):
        assert await desk.code(token(rsa("new"))) == (401, "token_not_valid")
    assert len(reads) == 1
    publish(desk.jwks, rsa("new"))
    moment[0] += oidc.REFRESH_SECONDS
    assert (await desk.ask(token(rsa("new")))).status_code == 200
    assert await desk.code(token()) == (401, "token_not_valid"), "a key that was taken away"
    assert len(reads) == 2


async def test_keys_that_cannot_be_read_count_for_hours_and_then_no_more(
    desk: Desk, moment: list[float]
) -> None:
    assert (await desk.ask(token())).status_code == 200
    desk.jwks.write_text("no keys")
    moment[0] += oidc.FRESH_SECONDS + 1
    assert (await desk.ask(token())).status_code == 200
    moment[0] += oidc.GRACE_SECONDS
    assert await desk.code(token()) == (503, "issuer_unavailable")
    publish(desk.jwks, rsa())
    moment[0] += oidc.REFRESH_SECONDS
    assert (await desk.ask(token())).status_code == 200


@pytest.mark.filterwarnings("ignore:Key size should be")
async def test_weak_or_other_keys_of_the_issuer_sign_nothing(desk: Desk) -> None:
    weak = rsa("weak", 1024)
    publish(desk.jwks, weak)
    assert await desk.code(token(weak)) == (401, "token_not_valid")


async def test_a_key_for_encryption_signs_nothing(desk: Desk) -> None:
    publish(desk.jwks, rsa(), use="enc")
    assert await desk.code(token()) == (401, "token_not_valid")


async def test_a_shared_secret_among_the_issuers_keys_signs_nothing(desk: Desk) -> None:
    secret = OctKey.generate_key(256, {"kid": "one"})
    desk.jwks.write_text(json.dumps(KeySet([secret]).as_dict(private=True)))
    forged = jwt.encode({"alg": "HS256", "kid": "one"}, claims(), secret, algorithms=["HS256"])
    assert await desk.code(forged) == (401, "token_not_valid")


async def test_who_tries_too_many_waits_and_api_keys_stay(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.edge.bearer.FAILURES_MAX", 3)
    for _ in range(3):
        assert (await desk.ask("a.b.c")).status_code == 401
    told = await desk.ask(token())
    assert (told.status_code, told.json()["code"]) == (429, "too_many_wrong_keys")
    assert await desk.code("tonne_aaaaaaaa_" + "A" * 43) == (401, "key_not_valid")


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A server of the issuer's: what it says at each path."""
    pages: dict[str, bytes] = {}

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if self.path == "/elsewhere" else 200)
            self.send_header("Location", "/keys")
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Pages) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", pages
        http.shutdown()
        thread.join()


async def test_keys_come_from_an_address_without_detours_and_within_bounds(
    tmp_path: Path, site: tuple[str, dict[str, bytes]]
) -> None:
    url, pages = site
    publish(tmp_path / "jwks", rsa())
    pages["/keys"] = (tmp_path / "jwks").read_bytes()
    pages["/large"] = pages["/keys"] + b" " * oidc.JWKS_BYTES_MAX
    async with opened(tmp_path) as free:
        for path, status in (("/keys", 200), ("/elsewhere", 503), ("/large", 503)):
            client = trust(free, url + path)
            async with client.http:
                told = await client.get("/v1/accounts", **bearing(token()))
                assert told.status_code == status, path


def test_an_issuer_is_trusted_whole_or_not_at_all() -> None:
    whole = {
        "keys": "required",
        "oidc_issuer": ISSUER,
        "oidc_audience": AUDIENCE,
        "oidc_jwks": "https://id.example.org/jwks",
        "oidc_roles": "staff=operator, clients=holder",
    }
    assert trusting.issuer(Settings()) is None
    found = trusting.issuer(Settings(**whole))  # type: ignore[arg-type]  # read from text
    assert found is not None
    assert dict(found.roles) == {"staff": Role.OPERATOR, "clients": Role.HOLDER}
    for name, value in (
        ("keys", "off"),
        ("oidc_audience", ""),
        ("oidc_jwks", ""),
        ("oidc_jwks", "http://id.example.org/jwks"),
        ("oidc_roles", ""),
        ("oidc_roles", "staff"),
        ("oidc_roles", "staff=king"),
        ("oidc_roles", "staff=operator,staff=holder"),
    ):
        with pytest.raises(SettingsFault, match="TONNE_"):
            trusting.issuer(Settings(**{**whole, name: value}))  # type: ignore[arg-type]  # the same
