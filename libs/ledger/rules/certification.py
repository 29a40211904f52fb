"""What a scheme asks of an issuance: whether it is certified, and what goes into a buffer."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.texts import Code

BasisPoints = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class Buffered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The share of what a methodology certifies that goes to a pooled buffer, in 1/10,000.

    `versions` has the share of a version that differs.
    """

    account: AccountId
    share: BasisPoints
    versions: dict[Code, BasisPoints] | UnsetType = UNSET


class CertificationRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of certifications 認証.

    buffers     by methodology; where none is told of, the share of the credit type counts
    schemes     those whose credits are issued of an approved certification only
    accredited  whether reports are verified by accredited bodies only, in their own name
    """

    buffers: dict[Code, Buffered]
    schemes: tuple[Code, ...]
    accredited: bool | UnsetType = UNSET
