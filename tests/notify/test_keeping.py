"""Connections of webhooks are kept, and lead nowhere that the next call's own look did not."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.notify import calling
from services.notify.calling import Answered, Caller
from tests.notify.receiver import Receiver, receiving

TAKEN = Answered()
HEADERS = {"webhook-id": "main-5-0"}


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    one = Caller(loopback=True, seconds=10)
    yield one
    await one.close()


async def ask(caller: Caller, port: int, path: str = "hook", host: str = "127.0.0.1") -> Answered:
    return await caller.call(f"http://{host}:{port}/{path}", HEADERS, b"{}")


class Names:
    """A resolver that answers as it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.asked: list[str] = []

    async def look(self, host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        self.asked.append(host)
        return [(2, 1, 6, "", (self.known[host], port))]


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    one = Names()
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", one.look)
    return one


async def test_calls_go_over_one_connection(there: Receiver, caller: Caller) -> None:
    assert [await ask(caller, there.port) for _ in range(50)] == [TAKEN] * 50
    assert [len(one) for one in there.connections] == [50]


async def test_a_call_that_was_refused_costs_no_connection(there: Receiver, caller: Caller) -> None:
    there.answer = b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno"
    assert [(await ask(caller, there.port)).fault for _ in range(3)] == ["status_500"] * 3
    there.answer = b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    assert (await ask(caller, there.port)).fault == "redirect"
    assert [len(one) for one in there.connections] == [4]


async def test_a_kept_connection_keeps_no_name_inside(
    there: Receiver, caller: Caller, names: Names
) -> None:
    """Rebinding: each call looks the name up, and a connection that is kept changes nothing."""
    names.known["rebind.example"] = "127.0.0.1"
    async with receiving("127.0.0.2", there.port) as other:
        assert await ask(caller, there.port, host="rebind.example") == TAKEN
        for inside in ("10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "0.0.0.0"):  # noqa: S104 - it is refused
            names.known["rebind.example"] = inside
            told = await ask(caller, there.port, host="rebind.example")
            assert told.fault == "forbidden_address", inside
        assert len(there.heads) == 1
        names.known["rebind.example"] = "127.0.0.2"
        assert await ask(caller, there.port, host="rebind.example") == TAKEN
        assert (len(there.heads), len(other.heads)) == (1, 1), "the address that was checked"
        names.known["rebind.example"] = "127.0.0.1"
        assert await ask(caller, there.port, host="rebind.example") == TAKEN
        assert [len(one) for one in there.connections] == [2], "and its own connection"
    assert names.asked == ["rebind.example"] * 7


async def test_a_production_caller_reuses_nothing_that_has_moved_inside(
    names: Names, caller: Caller, there: Receiver
) -> None:
    names.known["rebind.example"] = "127.0.0.1"
    assert await ask(caller, there.port, host="rebind.example") == TAKEN
    caller._loopback = False
    told = await caller.call(f"https://rebind.example:{there.port}/hook", HEADERS, b"{}")
    assert told.fault == "forbidden_address"
    assert len(there.heads) == 1


async def test_two_names_of_one_address_share_no_connection(
    there: Receiver, caller: Caller, names: Names
) -> None:
    """The name is what the certificate was checked for: another's is not good enough."""
    names.known |= {"a.example": "127.0.0.1", "b.example": "127.0.0.1"}
    for host in ("a.example", "b.example") * 3:
        assert await ask(caller, there.port, host=host) == TAKEN
    hosts = [
        {found for head in one for found in re.findall(rb"Host: (\S+):", head)}
        for one in there.connections
    ]
    assert hosts == [{b"a.example"}, {b"b.example"}]


def certificate(name: str, folder: Path) -> tuple[Path, Path]:
    """Make a certificate of a name, and its key; return their files."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files[1].write_bytes(plain)
    return files


async def test_a_certificate_is_checked_for_the_name_of_each_call(
    caller: Caller, names: Names, tmp_path: Path
) -> None:
    names.known |= {"a.example": "127.0.0.1", "b.example": "127.0.0.1"}
    files = certificate("a.example", tmp_path)
    speaks = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    speaks.load_cert_chain(*files)
    async with receiving(tls=speaks) as there:
        caller._tls.load_verify_locations(files[0])
        for name, fault in (("a", ""), ("a", ""), ("b", "ConnectError"), ("a", "")):
            url = f"https://{name}.example:{there.port}/hook"
            assert (await caller.call(url, HEADERS, b"{}")).fault == fault
        assert [len(one) for one in there.connections if one] == [3]


async def test_a_receiver_may_hang_up_whenever_it_likes(there: Receiver, caller: Caller) -> None:
    there.brief = True
    for _ in range(5):
        assert await ask(caller, there.port) == TAKEN
        await there.ended.acquire()
    assert [len(one) for one in there.connections] == [1] * 5
    there.brief, there.silent = False, {7}
    assert [await ask(caller, there.port) for _ in range(2)] == [TAKEN] * 2
    # It hung up upon the seventh request, over a connection that was kept: the same went again.
    assert [len(one) for one in there.connections[5:]] == [2, 1]
    assert set(there.heads) == {there.heads[0]}, "the same message, under the same id"


async def test_one_that_hangs_up_on_a_new_connection_is_told_of_once(
    there: Receiver, caller: Caller
) -> None:
    there.silent = {1}
    assert (await ask(caller, there.port)).fault == "RemoteProtocolError"
    assert len(there.heads) == 1


async def test_nothing_of_one_call_is_told_to_the_next(there: Receiver, caller: Caller) -> None:
    there.answer = b'HTTP/1.1 204 No\r\nSet-Cookie: who=you\r\nAlt-Svc: h2=":1"\r\n\r\n'
    for _ in range(2):
        assert await ask(caller, there.port) == TAKEN
    first, second = there.heads
    assert first == second
    assert b"cookie" not in second.lower()


async def test_an_answer_without_an_end_takes_its_connection_with_it(
    there: Receiver, caller: Caller
) -> None:
    there.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 70_000
    assert (await ask(caller, there.port)).fault == "answer_too_large"
    await there.ended.acquire()
    there.answer = b"HTTP/1.1 204 No Content\r\n\r\n"
    assert await ask(caller, there.port) == TAKEN
    assert len(there.connections) == 2


@pytest.fixture(params=["IDLE_SECONDS", "AGE_SECONDS"])
def over(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection has been kept for too long."""
    monkeypatch.setattr(calling, request.param, -1.0)


@pytest.mark.usefixtures("over")
async def test_none_is_kept_for_long(there: Receiver, caller: Caller) -> None:
    for _ in range(3):
        assert await ask(caller, there.port) == TAKEN
    assert [len(one) for one in there.connections] == [1, 1, 1]
    await caller.tidy()
    for _ in range(3):
        await there.ended.acquire()


async def test_few_are_kept_and_those_that_were_used_last(
    there: Receiver, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "KEPT_MAX", 2)
    for path in ("a", "b", "a", "c", "a", "b"):
        assert await ask(caller, there.port, path) == TAKEN
    paths = [[head.split()[1].decode() for head in one] for one in there.connections]
    assert paths == [["/a", "/a", "/a"], ["/b"], ["/c"], ["/b"]]
    await there.ended.acquire()


async def test_calls_at_once_never_share_one(there: Receiver, caller: Caller) -> None:
    for _ in range(3):
        told = await asyncio.gather(*(ask(caller, there.port) for _ in range(5)))
        assert told == [TAKEN] * 5
    assert len(there.heads) == 15
    assert len(caller._kept) == 1


async def test_close_hangs_up(there: Receiver, caller: Caller) -> None:
    assert await ask(caller, there.port) == TAKEN
    await caller.close()
    await there.ended.acquire()
    assert await ask(caller, there.port) == TAKEN, "and it may go on"
