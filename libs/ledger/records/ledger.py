"""What the registers keep of the ledger itself."""

import msgspec


class Proposal(msgspec.Struct, frozen=True):
    """An act of two operators that waits for the second."""

    type: str
    actor: str
    body: bytes
