"""The field names of the CAD Trust data model (version 2): what a public list says of each unit."""

import msgspec
from msgspec import UNSET, UnsetType

METRIC = "tCO2e"
LOT = "JC-FM-000123-01"


class Public(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Something that everybody may read."""


class PublicProject(Public, frozen=True, kw_only=True):
    """A registered project."""

    project_id: str
    project_crediting_program: str
    project_name: str
    project_link: str
    project_type: tuple[str, ...]
    project_status: str
    project_status_date: str
    project_unit_metric: str
    methodology_code: tuple[str, ...]


class PublicCertification(Public, frozen=True, kw_only=True):
    """What was certified of a project's period: tonnes, and the renewable energy beside them.

    The model has no name for the energy, nor for a certification that is not issued yet: those
    names are ours.
    """

    certification_id: str
    certification_date: str
    project_id: str
    issuance_id: str | None = None
    verification_body: str
    verification_report_date: str
    verification_start_date: str
    verification_end_date: str
    unit_count: int
    unit_metric: str
    unit_link: str | None = None
    certified_electricity_mwh: str
    certified_heat_gj: str


class PublicIssuance(Public, frozen=True, kw_only=True):
    """A certification's credits, and the period that they are of."""

    issuance_id: str
    issuance_date: str
    project_id: str
    verification_start_date: str
    verification_end_date: str
    unit_vintage_year: int
    unit_count: int
    unit_status: str
    unit_metric: str
    unit_link: str


class PublicRetirement(Public, frozen=True, kw_only=True):
    """Credits that were used up: which, by whom, for what."""

    unit_serial_id: str
    unit_start_block: str
    unit_end_block: str
    unit_count: int
    unit_vintage_year: int
    unit_status: str
    unit_status_reason: str
    unit_status_date: str
    unit_retirement_detail: str | None = None
    unit_retirement_beneficiary: str
    unit_retirement_beneficiary_id: str | None = None
    unit_metric: str
    unit_link: str
    issuance_id: str
    project_id: str


class PublicBufferLine(Public, frozen=True, kw_only=True):
    """Credits that came into the pooled buffer or left it, and what it had after that."""

    buffer: str
    unit_serial_id: str
    unit_start_block: str
    unit_end_block: str
    unit_count: int
    unit_status: str
    unit_status_date: str
    issuance_id: str
    balance: int
    unit_metric: str
    unit_link: str


class PublicProjects(msgspec.Struct, frozen=True, omit_defaults=True):
    """Projects in the order of their ids."""

    items: tuple[PublicProject, ...]
    next_cursor: str | UnsetType = UNSET


class PublicCertifications(msgspec.Struct, frozen=True, omit_defaults=True):
    """Certifications in the order of their ids."""

    items: tuple[PublicCertification, ...]
    next_cursor: str | UnsetType = UNSET


class PublicIssuances(msgspec.Struct, frozen=True, omit_defaults=True):
    """Issuances in the order of their lots."""

    items: tuple[PublicIssuance, ...]
    next_cursor: str | UnsetType = UNSET


class PublicRetirements(msgspec.Struct, frozen=True, omit_defaults=True):
    """Retirements in the order of the journal."""

    items: tuple[PublicRetirement, ...]
    next_cursor: str | UnsetType = UNSET


class PublicBuffer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The bulletin of the buffer, in the order of the journal."""

    items: tuple[PublicBufferLine, ...]
    next_cursor: str | UnsetType = UNSET


_HOME = "https://registry.example.org"
_UNIT = f"{_HOME}/v1/serials/{LOT}:401"
PROJECTS = PublicProjects(
    (
        PublicProject(
            project_id="JC-FM-000123",
            project_crediting_program="JC",
            project_name="Example forest",
            project_link=f"{_HOME}/v1/projects/JC-FM-000123",
            project_type=("FM",),
            project_status="Registered",
            project_status_date="2026-04-01",
            project_unit_metric=METRIC,
            methodology_code=("FO-001",),
        ),
    )
)
CERTIFICATIONS = PublicCertifications(
    (
        PublicCertification(
            certification_id="JC-FM-000123-C01",
            certification_date="2026-03-31",
            project_id="JC-FM-000123",
            issuance_id=LOT,
            verification_body="EXAMPLE-QA",
            verification_report_date="2026-02-20",
            verification_start_date="2024-04-01",
            verification_end_date="2025-03-31",
            unit_count=2660,
            unit_metric=METRIC,
            unit_link=f"{_HOME}/v1/lots/{LOT}",
            certified_electricity_mwh="0.000",
            certified_heat_gj="0.000",
        ),
    )
)
ISSUANCES = PublicIssuances(
    (
        PublicIssuance(
            issuance_id=LOT,
            issuance_date="2026-03-31",
            project_id="JC-FM-000123",
            verification_start_date="2024-04-01",
            verification_end_date="2025-03-31",
            unit_vintage_year=2025,
            unit_count=2660,
            unit_status="Issued",
            unit_metric=METRIC,
            unit_link=f"{_HOME}/v1/lots/{LOT}",
        ),
    )
)
RETIREMENTS = PublicRetirements(
    (
        PublicRetirement(
            unit_serial_id=f"{LOT}/401-537",
            unit_start_block="401",
            unit_end_block="537",
            unit_count=137,
            unit_vintage_year=2025,
            unit_status="Retired",
            unit_status_reason="OFFSET_EVENT",
            unit_status_date="2026-04-01",
            unit_retirement_detail="カーボン・オフセット 会議・イベント",
            unit_retirement_beneficiary="Example Foods Co., Ltd.",
            unit_retirement_beneficiary_id="1234567890123",
            unit_metric=METRIC,
            unit_link=_UNIT,
            issuance_id=LOT,
            project_id="JC-FM-000123",
        ),
    )
)
BUFFER = PublicBuffer(
    (
        PublicBufferLine(
            buffer="FOREST",
            unit_serial_id=f"{LOT}/2582-2660",
            unit_start_block="2582",
            unit_end_block="2660",
            unit_count=79,
            unit_status="Buffer",
            unit_status_date="2026-04-01",
            issuance_id=LOT,
            balance=79,
            unit_metric=METRIC,
            unit_link=_UNIT,
        ),
    )
)
