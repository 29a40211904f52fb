"""A key that never leaves its device: the signer of a PKCS#11 token, named by a URI of RFC 7512.

`pkcs11:token=registry;object=paper?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/run/pin`
names the token, the key on it, the device's library and the file of its PIN. The certificates are
a file's: they are public, and not every device keeps them.
"""

from pathlib import Path
from threading import Lock
from urllib.parse import unquote

from asn1crypto import x509
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore
from typing_extensions import override

from libs.edge.paper.signers import SignerUnusable, chain

SCHEME = "pkcs11:"
KNOWN = {"token", "object", "module-path", "pin-source"}


class TokenSigner(Signer):
    """An RSA key on a token, in a session that stays open; signatures are made one by one."""

    def __init__(self, uri: str, certificate_file: Path) -> None:
        own, *others = chain(certificate_file)
        store = SimpleCertificateStore()
        store.register_multiple(others)
        super().__init__(signing_cert=own, cert_registry=store)
        self._key = _key(named(uri), own)
        self._alone = Lock()  # a session of PKCS#11 does one thing at a time

    @override
    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        assert digest_algorithm == "sha256", "what documents are sealed with"
        from pkcs11 import Mechanism, PKCS11Error  # noqa: PLC0415 - an extra of its own

        try:
            with self._alone:
                signed: bytes = self._key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS)
        except PKCS11Error as wrong:
            raise SignerUnusable(f"the token does not sign: {type(wrong).__name__}") from wrong
        return signed


def named(uri: str) -> dict[str, str]:
    """Return what a URI names; raises SignerUnusable where it lacks a part, or has another."""
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    parts = [one.partition("=") for one in (*path.split(";"), *query.split("&")) if one]
    found = {name: unquote(value) for name, _, value in parts}
    if set(found) != KNOWN or len(parts) != len(KNOWN):
        raise SignerUnusable(f"a key of a token is {SCHEME} with {', '.join(sorted(KNOWN))}")
    return found


def _key(wanted: dict[str, str], own: x509.Certificate):  # type: ignore[no-untyped-def]  # an extra's
    """Open a session and return the private key; raises SignerUnusable where it is not there.

    A key that is not the certificate's would seal what nobody can verify.
    """
    try:
        import pkcs11  # noqa: PLC0415 - an extra of its own
        from pkcs11.util.rsa import encode_rsa_public_key  # noqa: PLC0415 - the same
    except ImportError:
        raise SignerUnusable(
            "keys of tokens need python-pkcs11: pip install 'tonne[hsm]'"
        ) from None
    try:
        pin = Path(wanted["pin-source"].removeprefix("file:")).read_text(encoding="utf-8").strip()
        token = pkcs11.lib(wanted["module-path"]).get_token(token_label=wanted["token"])
        try:
            session = token.open(user_pin=pin)
        except pkcs11.UserAlreadyLoggedIn:  # a process logs in once, for all its sessions
            session = token.open()
        label, kind = pkcs11.Attribute.LABEL, pkcs11.Attribute.CLASS
        of = {label: wanted["object"], pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.RSA}
        (public,) = session.get_objects({**of, kind: pkcs11.ObjectClass.PUBLIC_KEY})
        (key,) = session.get_objects({**of, kind: pkcs11.ObjectClass.PRIVATE_KEY})
        assert isinstance(public, pkcs11.PublicKey), "what was asked for"
    except (pkcs11.PKCS11Error, RuntimeError, ValueError) as wrong:
        said = str(wrong) or type(wrong).__name__
        raise SignerUnusable(f"{wanted['object']} on {wanted['token']}: {said}") from None
    if encode_rsa_public_key(public) != own.public_key["public_key"].parsed.dump():
        raise SignerUnusable("the certificate is of another key")
    return key
