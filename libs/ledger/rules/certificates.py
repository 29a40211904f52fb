"""What a rule set says of offset certificates カーボン・オフセット証明書."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from libs.ledger.texts import Code

OffsetKind: TypeAlias = Literal["activity", "event", "gift", "product", "travel"]
"""What an offset may have been for, as its words are tagged (`libs/ledger/events/offsets.py`)."""


class CertificateRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which retirements may have a certificate.

    purposes  those that are offsets, and what a certificate may say that each of them offset
    """

    purposes: dict[Code, Annotated[tuple[OffsetKind, ...], msgspec.Meta(min_length=1)]]
