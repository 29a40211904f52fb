"""A sealed document: the base, and behind it the proof of its record and a PAdES signature.

The seal is one incremental update, so the file begins with the very bytes that the journal knows by
their SHA-256. The update adds files (`entry.json`, `proof.tlog`, in bulk `batch.json`) and the
certifying signature over everything, after which nothing may change. What it leaves alone stays
PDF/A-3b.
"""

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO

import msgspec
from msgspec import UNSET, UnsetType
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import EmbeddedFileObject, EmbeddedFileParams
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from typing_extensions import override

from libs.edge.paper.attached import DOCUMENT, attached
from libs.edge.paper.documents import read
from libs.edge.paper.signers import is_development
from libs.ledger.instants import parse

ENTRY, PROOF, BATCH = "entry.json", "proof.tlog", "batch.json"
FIELD = "Seal"
MEDIA = {ENTRY: "application/json", PROOF: "text/plain", BATCH: "application/json"}
SAID = {
    ENTRY: "The entry of the journal that records this document",
    PROOF: "That the entry is in the ledger's tree, and the ledger's signature of the tree",
    BATCH: "The place of document.json in the batch that the entry records",
}
LINE_FEED = b"\n"
"""What stands between the base and its seal: an object begins on a line of its own."""
SIGNATURE_BYTES = 4096
"""What a signature takes beside its certificates, at most."""


class NotSealed(ValueError):
    """A development key seals specimens alone, and the document is none."""


class Evidence(msgspec.Struct, frozen=True):
    """What a seal adds: the entry's exact bytes, the proof, and the place in a batch if any."""

    entry: bytes
    proof: str
    batch: bytes | UnsetType = UNSET


class _Update(IncrementalPdfFileWriter):
    """An update that leaves the base's metadata as they are, and draws nothing from chance."""

    @override
    def _update_meta(self) -> None:
        pass

    @classmethod
    @override
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        first, _ = prev.trailer["/ID"]
        prev.stream.seek(0)
        second = generic.ByteStringObject(sha256(prev.stream.read()).digest()[:16])
        return generic.ArrayObject([first, second])


def seal(base: bytes, evidence: Evidence, signer: Signer, at: str) -> bytes:
    """Return the document with its evidence, signed as of an instant.

    Starts an event loop of its own: call it in a thread. Raises NotSealed where a development key
    would sign what looks genuine.
    """
    writer = _Update(BytesIO(base + LINE_FEED))
    assert signer.signing_cert is not None, "a signer without a certificate seals nothing"
    data = attached(writer.prev)[DOCUMENT]
    if is_development(signer.signing_cert) and not read(data).specimen:
        raise NotSealed("a development key seals specimens alone")
    moment = datetime.fromtimestamp(parse(at) // 1000, UTC)
    _attach(writer, evidence, moment)
    return asyncio.run(_signed(writer, signer, moment))


def _attach(writer: IncrementalPdfFileWriter, evidence: Evidence, moment: datetime) -> None:
    """Add the files of the evidence, in the order of their names as a name tree wants it."""
    files = {ENTRY: evidence.entry, PROOF: evidence.proof.encode()}
    if evidence.batch is not UNSET:
        files[BATCH] = evidence.batch
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    pairs = {str(names[n]): names.raw_get(n + 1) for n in range(0, len(names), 2)}
    for name, content in files.items():
        embedded = EmbeddedFileObject.from_file_data(
            writer,
            content,
            params=EmbeddedFileParams(embed_checksum=False, modification_date=moment),
            mime_type=MEDIA[name],
        )
        specification = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Filespec"),
                pdf_name("/F"): pdf_string(name),
                pdf_name("/UF"): pdf_string(name),
                pdf_name("/EF"): generic.DictionaryObject(
                    {
                        pdf_name("/F"): embedded.ef_stream_ref,
                        pdf_name("/UF"): embedded.ef_stream_ref,
                    }
                ),
                pdf_name("/AFRelationship"): pdf_name("/Data"),
                pdf_name("/Desc"): pdf_string(SAID[name]),
            }
        )
        pairs[name] = writer.add_object(specification)
        writer.root["/AF"].append(pairs[name])
    names.clear()
    for name in sorted(pairs):
        names.extend((pdf_string(name), pairs[name]))
    writer.update_root()


async def _signed(writer: IncrementalPdfFileWriter, signer: Signer, moment: datetime) -> bytes:
    """Sign everything so far as its author: no change is allowed behind it."""
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    session = PdfSigner(meta, signer, new_field_spec=SigFieldSpec(FIELD)).init_signing_session(
        writer
    )
    session.system_time = moment
    chain = [signer.signing_cert, *signer.cert_registry]
    room = SIGNATURE_BYTES + sum(len(one.dump()) for one in chain if one is not None)
    unsigned = session.prepare_tbs_document(None, bytes_reserved=2 * room)
    output = BytesIO()
    digest, _ = unsigned.digest_tbs_document(output=output)
    attributes = PdfCMSSignedAttributes(signing_time=moment)
    await unsigned.perform_signature(digest.document_digest, attributes)
    return output.getvalue()
