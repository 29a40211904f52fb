"""What can be asked of a certification: from its monitoring to what the committee said."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.commands import Digest
from libs.ledger.events import AppliedMethodology, Measured
from libs.ledger.instants import Day
from libs.ledger.serials import Count
from libs.ledger.texts import Code, Name


class OpenCertification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Begin to certify a period of a project, or of one member 会員 of a programme.

    `period_to` is its last day; `devices` are the meters メーター and plants it is monitored by.
    No period of a project or member is certified twice, nor a device's anywhere in the register.
    """

    certification: Code
    devices: Annotated[tuple[Code, ...], msgspec.Meta(max_length=1000)]
    period_from: Day
    period_to: Day
    project: Code
    member: Code | UnsetType = UNSET


class ReportMonitoring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hand in the monitoring report モニタリング報告書, or a corrected one before it is verified.

    Emissions and removals are whole kilograms of CO2e, electricity 再エネ(電力) whole kWh and heat
    再エネ(熱) whole MJ: integers, so that every reader computes the same tonnes. `document` is the
    SHA-256 of the report, `prefecture` the number of JIS X 0401 where the credits come from.
    `account` is that of the implementer プロジェクト実施者, whose representative hands it in;
    without it an operator does.
    """

    certification: Code
    electricity_kwh: Count
    energy_saving: bool
    heat_mj: Count
    measured: Measured
    methodologies: Annotated[
        tuple[AppliedMethodology, ...], msgspec.Meta(min_length=1, max_length=50)
    ]
    document: Digest | UnsetType = UNSET
    prefecture: Annotated[int, msgspec.Meta(ge=1, le=47)] | UnsetType = UNSET
    account: AccountId | UnsetType = UNSET


class VerifyCertification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that a verification body 審査機関 stands by the report 検証, and since when.

    Where the rule set asks for accredited ones `verifier` is the body's code, and who speaks for it
    says so; else an operator notes whatever it is called.
    """

    certification: Code
    verified_on: Day
    verifier: Name
    document: Digest | UnsetType = UNSET


class SubmitCertification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lay a verified report before the committee 認証委員会."""

    certification: Code


class DecideCertification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Record what the committee decided, on which day, and where its minutes 議事録 say so."""

    certification: Code
    decided_on: Day
    minutes: Name
    outcome: Literal["approved", "rejected", "returned"]
