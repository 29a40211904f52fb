"""A registry that lives for years: its keys change, and the paper of before stays genuine."""

import json
import os
import re
import time
from datetime import UTC, datetime
from html import unescape
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from msgspec import to_builtins
from typer.testing import CliRunner

from libs.edge.paper import signers
from services import sealing, signing
from services.cli import app
from services.settings import SettingsFault, settings
from tests.journeys import program
from tests.journeys.program import free_port, request, serving, tonne
from tests.journeys.test_notices import ISSUE, PROJECT, RULES, Caller

ORIGIN = "registry.example/v1"
LINE = {"account": "A01", "beneficiary": "例示商店", "purpose": "OTHER", "quantity": 7}
FORM = {"Content-Type": "multipart/form-data; boundary=----line"}


class Keys:
    """A key that signs checkpoints, and one that seals paper, of one time of a registry."""

    def __init__(self, folder: Path, name: str) -> None:
        self.checkpoint = folder / f"{name}.key"
        self.paper, self.certificate = folder / f"{name}.paper", folder / f"{name}.pem"
        drawn = signing.drawn(ORIGIN)
        signing.keep(drawn, self.checkpoint)
        self.public = drawn.key.text()
        key = generate_private_key(public_exponent=65537, key_size=2048)
        made = signers.self_signed(key, f"Registry {name}", "2026-01-01T00:00:00.000Z", 36_500)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.paper.write_bytes(secret)
        self.certificate.write_bytes(made.public_bytes(Encoding.PEM))

    def named(self, **before: str) -> dict[str, str]:
        """Return the settings of a registry that uses these keys, and knows some of before."""
        return {
            "TONNE_CHECKPOINT_KEY": str(self.checkpoint),
            "TONNE_PAPER_KEY": str(self.paper),
            "TONNE_PAPER_CERTIFICATE": str(self.certificate),
            **{f"TONNE_{name.upper()}_BEFORE": value for name, value in before.items()},
        }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder where everything runs with an origin and a state of its own."""
    state = tmp_path / "state"
    state.mkdir()
    named = {"TONNE_ORIGIN": ORIGIN, "TONNE_STATE": str(state)}
    monkeypatch.setattr(program, "PLAIN", {**os.environ, **program.PLAIN, **named})
    return tmp_path


def use(monkeypatch: pytest.MonkeyPatch, named: dict[str, str]) -> None:
    """Let what is started next have these settings."""
    kept = {k: v for k, v in program.PLAIN.items() if not k.endswith("_BEFORE")}
    monkeypatch.setattr(program, "PLAIN", {**kept, **named})


def retired(port: int) -> str:
    """Open an account and retire some of its credits; return the number of the notice."""
    caller = Caller(port)
    act = caller.post("/v1/rules", {"rules": to_builtins(RULES)})
    caller.post("/v1/approvals", {"position": act["position"]}, "operator:2")
    caller.post("/v1/accounts", {"account": "A01", "name": "A"})
    caller.post("/v1/projects", PROJECT)
    caller.post("/v1/issuances", ISSUE)
    done = caller.post("/v1/invalidations", {"lines": [LINE]})
    return f"main-{done['position']}-1"


def downloaded(port: int, number: str) -> bytes:
    """Return the sealed PDF of a notice, as soon as it is issued."""
    deadline = time.monotonic() + 60
    while True:
        status, told, pdf = request(port, "GET", f"/v1/notices/{number}/document")
        if status == 200:
            assert told["content-type"] == "application/pdf"
            return pdf
        assert time.monotonic() < deadline, pdf
        time.sleep(0.05)  # the notice is on its way


def checked(port: int, pdf: bytes) -> str:
    """Return what a reader of the check page sees, who dropped a file on it."""
    head = b'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    form = b"------line\r\n%b%b\r\n------line--\r\n" % (head, pdf)
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/c?lang=en", form, FORM)
        page = connection.getresponse().read().decode()
    finally:
        connection.close()
    body = page.partition("<body>")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


@pytest.mark.timeout(300)  # a registry that is started three times, and files checked apart
def test_paper_of_a_key_of_before_is_genuine_where_the_key_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Keys(folder, "first"), Keys(folder, "second")
    port = free_port()
    use(monkeypatch, first.named())
    with serving(folder, port=port):
        number = retired(port)
        old = downloaded(port, number)
        assert "Genuine This document is genuine and current." in checked(port, old)
    pem = str(first.certificate)
    use(monkeypatch, second.named(checkpoint_keys=first.public, paper_certificates=pem))
    with serving(folder, port=port):
        new = downloaded(port, number)
        for pdf, by in ((old, "Registry first"), (new, "Registry second")):
            told = checked(port, pdf)
            assert "Genuine This document is genuine and current." in told
            assert by in told
    use(monkeypatch, second.named())
    with serving(folder, port=port):
        assert "Genuine This document is genuine and current." in checked(port, new)
        told = checked(port, old)
        assert "Not genuine" in told
        assert "signed by none of the keys that are trusted" in told
        assert number not in told
    verified(folder, {"old.pdf": old, "new.pdf": new}, first, second)


def verified(folder: Path, files: dict[str, bytes], first: Keys, second: Keys) -> None:
    """See what `tonne verify` says of both to who trusts the one, the other, or both."""
    ways = {"first": (first,), "second": (second,), "both": (second, first)}
    said = {}
    for name, pdf in files.items():
        (folder / name).write_bytes(pdf)
        for way, trusted in ways.items():
            words = ["--json"]
            for one in trusted:
                words += ["--key", one.public, "--trust", str(one.certificate)]
            good = way == "both" or (way == "first") == (name == "old.pdf")
            done = asked(folder / name, *words, code=0 if good else 1)
            said[name, way] = json.loads(done.splitlines()[-1])
    assert said["old.pdf", "second"]["doubt"] == "checkpoint_key_unknown"
    assert said["new.pdf", "first"]["doubt"] == "checkpoint_key_unknown"
    assert {said[name, "both"]["genuine"] for name in files} == {True}
    key, trust = ("--key", first.public), ("--trust", str(first.certificate))
    mixed = asked(folder / "old.pdf", *key, "--trust", str(second.certificate), code=1)
    assert "signer_unknown" in mixed
    assert "Missing option '--key'" in asked(folder / "old.pdf", *trust, code=2)
    assert "Missing option '--trust'" in asked(folder / "old.pdf", *key, code=2)


def asked(file: Path, *words: str, code: int) -> str:
    """Run `tonne verify` in this process and require an exit code."""
    done = CliRunner().invoke(app, ["verify", str(file), *words])
    assert done.exit_code == code, done.output
    return done.output


def authority() -> bytes:
    """Return the certificate of an authority."""
    name = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, "Root")])
    key = generate_private_key(public_exponent=65537, key_size=2048)
    since = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        certificates.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(since)
        .not_valid_after(since.replace(year=2046))
        .add_extension(certificates.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("checkpoint_keys", "hello", "a key is written NAME"),
        ("checkpoint_keys", "registry.example+00000000+AAAA", "Ed25519"),
        ("paper_certificates", "missing.pem", "No such file"),
        ("paper_certificates", "noise.pem", "noise.pem"),
        ("paper_certificates", "authority.pem", "is an authority's"),
    ],
)
def test_what_is_no_key_of_before_is_told(
    tmp_path: Path, name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "noise.pem").write_bytes(b"noise")
    (tmp_path / "authority.pem").write_bytes(authority())
    with pytest.raises(SettingsFault, match=f"TONNE_{name.upper()}_BEFORE: .*{said}"):
        sealing.before(settings(**{f"{name}_before": value}))


def test_a_registry_does_not_start_with_what_is_no_key_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"TONNE_CHECKPOINT_KEYS_BEFORE": "hello"}
    monkeypatch.setattr(program, "PLAIN", {**program.PLAIN, **named})
    refused = tonne("serve", "--http", f"127.0.0.1:{free_port()}", cwd=tmp_path, code=2)
    assert "TONNE_CHECKPOINT_KEYS_BEFORE: a key is written NAME+ID+KEY" in refused.stderr
