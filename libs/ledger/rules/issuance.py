"""What a scheme asks of a project before it stands in the register, as rule data."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.instants import Day
from libs.ledger.texts import Code, Name

Months = Annotated[int, msgspec.Meta(ge=0, le=1200)]
BasisPoints = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Years = Annotated[int, msgspec.Meta(ge=1, le=100)]


class Validity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when to when plans may be applied for by a version; `until` is its last day."""

    since: Day
    until: Day | UnsetType = UNSET


class Sector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all methodologies of a sector 分野 have in common.

    years, until     how long credits are certified 認証対象期間, and the last day of all
    window_months    how long before the application a device may have been put to use
    payback_months   the shortest payback 投資回収年数 that still shows additionality 追加性
    permanence       whether the removal must be made to last 永続性
    """

    name_ja: Name
    permanence: bool
    until: Day
    years: Years
    payback_months: Months | UnsetType = UNSET
    window_months: Months | UnsetType = UNSET


class Methodology(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A methodology 方法論; one without `versions` leaves them to the validation body.

    added_since     from this day of application, the window counts from the device that was added
    added_devices   one of which must have been added where a feed-in tariff has ended 卒FIT
    needs_residual  whether the share that is left after 100 years must be known
    surveys         by which of them the growth of a forest 地位 may be found out, if it must be
    """

    name_ja: Name
    needs_consent: bool
    needs_quality_test: bool
    sector: Code
    added_devices: tuple[Code, ...] | UnsetType = UNSET
    added_since: Day | UnsetType = UNSET
    needs_residual: bool | UnsetType = UNSET
    surveys: tuple[Code, ...] | UnsetType = UNSET
    versions: dict[Code, Validity] | UnsetType = UNSET


class IssuanceRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The methodologies and their sectors, and what stands for a payback 追加性の免除.

    unwaived  by exemption, the added devices that have to pay back all the same
    """

    exemptions: tuple[Code, ...]
    methodologies: dict[Code, Methodology]
    sectors: dict[Code, Sector]
    unwaived: dict[Code, tuple[Code, ...]] | UnsetType = UNSET


NO_METHODOLOGY = IssuanceRules((), {}, {})
"""What counts where a rule set says nothing: there is no methodology, so no plan is taken in."""
