"""When a document was sealed, and whether the certificate was valid then, without a third clock."""

from datetime import UTC, datetime

import pytest
from asn1crypto import x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from libs.edge.paper import signers
from libs.edge.paper.doubts import Doubt
from libs.edge.paper.render import render
from libs.edge.paper.seal import seal
from libs.edge.paper.verify import verify
from tests.paper.papers import invalidation
from tests.paper.sealing import AT, KEYS, entry, evidence, issued

DOCUMENT = invalidation()


@pytest.mark.parametrize("above", [False, True])
def test_a_certificate_is_good_for_what_was_sealed_in_its_term(*, above: bool) -> None:
    """Whether it is trusted itself, or an authority above it: it has expired by now either way."""
    by, root = of_a_year(above=above)
    base = render(DOCUMENT)

    def said(at: str, appended: str = AT) -> object:
        raw = seal(base, evidence(entry(issued(DOCUMENT, base), appended=appended)), by, at)
        found = verify(raw, KEYS, (root,))
        return None if found.genuine else found.doubt

    assert said(AT) is None
    assert said("2026-12-31T23:59:59.000Z") is None
    assert said("2027-01-02T00:00:00.000Z") is Doubt.SIGNER_OUT_OF_TERM
    early = "2025-06-01T00:00:00.000Z"
    assert said(early, early) is Doubt.SIGNER_OUT_OF_TERM
    since = "2027-01-02T00:00:00.000Z"  # the log took it when the key was nobody's any more
    assert said(AT, since) is Doubt.SIGNER_OUT_OF_TERM
    assert said(early) is None  # a clock that is behind: it was sealed when the log had it


def of_a_year(*, above: bool) -> tuple[signers.LoadedSigner, x509.Certificate]:
    """Return who signs with a certificate of 2026, and whom to trust: that, or the one above."""
    keys = [generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    since = datetime(2026, 1, 1, tzinfo=UTC)
    names = [certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, "Registry")])] * 2
    if above:
        names[1] = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, "Root")])
    others = ("key_encipherment", "data_encipherment", "key_agreement")
    usage = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    made = []
    for number, years in ((0, 1), (1, 20))[: 2 if above else 1]:
        ca = number == 1
        signs = certificates.KeyUsage(
            digital_signature=not ca,
            content_commitment=not ca,
            key_cert_sign=ca,
            crl_sign=ca,
            **usage,
        )
        made.append(
            certificates.CertificateBuilder()
            .subject_name(names[number])
            .issuer_name(names[1])
            .public_key(keys[number].public_key())
            .serial_number(1 + number)
            .not_valid_before(since)
            .not_valid_after(since.replace(year=since.year + years))
            .add_extension(signs, critical=True)
            .add_extension(certificates.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(keys[1] if above else keys[0], hashes.SHA256())
        )
    by = signers.LoadedSigner(keys[0], made[0])
    return by, signers.trusted(made[-1].public_bytes(Encoding.DER))[0]
