"""Whether a document is genuine, from its bytes alone and the keys that somebody trusts.

A document stands on two feet. The journal knows it: its bytes up to the seal have the SHA-256 that
an entry records, and the entry is in a tree that the ledger signed. And its issuer signed the file:
a PAdES signature over all of it. Both must hold, and nothing else may be in the file.

In bulk, the entry records the root (RFC 9162) of a batch of documents, and a document's leaf is its
`document.json`. There the journal binds what the document says; its page is bound by the signature
alone, so whoever trusts the data needs no signature, and whoever trusts the page does.

A document that verifies may have been superseded or withdrawn since: only the ledger knows that.
"""

import logging
from datetime import datetime
from hashlib import sha256
from typing import Literal, TypeAlias

import msgspec
from asn1crypto import x509
from msgspec import UNSET, UnsetType
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from libs.edge.paper.attached import DOCUMENT
from libs.edge.paper.documents import AnyDocument, Words, read
from libs.edge.paper.doubts import SAID, Doubt, Doubtful
from libs.edge.paper.revisions import Sealed, opened
from libs.edge.paper.seal import BATCH, ENTRY, PROOF
from libs.edge.paper.signers import is_development
from libs.ledger import receipt
from libs.ledger.codec import encode
from libs.ledger.entry import Digest
from libs.ledger.instants import Instant
from libs.ledger.merkle import ProofWrong, leaf_hash, root_by
from libs.ledger.note import Key

Trust: TypeAlias = tuple[x509.Certificate, ...]

# A verdict says all that pyHanko found; its own log would add a traceback, in words of the file.
logging.getLogger("pyhanko").addHandler(logging.NullHandler())

ISSUED = "notice.issued.v1"
RECEIPT = {
    receipt.Doubt.PROOF_MALFORMED: Doubt.PROOF_MALFORMED,
    receipt.Doubt.NOTE_MALFORMED: Doubt.CHECKPOINT_MALFORMED,
    receipt.Doubt.KEY_UNKNOWN: Doubt.CHECKPOINT_KEY_UNKNOWN,
    receipt.Doubt.SIGNATURE_WRONG: Doubt.CHECKPOINT_SIGNATURE_WRONG,
    receipt.Doubt.PATH_WRONG: Doubt.PATH_WRONG,
    receipt.Doubt.ENTRY_DIFFERS: Doubt.ENTRY_NOT_IN_TREE,
    receipt.Doubt.POSITION_DIFFERS: Doubt.POSITION_DIFFERS,
}


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a document stands in its batch (`batch.json`); `path` is of hashes in hex."""

    index: int
    size: int
    path: tuple[str, ...]


class Recorded(msgspec.Struct, frozen=True):
    """What an event says of documents: of one by its digest, of a batch by its root."""

    type: str
    number: str | UnsetType = UNSET
    position: int | UnsetType = UNSET
    sha256: Digest | UnsetType = UNSET
    root: Digest | UnsetType = UNSET
    size: int | UnsetType = UNSET


class Entry(msgspec.Struct, frozen=True):
    """What is looked at in an entry here; one that was refused records nothing."""

    ledger: str
    verdict: Literal["accepted"]
    appended: Instant
    events: tuple[Recorded, ...] = ()


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a file shows: genuine where there is no doubt, and nothing where there is one.

    `position` is that of the entry, `development` says that a key nobody chose had a hand in it.
    """

    genuine: bool
    doubt: Doubt | UnsetType = UNSET
    said: Words | UnsetType = UNSET
    seen: str = ""
    number: str = ""
    kind: str = ""
    ledger: str = ""
    position: int = -1
    signer: str = ""
    signed_at: str = ""
    in_batch: bool = False
    development: bool = False


def verify(raw: bytes, keys: tuple[Key, ...], trust: Trust, number: str | None = None) -> Verdict:
    """Return what a file shows to who trusts these keys of ledgers and these certificates.

    With a `number` it must be that document and no other, however genuine. Starts an event loop of
    its own: call it in a thread.
    """
    try:
        return _verified(raw, keys, trust, number)
    except Doubtful as wrong:
        said = SAID[wrong.doubt]
        return Verdict(genuine=False, doubt=wrong.doubt, said=said, seen=wrong.seen)


def _verified(raw: bytes, keys: tuple[Key, ...], trust: Trust, number: str | None) -> Verdict:
    sealed = opened(raw)
    entry, document = _read(sealed)
    if BATCH in sealed.files:
        _insist_in_batch(sealed, entry, document)
    else:
        _insist_recorded(sealed, entry, document)
    if document.ledger != entry.ledger:
        raise Doubtful(Doubt.FACT_DIFFERS, f"{document.ledger} is not {entry.ledger}")
    if number is not None and document.number != number:
        raise Doubtful(Doubt.NUMBER_DIFFERS, f"{document.number} is not {number}")
    shown = receipt.check(sealed.files[ENTRY], _text(sealed.files[PROOF]), keys)
    if shown.doubt is not None:
        raise Doubtful(RECEIPT[shown.doubt], shown.words)
    signer = _insist_signed(sealed, trust, entry.appended)
    signed_at = sealed.signature.self_reported_timestamp
    return Verdict(
        genuine=True,
        number=document.number,
        kind=str(document.__struct_config__.tag),
        ledger=document.ledger,
        position=shown.position,
        signer=signer.subject.human_friendly,
        signed_at="" if signed_at is None else signed_at.isoformat(),
        in_batch=BATCH in sealed.files,
        development=shown.development or is_development(signer),
    )


def _read(sealed: Sealed) -> tuple[Entry, AnyDocument]:
    try:
        entry = msgspec.json.decode(sealed.files[ENTRY], type=Entry)
        return entry, read(sealed.files[DOCUMENT])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise Doubtful(Doubt.ENTRY_MALFORMED, str(wrong)) from None


def _text(proof: bytes) -> str:
    try:
        return proof.decode()
    except UnicodeDecodeError:
        raise Doubtful(Doubt.PROOF_MALFORMED, "the proof is not UTF-8") from None


def _insist_recorded(sealed: Sealed, entry: Entry, document: AnyDocument) -> None:
    """Insist that the entry records these very bytes, under this number and of this fact."""
    digest = sha256(sealed.base).hexdigest()
    found = [one for one in entry.events if one.type == ISSUED and one.sha256 == digest]
    if not found:
        raise Doubtful(Doubt.DOCUMENT_DIFFERS, digest)
    if document.number not in {one.number for one in found}:
        raise Doubtful(Doubt.NUMBER_DIFFERS, document.number)
    if (document.number, document.position) not in {(one.number, one.position) for one in found}:
        raise Doubtful(Doubt.FACT_DIFFERS, f"position {document.position}")


def _insist_in_batch(sealed: Sealed, entry: Entry, document: AnyDocument) -> None:
    """Insist that the batch which the entry records has this `document.json` at its own line."""
    try:
        place = msgspec.json.decode(sealed.files[BATCH], type=Place)
        path = [bytes.fromhex(one) for one in place.path]
        one_form = msgspec.structs.replace(place, path=tuple(one.hex() for one in path))
        if encode(one_form) != sealed.files[BATCH]:
            raise Doubtful(Doubt.BATCH_WRONG, "the place is not written in its one form")
        root = root_by(leaf_hash(sealed.files[DOCUMENT]), place.index, place.size, path).hex()
    except (msgspec.MsgspecError, ProofWrong, ValueError) as wrong:
        raise Doubtful(Doubt.BATCH_WRONG, str(wrong)) from None
    noticed = [one for one in entry.events if one.type == ISSUED]
    found = [one for one in noticed if (one.root, one.size) == (root, place.size)]
    if not found:
        raise Doubtful(Doubt.BATCH_WRONG, root)
    named = [one for one in found if document.number == f"{one.number}.{place.index + 1}"]
    if not named:
        raise Doubtful(Doubt.NUMBER_DIFFERS, document.number)
    if document.position not in {one.position for one in named}:
        raise Doubtful(Doubt.FACT_DIFFERS, f"position {document.position}")


def _insist_signed(sealed: Sealed, trust: Trust, appended: str) -> x509.Certificate:
    """Insist on a signature that is right, by somebody trusted when it was made; return who."""
    try:
        signer: x509.Certificate = sealed.signature.signer_cert
        made = _made(sealed, appended)
        moment = min(max(made, signer.not_valid_before), signer.not_valid_after)
        context = ValidationContext(trust_roots=list(trust), moment=moment, allow_fetching=False)
        status = validate_pdf_signature(sealed.signature, context)
    except Doubtful:
        raise
    except Exception as wrong:
        raise Doubtful(Doubt.SIGNATURE_WRONG, f"{type(wrong).__name__}: {wrong}"[:200]) from wrong
    if not status.intact or not status.valid:
        raise Doubtful(Doubt.SIGNATURE_WRONG)
    if not status.trusted:
        raise Doubtful(Doubt.SIGNER_UNKNOWN, signer.subject.human_friendly)
    if not status.bottom_line:
        raise Doubtful(Doubt.SIGNATURE_WRONG, status.summary())
    if moment != made:  # a certificate that is trusted itself is asked for no term by the library
        term = f"{signer.not_valid_before.isoformat()} - {signer.not_valid_after.isoformat()}"
        raise Doubtful(Doubt.SIGNER_OUT_OF_TERM, f"{made.isoformat()}, valid {term}")
    return signer


def _made(sealed: Sealed, appended: str) -> datetime:
    """Return when a signature was made: by its own word, but never before its entry was recorded.

    So a stolen key that has expired signs nothing that the log took since.
    """
    said = sealed.signature.self_reported_timestamp
    if said is None:
        raise Doubtful(Doubt.SIGNATURE_WRONG, "it does not say when it was made")
    return max(said, datetime.fromisoformat(appended))
