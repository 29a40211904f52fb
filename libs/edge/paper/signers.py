"""Who seals documents: a key and its certificate, from files, made on first run, or elsewhere.

Any of pyHanko's signers may seal, one for PKCS#11 or for a key service too. The keys of files are
kept loaded: reading one again for each signature would take most of the time of a document.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import pem, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore
from typing_extensions import override

from libs.ledger.instants import parse

KEY_BITS = 3072
DEVELOPMENT = "tonne development key, of no effect 開発用"
"""The name in the certificate of a key that nobody chose."""
KEY_FILE, CERTIFICATE_FILE = "paper-development.key.pem", "paper-development.cert.pem"
DEVELOPMENT_DAYS = 3650


class SignerUnusable(ValueError):
    """The files hold no RSA key with its certificate."""


class LoadedSigner(Signer):
    """An RSA key that stays loaded, with its certificate and those between it and its root."""

    def __init__(
        self, key: RSAPrivateKey, own: certificates.Certificate, *others: certificates.Certificate
    ) -> None:
        if key.public_key() != own.public_key():
            raise SignerUnusable("the certificate is of another key")
        store = SimpleCertificateStore()
        store.register_multiple(_converted(one) for one in others)
        super().__init__(signing_cert=_converted(own), cert_registry=store)
        self._key = key

    @override
    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        assert digest_algorithm == "sha256", "what documents are sealed with"
        return self._key.sign(data, PKCS1v15(), hashes.SHA256())


def is_development(certificate: x509.Certificate) -> bool:
    """Say whether a certificate is of a key that nobody chose."""
    name: str = certificate.subject.native.get("common_name", "")
    return name == DEVELOPMENT


def from_pkcs12(file: Path, password: bytes | None) -> LoadedSigner:
    """Load a key with its certificates from a PKCS#12 file; raises SignerUnusable."""
    try:
        key, own, others = pkcs12.load_key_and_certificates(file.read_bytes(), password)
    except ValueError as wrong:
        raise SignerUnusable(f"{file.name}: {wrong}") from None
    if not isinstance(key, RSAPrivateKey) or own is None:
        raise SignerUnusable(f"{file.name} has no RSA key with a certificate")
    return LoadedSigner(key, own, *others)


def from_pem(key_file: Path, certificate_file: Path, password: bytes | None = None) -> LoadedSigner:
    """Load a key, and its certificate first among others, from PEM; raises SignerUnusable."""
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), password)
        own, *others = certificates.load_pem_x509_certificates(certificate_file.read_bytes())
    except (ValueError, TypeError) as wrong:
        raise SignerUnusable(f"{key_file.name}, {certificate_file.name}: {wrong}") from None
    if not isinstance(key, RSAPrivateKey):
        raise SignerUnusable(f"{key_file.name} has no RSA key")
    return LoadedSigner(key, own, *others)


def chain(certificate_file: Path) -> tuple[x509.Certificate, ...]:
    """Read a key's certificate and those above it from PEM; raises SignerUnusable."""
    try:
        found = certificates.load_pem_x509_certificates(certificate_file.read_bytes())
    except ValueError as wrong:
        raise SignerUnusable(f"{certificate_file.name}: {wrong}") from None
    return tuple(map(_converted, found))


def development(folder: Path, at: str) -> LoadedSigner:
    """Load the folder's development key; make it, with a certificate of its own, on first use.

    What it seals must be a specimen 見本 and say so on the page. `at` is when it is made.
    """
    key_file, certificate_file = folder / KEY_FILE, folder / CERTIFICATE_FILE
    if not certificate_file.exists():
        key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        folder.mkdir(parents=True, exist_ok=True)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key_file.unlink(missing_ok=True)
        key_file.touch(mode=0o600, exist_ok=False)
        key_file.write_bytes(secret)
        made = self_signed(key, DEVELOPMENT, at, DEVELOPMENT_DAYS)
        whole = made.public_bytes(serialization.Encoding.PEM)
        certificate_file.with_suffix(".new").write_bytes(whole)
        certificate_file.with_suffix(".new").replace(certificate_file)
    return from_pem(key_file, certificate_file)


def self_signed(key: RSAPrivateKey, name: str, at: str, days: int) -> certificates.Certificate:
    """Return a certificate of a key by itself, good for signing documents from an instant on."""
    since = datetime.fromtimestamp(parse(at) // 1000, UTC)
    subject = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = certificates.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        certificates.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(certificates.random_serial_number())
        .not_valid_before(since - timedelta(days=1))
        .not_valid_after(since + timedelta(days=days))
        .add_extension(usage, critical=True)
        .add_extension(certificates.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def trusted(text: bytes) -> tuple[x509.Certificate, ...]:
    """Read the certificates of a file, PEM or DER, as roots to trust; raises SignerUnusable."""
    try:
        if pem.detect(text):
            found = [der for _, _, der in pem.unarmor(text, multiple=True)]
        else:
            found = [text]
        return tuple(x509.Certificate.load(der, strict=True) for der in found)
    except ValueError as wrong:
        raise SignerUnusable(f"this is no certificate: {wrong}") from None


def _converted(certificate: certificates.Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
