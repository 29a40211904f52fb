"""`tonne verify`: offline, one exit code per outcome, the reason in both languages."""

import json
from pathlib import Path

import pytest
from cryptography import x509 as certificates
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from libs.edge.paper import signers
from services.cli import app
from tests.journeys.program import tonne
from tests.paper.papers import invalidation
from tests.paper.sealing import AT, LEDGER_KEY, sealed, trust


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a genuine document, a tampered copy and the issuer's certificate."""
    raw = sealed(invalidation())
    (tmp_path / "genuine.pdf").write_bytes(raw)
    tampered = bytearray(raw)
    tampered[tampered.index(b"stream") + 50] ^= 1
    (tmp_path / "tampered.pdf").write_bytes(tampered)
    own = certificates.load_der_x509_certificate(trust()[0].dump())
    (tmp_path / "issuer.pem").write_bytes(own.public_bytes(Encoding.PEM))
    return tmp_path


def asked(folder: Path, name: str, *more: str, key: str = LEDGER_KEY.key.text()) -> Result:
    words = ["verify", str(folder / name), "--key", key, "--trust", str(folder / "issuer.pem")]
    return CliRunner().invoke(app, [*words, *more])


def test_a_genuine_document_is_told_of_and_exits_with_0(folder: Path) -> None:
    told = asked(folder, "genuine.pdf")
    assert told.exit_code == 0, told.output
    assert "真正な文書です" in told.output
    assert "N-48213-0 (invalidation)" in told.output
    assert "entry 5 of example" in told.output
    assert "development key" in told.output


def test_a_tampered_copy_is_refused_in_both_languages_and_exits_with_1(folder: Path) -> None:
    told = asked(folder, "tampered.pdf")
    assert told.exit_code == 1
    assert "document_differs" in told.output
    assert "記録された原本と異なる" in told.output
    assert "not the one that the journal records" in told.output


def test_json_says_the_same(folder: Path) -> None:
    found = json.loads(asked(folder, "genuine.pdf", "--json").stdout.splitlines()[-1])
    assert found["genuine"] is True
    assert found["number"] == "N-48213-0"
    told = asked(folder, "tampered.pdf", "--json")
    assert told.exit_code == 1
    found = json.loads(told.stdout.splitlines()[-1])
    assert (found["genuine"], found["doubt"]) == (False, "document_differs")


def test_another_number_another_ledger_and_another_issuer_are_refused(folder: Path) -> None:
    told = asked(folder, "genuine.pdf", "--number", "N-1-0")
    assert (told.exit_code, "number_differs" in told.output) == (1, True)
    stranger = "example+b1b1b1b1+AW"
    assert asked(folder, "genuine.pdf", key=stranger).exit_code == 2
    (folder / "issuer.pem").write_bytes(b"hello")
    assert asked(folder, "genuine.pdf").exit_code == 2
    assert asked(folder, "none.pdf").exit_code == 2


def test_another_signer_is_one_reason_and_no_traceback(folder: Path) -> None:
    """As a process of its own: there the log of a library goes to standard error unless told."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    other = signers.self_signed(key, signers.DEVELOPMENT, AT, 365)
    (folder / "issuer.pem").write_bytes(other.public_bytes(Encoding.PEM))
    words = ("--key", LEDGER_KEY.key.text(), "--trust", folder / "issuer.pem")
    told = tonne("verify", folder / "genuine.pdf", *words, cwd=folder, code=1)
    assert "signer_unknown" in told.stderr
    assert "Traceback" not in told.stderr
