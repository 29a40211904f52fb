"""Why a document is not what it says: one closed list, in the order in which it is looked at."""

from enum import StrEnum

from libs.edge.paper.documents import Words


class Doubt(StrEnum):
    """What speaks against a document; the words for people are in `SAID`."""

    PDF_MALFORMED = "pdf_malformed"
    NOT_SEALED = "not_sealed"
    CHANGED_AFTER_SEALING = "changed_after_sealing"
    UPDATE_NOT_A_SEAL = "update_not_a_seal"
    ATTACHMENTS_WRONG = "attachments_wrong"
    SIGNATURE_COVERS_LESS = "signature_covers_less"
    ENTRY_MALFORMED = "entry_malformed"
    DOCUMENT_DIFFERS = "document_differs"
    BATCH_WRONG = "batch_wrong"
    FACT_DIFFERS = "fact_differs"
    NUMBER_DIFFERS = "number_differs"
    PROOF_MALFORMED = "proof_malformed"
    CHECKPOINT_MALFORMED = "checkpoint_malformed"
    CHECKPOINT_KEY_UNKNOWN = "checkpoint_key_unknown"
    CHECKPOINT_SIGNATURE_WRONG = "checkpoint_signature_wrong"
    PATH_WRONG = "path_wrong"
    ENTRY_NOT_IN_TREE = "entry_not_in_tree"
    POSITION_DIFFERS = "position_differs"
    SIGNATURE_WRONG = "signature_wrong"
    SIGNER_UNKNOWN = "signer_unknown"
    SIGNER_OUT_OF_TERM = "signer_out_of_term"


SAID = {
    Doubt.PDF_MALFORMED: Words("PDFとして読めない。", "The file cannot be read as a PDF."),
    Doubt.NOT_SEALED: Words(
        "電子署名と証明が付いていない。", "The file has no seal: no signature and no proof."
    ),
    Doubt.CHANGED_AFTER_SEALING: Words(
        "署名の後に変更が加えられている。", "The file was changed after it was sealed."
    ),
    Doubt.UPDATE_NOT_A_SEAL: Words(
        "原本に署名以外の変更が加えられている。",
        "Something else than a seal was added to the document.",
    ),
    Doubt.ATTACHMENTS_WRONG: Words(
        "添付ファイルが所定のものではない。",
        "The attached files are not those of a seal.",
    ),
    Doubt.SIGNATURE_COVERS_LESS: Words(
        "署名がファイルの全体を対象としていない。", "The signature does not cover the whole file."
    ),
    Doubt.ENTRY_MALFORMED: Words(
        "添付された記録を読めない。", "The attached entry or document cannot be read."
    ),
    Doubt.DOCUMENT_DIFFERS: Words(
        "文書が、記録された原本と異なる。", "The document is not the one that the journal records."
    ),
    Doubt.BATCH_WRONG: Words(
        "文書が、記録された一括発行に含まれていない。",
        "The document is not in the batch that the journal records.",
    ),
    Doubt.FACT_DIFFERS: Words(
        "文書の示す事実が、記録と異なる。", "The document tells of another fact than the journal."
    ),
    Doubt.NUMBER_DIFFERS: Words("番号が異なる。", "The number is another one."),
    Doubt.PROOF_MALFORMED: Words("証明を読めない。", "The proof cannot be read."),
    Doubt.CHECKPOINT_MALFORMED: Words(
        "チェックポイントを読めない。", "The checkpoint cannot be read."
    ),
    Doubt.CHECKPOINT_KEY_UNKNOWN: Words(
        "チェックポイントの署名鍵が、信頼された鍵ではない。",
        "The checkpoint is signed by none of the keys that are trusted.",
    ),
    Doubt.CHECKPOINT_SIGNATURE_WRONG: Words(
        "チェックポイントの署名が正しくない。", "The signature of the checkpoint is wrong."
    ),
    Doubt.PATH_WRONG: Words("証明の経路が正しくない。", "The path of the proof is wrong."),
    Doubt.ENTRY_NOT_IN_TREE: Words(
        "記録が、署名された台帳に含まれていない。",
        "The entry is not in the ledger as signed.",
    ),
    Doubt.POSITION_DIFFERS: Words("記録の位置が異なる。", "The entry stands at another position."),
    Doubt.SIGNATURE_WRONG: Words("電子署名が正しくない。", "The signature of the file is wrong."),
    Doubt.SIGNER_UNKNOWN: Words(
        "署名者の証明書が、信頼された証明書ではない。",
        "The signer's certificate is none that is trusted.",
    ),
    Doubt.SIGNER_OUT_OF_TERM: Words(
        "署名者の証明書の有効期間外に署名されている。",
        "The file was signed when the signer's certificate was not valid.",
    ),
}
"""What each doubt is called before people."""


class Doubtful(Exception):
    """A document is not what it says: the doubt, and what was seen."""

    def __init__(self, doubt: Doubt, seen: str = "") -> None:
        super().__init__(f"{doubt}: {seen}" if seen else doubt)
        self.doubt, self.seen = doubt, seen
