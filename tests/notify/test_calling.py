"""Webhooks go out signed, to public addresses alone, and take whatever the other end does."""

import asyncio
import gzip
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from services.notify import calling, signing
from services.notify.calling import Answered, Caller
from services.notify.targets import Forbidden, resolved

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SHARED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PRIVATE = signing.private(bytes(range(32)))
BODY = b'{"test": 2432232314}'
NOW = 1614265330
IDENTITY = "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_the_published_example_is_signed_alike() -> None:
    told = signing.headers(IDENTITY, NOW, BODY, [SHARED])
    assert told["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("key", [SHARED, PRIVATE])
def test_a_receiver_takes_what_is_signed_and_nothing_else(key: str) -> None:
    checks = key if key.startswith("whsec_") else signing.public(key)
    other = signing.shared(b"o" * 32)
    told = signing.headers(IDENTITY, NOW, BODY, [other, key])  # while keys are changed: both
    signing.verify(checks, told, BODY, NOW + 299)
    wrong = {
        "cut": (told, BODY[:-1], NOW),
        "old": (told, BODY, NOW + 301),
        "early": (told, BODY, NOW - 301),
        "other id": ({**told, "webhook-id": "msg_2"}, BODY, NOW),
        "other time": ({**told, "webhook-timestamp": str(NOW + 1)}, BODY, NOW),
        "no time": ({**told, "webhook-timestamp": "now"}, BODY, NOW),
        "unsigned": ({}, BODY, NOW),
        "other key": (signing.headers(IDENTITY, NOW, BODY, [other]), BODY, NOW),
        "garbage": ({**told, "webhook-signature": "v1,??? v1a,AA== v2"}, BODY, NOW),
    }
    for headers, body, second in wrong.values():
        with pytest.raises(signing.NotSigned):
            signing.verify(checks, headers, body, second)


TRICKS = (
    *("http://example.org/", "ftp://example.org/", "file:///etc/passwd", "https:///x", "https://"),
    *("gopher://127.0.0.1:70/", "javascript:alert(1)", "//127.0.0.1/", "127.0.0.1", ""),
    *("https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/"),
    *("https://0177.0.0.1/", "https://0/", "https://0.0.0.0/", "https://127.0.0.1.:443/"),
    *("https://localhost/", "https://localhost./", "https://LOCALHOST/", "https://[::1]/"),
    *("https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/"),
    *("https://[0:0:0:0:0:ffff:a9fe:a9fe]/", "https://[64:ff9b::7f00:1]/"),
    *("https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::]/", "https://[2001:0:1::1]/"),
    *("https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/", "https://[fd00::]/"),
    *("https://[fec0::1]/", "https://[ff02::1]/", "https://[::1%25lo]/", "https://[::7f00:1]/"),
    *("https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/"),
    *("https://168.63.129.16/", "https://[::ffff:168.63.129.16]/"),
    *("https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/", "https://100.64.0.1/"),
    *(
        "https://198.18.0.1/",
        "https://224.0.0.1/",
        "https://240.0.0.1/",
        "https://255.255.255.255/",
    ),
    *("https://192.0.2.1/", "https://198.51.100.1/", "https://203.0.113.1/", "https://192.0.0.1/"),
    *(
        "https://good.example@127.0.0.1/",
        "https://user:pass@example.org/",
        "https://a@b@127.0.0.1/",
    ),
    *(
        "https://127.0.0.1#@example.org/",
        "https://example.org#x",
        "https://127.0.0.1\\@example.org/",
    ),
    *("https://example.org\t@127.0.0.1/", "https://example.org /", "https://exa\nmple.org/"),
    *(
        "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/",
        "https://ｌocalhost/",
        "https://example.org:0/",
    ),
    *(
        "https://example.org:99999/",
        "https://example.org:x/",
        "https://[::1/",
        "https://%31%32%37.1/",
    ),
    "https://" + "a" * 3000 + ".example/",
)


async def numeric(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
    """Resolve as a resolver does that has no network: every spelling of a number, and localhost."""
    name = host.rstrip(".").lower()
    if name == "localhost":
        name = "127.0.0.1"
    try:
        address = socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        try:
            address = str(ip_address(name.strip("[]")))
        except ValueError:
            raise OSError(host) from None
    return [(2, 1, 6, "", (address, port))]


@pytest.mark.parametrize("url", TRICKS)
async def test_no_trick_leads_inside(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(TRICKS) >= 60
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", numeric)
    with pytest.raises((Forbidden, OSError)):
        await resolved(url)
    told = await Caller(seconds=5).call(url, {}, b"{}")
    assert told.fault not in ("", "status_200")


@pytest.mark.parametrize("name", ["a..b.example", ".example.org", f"{'a' * 64}.example"])
async def test_a_name_that_no_resolver_takes_is_an_answer_like_any(name: str) -> None:
    """What is raised instead is settled by nobody: the call would be made again for ever."""
    told = await Caller(seconds=5).call(f"https://{name}/", {}, b"{}")
    assert told == Answered("forbidden_address")


async def test_a_name_that_answers_otherwise_later_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rebinding: the first answer is public, each later one is this machine."""
    asked: list[str] = []

    async def rebinding(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(2, 1, 6, "", (address, port))]

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    target = await resolved("https://rebind.example/hook?x=1")
    assert (target.address, target.named) == ("93.184.215.14", "rebind.example")
    assert str(target.pinned) == "https://93.184.215.14/hook?x=1"
    with pytest.raises(Forbidden):
        await resolved("https://rebind.example/hook")

    async def mixed(_: str, port: int, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (one, port)) for one in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(loop, "getaddrinfo", mixed)
    with pytest.raises(Forbidden):
        await resolved("https://two.example/")


@asynccontextmanager
async def sink(serve: Serve) -> AsyncIterator[str]:
    """Run a receiver on loopback that does what it likes; yield its address."""
    handling: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handling.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/hook"
    finally:
        server.close()
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)


def says(raw: bytes) -> Serve:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return serve


async def huge(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def slow(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.2)


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(1 << 20)
    await asyncio.Event().wait()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


BOMB = gzip.compress(b"\0" * 30_000_000)
PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
HOSTILE = {
    "huge": (huge, "answer_too_large"),
    "slow": (slow, "too_slow"),
    "silent": (silent, "too_slow"),
    "reset": (reset, "*"),
    "garbage": (says(b"\x00\xff" * 100 + b"\r\n\r\n"), "*"),
    "endless head": (says(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000), "*"),
    "redirect": (says(b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), "redirect"),
    "moved": (says(b"HTTP/1.1 308 P\r\nLocation: file:///etc/passwd\r\n\r\n"), "redirect"),
    "broken": (says(b"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n"), "status_500"),
    "torn": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx"), "*"),
    "gone": (says(b"HTTP/1.1 410 G\r\nContent-Length: 0\r\n\r\n"), "gone"),
    "fine": (says(b"HTTP/1.1 204 N\r\n\r\n"), ""),
    "gzip bomb": (says(PACKED + BOMB), ""),  # taken as it came: it is never unpacked
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_receiver_costs_a_call_and_no_more(name: str) -> None:
    serve, fault = HOSTILE[name]
    async with sink(serve) as url:
        started = time.monotonic()
        told = await Caller(loopback=True, seconds=1.5).call(url, {}, b"{}")
        assert time.monotonic() - started < 10
    if fault == "*":
        assert told.fault
    else:
        assert told == Answered(fault, gone=name == "gone")


async def test_what_arrives_is_what_was_signed_and_no_proxy_sees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readexactly(len(BODY)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    async with sink(serve) as url:
        told = await Caller(loopback=True).call(url, {"content-type": "application/json"}, BODY)
    assert (told, heard) == (Answered(), [BODY])
    assert calling.CALL_SECONDS == 15
    assert calling.ANSWER_BYTES_MAX == 65_536
