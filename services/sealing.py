"""Who seals notices, from the settings: a key of the registry, or one for specimens alone."""

from datetime import datetime
from pathlib import Path

from msgspec import UNSET

from libs.edge.paper import signers, tokens
from libs.edge.paper.documents import Words
from libs.edge.paper.seal import Evidence, NotSealed, seal
from libs.edge.paper.signers import LoadedSigner, SignerUnusable
from libs.edge.paper.tokens import TokenSigner
from libs.edge.problems import Refused
from libs.ledger import note
from libs.ledger.note import NoteWrong
from services.notify.labels import ISSUER
from services.notify.links import Links
from services.notify.pages import Imprint, Pdf
from services.notify.shelf import Before
from services.notify.statements import Statements
from services.settings import Settings, SettingsFault
from services.signing import root


class Sealing:
    """Seals with a key that stays loaded; `specimen` 見本 where nobody chose that key."""

    def __init__(self, signer: LoadedSigner | TokenSigner) -> None:
        assert signer.signing_cert is not None, "a key is loaded with its certificate"
        self.specimen = signers.is_development(signer.signing_cert)
        self.certificate: bytes = signer.signing_cert.dump()
        self._signer = signer

    def seal(
        self, base: bytes, entry: bytes, proof: str, at: str, batch: bytes | None = None
    ) -> bytes:
        """Return the sealed document; raises Refused where its key may not seal it now."""
        own = self._signer.signing_cert
        assert own is not None, "a key is loaded with its certificate"
        if not own.not_valid_before <= datetime.fromisoformat(at) <= own.not_valid_after:
            raise Refused("seal_unavailable", "the certificate is not valid at this time")
        evidence = Evidence(entry, proof, UNSET if batch is None else batch)
        try:
            return seal(base, evidence, self._signer, at)
        except (NotSealed, SignerUnusable) as wrong:
            raise Refused("seal_unavailable", str(wrong)) from None


def sealing(chosen: Settings, at: str) -> Sealing | None:
    """Return what seals, with the key of the settings, or with one made on the first run, `at`.

    None on a cluster that was given no key: its documents are JSON. Raises SettingsFault where
    the files hold no key with its certificate.
    """
    if bool(chosen.paper_key) != bool(chosen.paper_certificate):
        raise SettingsFault("TONNE_PAPER_KEY and TONNE_PAPER_CERTIFICATE go together")
    try:
        if chosen.paper_key:
            return Sealing(_chosen(chosen.paper_key, Path(chosen.paper_certificate)))
        if chosen.brokers is not None:
            return None
        folder = Path(chosen.state) if chosen.state else Path(f"{chosen.log_file}.paper")
        return Sealing(signers.development(folder, at))
    except (OSError, SignerUnusable) as wrong:
        raise SettingsFault(f"TONNE_PAPER_KEY: {wrong}") from None


def _chosen(key: str, certificate: Path) -> LoadedSigner | TokenSigner:
    """Return the signer of a key in a file, or on a token that keeps it."""
    if key.startswith(tokens.SCHEME):
        return TokenSigner(key, certificate)
    return signers.from_pem(Path(key), certificate)


def before(chosen: Settings) -> Before:
    """Return whose paper of before is still genuine; raise SettingsFault where that is nobody's.

    An authority's certificate is none: the paper of everybody below it would be ours.
    """
    texts = [one.strip() for one in chosen.checkpoint_keys_before.split(",") if one.strip()]
    try:
        keys = tuple(note.key(one).text() for one in texts)
    except NoteWrong as wrong:
        raise SettingsFault(f"TONNE_CHECKPOINT_KEYS_BEFORE: {wrong}") from None
    if not chosen.paper_certificates_before:
        return Before(keys)
    try:
        found = signers.chain(Path(chosen.paper_certificates_before))
    except (OSError, SignerUnusable) as wrong:
        raise SettingsFault(f"TONNE_PAPER_CERTIFICATES_BEFORE: {wrong}") from None
    for one in found:
        if one.ca:
            name = one.subject.human_friendly
            raise SettingsFault(f"TONNE_PAPER_CERTIFICATES_BEFORE: {name} is an authority's")
    return Before(keys, tuple(one.dump() for one in found))


def pages(chosen: Settings, links: Links, by: Sealing) -> Statements:
    """Return what renders notices as paper that this key may seal.

    The address in the QR code is at the host of the ledger's origin: the page that checks the
    notice, or, where there are no links, the notice for whoever has a key.
    """
    there = root(chosen)

    def address(number: str) -> str:
        code = links.code(number)
        return f"{there}/c/{code}" if code else f"{there}/v1/notices/{number}"

    ja, _, en = chosen.issuer.strip().partition(" / ")
    issuer = Words(ja, en or ja) if ja else Words(*ISSUER)
    return Statements(Pdf(Imprint(address=address, issuer=issuer, specimen=by.specimen)), links)
