"""What a scheme asks of a transfer before it is settled, as rule data."""

import msgspec

from libs.ledger.texts import Code


class Controls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The profile of a scheme whose credits change hands by order 移転申請 only.

    acceptance       the receiver must accept
    second_approver  a second representative must approve, never the one who placed the order
    """

    acceptance: bool
    second_approver: bool


class TransferRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The controls by scheme symbol 制度記号; a scheme that is absent asks for nothing."""

    controls: dict[Code, Controls]
