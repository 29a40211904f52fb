"""What a scheme asks of a transfer before it is settled, as rule data."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.serials import Quantity
from libs.ledger.texts import Code

WorkingDays = Annotated[int, msgspec.Meta(ge=0, le=366)]

TRUSTED_DAYS = 4
"""Working days until an account is trusted, where the rules say nothing else."""


class Controls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The profile of a scheme whose credits change hands by order 移転申請 only.

    acceptance       the receiver must accept
    second_approver  a second representative must approve, never the one who placed the order
    daily_limit      credits of the scheme that may leave an account in a legal day
    delay            working days that an order waits before it is settled
    reversal_days    working days in which a settled order may be reversed
    trusted          whether an order to an account that the giver trusts waits for no delay
    """

    acceptance: bool
    second_approver: bool
    daily_limit: Quantity | UnsetType = UNSET
    delay: WorkingDays | UnsetType = UNSET
    reversal_days: WorkingDays | UnsetType = UNSET
    trusted: bool | UnsetType = UNSET


class TransferRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The controls by scheme symbol 制度記号; a scheme that is absent asks for nothing.

    suspended_too  command types that a suspension stops beside what moves between accounts
    trusted_days   working days from the addition of a trusted account 信頼する口座 to its effect
    reversal_days  by scheme: working days in which what was settled at once may be reversed
    valid_only     whether credits change hands until the last day of their use only
    one_time_code  command types that a holder confirms with a one-time code 取引認証; the edge asks
                   for it before it appends them, and nothing is decided by it
    """

    controls: dict[Code, Controls]
    trusted_days: WorkingDays | UnsetType = UNSET
    valid_only: bool | UnsetType = UNSET
    one_time_code: tuple[str, ...] | UnsetType = UNSET
    reversal_days: dict[Code, WorkingDays] | UnsetType = UNSET
    suspended_too: tuple[Literal["issuance.withdraw.v1"], ...] | UnsetType = UNSET


def coded(rules: TransferRules | UnsetType) -> tuple[str, ...]:
    """Return the command types that wait for a holder's one-time code."""
    asked = UNSET if rules is UNSET else rules.one_time_code
    return () if asked is UNSET else asked
