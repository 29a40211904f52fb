"""Sealed documents before other programs: pdfsig, veraPDF, pdfdetach; and who may seal."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from libs.edge.paper import signers
from libs.edge.paper.render import render
from libs.edge.paper.seal import NotSealed, seal
from libs.edge.paper.verify import verify
from services.cluster.children import NoServer
from tests.paper.papers import invalidation, papers
from tests.paper.sealing import AT, KEYS, entry, evidence, issued, sealed, signer, trust
from tests.paper.verapdf import verapdf, verdicts

Poppler = Callable[..., str]


def test_the_file_begins_with_the_document_that_the_journal_knows() -> None:
    assert sealed(invalidation()).startswith(render(invalidation()) + b"\n")


def test_sealing_again_gives_the_same_bytes() -> None:
    assert sealed(invalidation()) == sealed(invalidation())


def test_pdfsig_finds_one_valid_signature_of_the_whole_file(poppler: Poppler) -> None:
    told = poppler("pdfsig", sealed(invalidation()))
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert "ETSI.CAdES.detached" in told
    assert "Mar 30 2026 15:04:06" in told
    assert "Signature #2" not in told


def test_pdfsig_sees_a_changed_byte(poppler: Poppler) -> None:
    raw = bytearray(sealed(invalidation()))
    raw[raw.index(b"stream") + 50] ^= 1
    assert "Digest Mismatch" in poppler("pdfsig", bytes(raw))


def test_the_evidence_comes_out_as_it_was_put_in(poppler: Poppler, tmp_path: Path) -> None:
    document = invalidation()
    base = render(document)
    known = entry(issued(document, base))
    poppler("pdfdetach", seal(base, evidence(known), signer(), AT), "-saveall", "-o", str(tmp_path))
    assert (tmp_path / "entry.json").read_bytes() == known
    assert (tmp_path / "proof.tlog").read_text() == evidence(known).proof


def test_verapdf_agrees_that_base_and_sealed_file_are_pdf_a(tmp_path: Path) -> None:
    try:
        verapdf()
    except NoServer as absent:
        pytest.skip(str(absent))
    files = {name: render(document) for name, document in papers().items()}
    files |= {f"sealed-{name}": sealed(papers()[name]) for name in ("invalidation", "o1-gift")}
    found = verdicts(tmp_path, files)
    assert found == dict.fromkeys(files, "PASS")


def test_a_development_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    first = signers.development(folder, AT)
    again = signers.development(folder, "2030-01-01T00:00:00.000Z")
    assert first.signing_cert is not None
    assert again.signing_cert is not None
    assert first.signing_cert.dump() == again.signing_cert.dump()
    assert signers.is_development(first.signing_cert)
    assert stat.S_IMODE((folder / signers.KEY_FILE).stat().st_mode) == 0o600


def test_a_development_key_seals_specimens_alone() -> None:
    document = invalidation(specimen=False)
    base = render(document)
    with pytest.raises(NotSealed):
        seal(base, evidence(entry(issued(document, base))), signer(), AT)


@pytest.mark.parametrize("form", ["pkcs12", "pem"])
def test_a_key_of_ones_own_seals_what_is_no_specimen(form: str, tmp_path: Path) -> None:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    own = signers.self_signed(key, "Registry of Somewhere", AT, 365)
    file, certificate = tmp_path / "key", tmp_path / "certificate"
    certificate.write_bytes(own.public_bytes(Encoding.PEM))
    if form == "pkcs12":
        locked = BestAvailableEncryption(b"secret")
        file.write_bytes(pkcs12.serialize_key_and_certificates(None, key, own, None, locked))
        loaded = signers.from_pkcs12(file, b"secret")
        with pytest.raises(signers.SignerUnusable):
            signers.from_pkcs12(file, b"wrong")
    else:
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        loaded = signers.from_pem(file, certificate)
    document = invalidation(specimen=False)
    base = render(document)
    raw = seal(base, evidence(entry(issued(document, base))), loaded, AT)
    verdict = verify(raw, KEYS, signers.trusted(certificate.read_bytes()))
    assert verdict.genuine, verdict
    assert not verdict.development
    assert not verify(raw, KEYS, trust()).genuine


def test_a_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    one, other = (generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    file, certificate = tmp_path / "key", tmp_path / "certificate"
    file.write_bytes(one.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    own = signers.self_signed(other, "Somebody", AT, 1)
    certificate.write_bytes(own.public_bytes(Encoding.PEM))
    with pytest.raises(signers.SignerUnusable):
        signers.from_pem(file, certificate)
