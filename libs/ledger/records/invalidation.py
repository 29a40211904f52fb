"""What the registers keep of applications for a use of credits, and of duties to replace some."""

import msgspec
from msgspec import UNSET, UnsetType


class Duty(msgspec.Struct, frozen=True):
    """A duty 補填義務 to make good for credits, and how many it still asks for.

    They were annulled, of this `lot`, or a removal of this `project` was lost; one is told.
    """

    duty: str
    debtor: str
    lot: str
    quantity: int
    project: str = ""


class Claim(msgspec.Struct, frozen=True):
    """An application 無効化申請 that waits for its confirmation: what the credits will be used for.

    Its credits are a reservation of the same name, so an account with one is not empty, and it
    expires as any other does.
    """

    account: str
    application: str
    beneficiary: str
    purpose: str
    agent: str | UnsetType = UNSET
    also: tuple[str, ...] | UnsetType = UNSET
    corporate_number: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    fiscal_year: int | UnsetType = UNSET
    period_from: str | UnsetType = UNSET
    period_to: str | UnsetType = UNSET
    place: str | UnsetType = UNSET
    energy_kwh: int | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    stated_on: str | UnsetType = UNSET
    pool: str | UnsetType = UNSET
