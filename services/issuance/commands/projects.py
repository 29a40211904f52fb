"""What the issuance room can be asked about projects."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.events import AppliedMethodology
from libs.ledger.instants import Day
from libs.ledger.rules.issuance import BasisPoints, Months
from libs.ledger.texts import Code, Name, Note


class RegisterProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Enter a project; its id is the whole key: scheme, type and number in one."""

    kind: Code
    methodologies: Annotated[tuple[Code, ...], msgspec.Meta(max_length=50)]
    name: Name
    project: Code
    scheme: Code
    country: Code | UnsetType = UNSET
    implementer: Name | UnsetType = UNSET
    region: Name | UnsetType = UNSET


class DraftProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hand in the plan of a project プロジェクト計画書: it is in Japan, in one prefecture.

    prefecture      its number of JIS X 0401
    site            where in it; with the methodologies and the day it tells one project of another
    added_on        when the device was added to a plant whose feed-in tariff has ended 卒FIT
    monitorable_on  from when it can be monitored, if later than the application
    payback_months  or the code of an exemption from it
    permanence      how a removal is made to last
    added_device    what was added, where a feed-in tariff has ended: `post_fit`
    residual_share  of biochar バイオ炭, what is left after 100 years, in 1/10,000
    survey          how the growth of a forest 地位 was found out
    """

    applied_on: Day
    consent: bool
    form: Literal["normal", "programme"]
    implemented_on: Day
    implementer: Name
    kind: Code
    methodologies: Annotated[
        tuple[AppliedMethodology, ...], msgspec.Meta(min_length=1, max_length=50)
    ]
    name: Name
    prefecture: Annotated[int, msgspec.Meta(ge=1, le=47)]
    project: Code
    quality_tested: bool
    scheme: Code
    site: Name
    added_on: Day | UnsetType = UNSET
    exemption: Code | UnsetType = UNSET
    monitorable_on: Day | UnsetType = UNSET
    payback_months: Months | UnsetType = UNSET
    permanence: Note | UnsetType = UNSET
    added_device: Code | UnsetType = UNSET
    post_fit: bool | UnsetType = UNSET
    residual_share: BasisPoints | UnsetType = UNSET
    survey: Code | UnsetType = UNSET
