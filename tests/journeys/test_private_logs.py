"""No log of a whole run has a person in it: good requests, refused ones, mails, a crash."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from msgspec import to_builtins

from libs.edge.particulars import Particulars
from tests.edge.named import forms
from tests.journeys.program import PLAIN, PROJECT, free_port, request, tonne, wait_for
from tests.journeys.test_erasing import LOG, RULES
from tests.journeys.test_notices import ISSUE, Caller
from tests.journeys.test_notices import PROJECT as JC
from tests.notify.sink import Sink, sink
from tests.notify.sink import said as read

WHO = Particulars(name="記名 隠蔽子", email="zz.kakushi@example.jp", phone="03-7777-0042")
NAME, EMAIL, PHONE = WHO.name, str(WHO.email), str(WHO.phone)
ID = "0b5a2f4e-7c1d-4e2f-9b1a-6d1f3a5c7e90"


@contextmanager
def served(folder: Path, mail: str, port: int, log: str) -> Iterator[subprocess.Popen[bytes]]:
    """Serve with all that it tells of itself in one file, in as many words as it has."""
    said = {"TONNE_LOG_LEVEL": "debug", "TONNE_SMTP": mail, "TONNE_WEBHOOKS": "loopback"}
    with (folder / log).open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "serve", "--http", f"127.0.0.1:{port}", *LOG],
            cwd=folder,
            env={**os.environ, **PLAIN, "PYTHONPATH": str(PROJECT), **said},
            stdout=file,
            stderr=file,
        )
    try:
        wait_for(port, process, folder / log)  # type: ignore[arg-type]  # it is asked whether it ended
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture
def mailed() -> Iterator[Sink]:
    """A mail server in a thread of its own, that refuses a person by name and address."""
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), []
    ended = asyncio.Event()

    async def run() -> None:
        async with sink() as one:
            one.refuse["refused@example.jp"] = f"550 5.1.1 <{EMAIL}> is nobody\r\n".encode()
            found.append(one)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(30)
    yield found[0]
    loop.call_soon_threadsafe(ended.set)
    thread.join(30)
    loop.close()


def wrong(port: int) -> list[int]:
    """Send names where they are refused; return the statuses."""
    key = {"Idempotency_Key": ID}
    bodies = (
        {"account": NAME, "name": NAME},
        {"account": "A09", "name": f"{NAME}\t{EMAIL}"},
        {"account": "A09", NAME: EMAIL},
        {"account": "A09", "name": [NAME, PHONE]},
        [NAME],
        NAME,
    )
    recipients = f"/v1/accounts/A01/recipients/{ID}"
    told = [request(port, "POST", "/v1/accounts", body, **key)[0] for body in bodies]
    told += [request(port, "PUT", recipients, {"people": [one]})[0] for one in bodies]
    for path in (f"/v1/accounts?account={quote(NAME)}", f"/v1/{quote(NAME)}", "/v1/accounts?"):
        told.append(request(port, "GET", f"{path}&{quote(EMAIL)}={quote(PHONE)}")[0])
    told += [
        request(port, "GET", f"/v1/particulars/{quote(NAME)}")[0],
        request(port, "POST", "/v1/accounts", {}, Idempotency_Key=EMAIL)[0],
        request(port, "POST", "/v1/accounts", {}, Tonne_Actor=f"{EMAIL} {PHONE}", **key)[0],
        request(port, "PUT", "/v1/webhooks/books", {"url": f"http://[{EMAIL}/{PHONE}"})[0],
        request(port, "DELETE", f"/v1/webhooks/{quote(NAME)}")[0],
        request(port, "GET", "/v1/accounts", If_None_Match=EMAIL, traceparent=EMAIL)[0],
    ]
    return told


def crash(folder: Path) -> None:
    """Take a table away behind a server's back, and let the next fact break its follower."""
    with sqlite3.connect(folder / "registry.db.views", timeout=30) as database:
        database.execute("DROP TABLE retirements")
    database.close()


@pytest.mark.timeout(300)  # a whole run, killed and started again
def test_a_whole_run_writes_nobody_into_its_logs(tmp_path: Path, mailed: Sink) -> None:
    port = free_port()
    caller = Caller(port)
    used = {"account": "A01", "beneficiary": NAME, "purpose": "OTHER", "detail": f"{EMAIL} {PHONE}"}
    hook = {"url": f"http://127.0.0.1:9/{quote(NAME)}?{EMAIL}", "account": "A01"}
    with served(tmp_path, mailed.url, port, "first.log") as process:
        act = caller.post("/v1/rules", {"rules": to_builtins(RULES)})
        caller.post("/v1/approvals", {"position": act["position"]}, "operator:2")
        caller.post("/v1/accounts", {"account": "A01", "name": NAME})
        caller.post("/v1/accounts", {"account": "B02", "name": f"{NAME} {EMAIL} {PHONE}"})
        caller.post("/v1/projects", {**JC, "name": NAME})
        caller.post("/v1/issuances", ISSUE)
        tonne("notify", "contact", "add", "A01", EMAIL, *LOG, cwd=tmp_path)
        tonne("notify", "contact", "add", "B02", "refused@example.jp", *LOG, cwd=tmp_path)
        assert request(port, "PUT", "/v1/webhooks/books", hook)[0] == 200
        people = {"people": [to_builtins(WHO)]}
        path = f"/v1/accounts/A01/recipients/{ID}"
        commitment = json.loads(request(port, "PUT", path, people)[2])["commitments"][0]
        assert request(port, "GET", f"/v1/particulars/{commitment}")[0] == 200
        caller.post("/v1/invalidations", {"lines": [used | {"quantity": 1}]})
        lines = [{"lot": "JC-1-01", "quantity": 3, "source": "A01", "target": "B02"}]
        caller.post("/v1/transfers", {"lines": lines})
        refused = {"lines": [used | {"quantity": 10_000}]}
        key = {"Idempotency_Key": ID.replace("0b", "1b")}
        assert request(port, "POST", "/v1/invalidations", refused, **key)[0] == 409
        assert all(400 <= one < 500 for one in wrong(port)[:-1])
        until(lambda: any(EMAIL in str(mail["To"]) for mail in mailed.mails))
        until(lambda: mailed.asked["refused@example.jp"] > 0)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    with served(tmp_path, "smtp://127.0.0.1:9", port, "second.log") as process:
        crash(tmp_path)
        key = {"Idempotency_Key": ID.replace("0b", "2b")}
        request(port, "POST", "/v1/invalidations", {"lines": [used | {"quantity": 2}]}, **key)
        assert process.wait(timeout=60) != 0
    told = "".join(map(read, mailed.mails))
    codes = set(re.findall(r"/c/([0-9a-f]{32})\b", told))
    assert codes, "a mail has the way to its notice"
    for name in ("first.log", "second.log"):
        said = (tmp_path / name).read_bytes()
        assert said.count(b"\n") > 5, "it told of itself"
        found = [how for how, form in forms(WHO).items() if form in said]
        found += [one for one in (NAME, EMAIL, PHONE) if quote(one, safe="").encode() in said]
        assert found == [], name
        assert not [code for code in codes if code.encode() in said]
        lines_of = [line for line in said.splitlines() if line.startswith(b"{")]
        assert all(json.loads(line)["timestamp"] for line in lines_of)
    assert b"halted" in (tmp_path / "second.log").read_bytes()


def until(there: object) -> None:
    """Wait until something is so."""
    assert callable(there)
    deadline = time.monotonic() + 60
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.05)
