"""What can be asked of the documents of a plan."""

import msgspec

from libs.ledger.commands import Digest
from libs.ledger.texts import Code


class AttachDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name the document of a kind that belongs to a plan, by its SHA-256.

    Another of the same kind takes its place; the journal still names the one before.
    """

    kind: Code
    project: Code
    sha256: Digest
