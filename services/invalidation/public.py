"""What everybody may read, under the field names of the CAD Trust data model (version 2).

Projects, certifications, issuances, every retirement and the bulletin of the buffer, without a
login. Nobody's account is shown, and no free text: who used credits is a legal entity, and for what
is a purpose.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    MetaData,
    String,
    Table,
    func,
    or_,
    select,
    tuple_,
)

from libs.edge import answered, paging, reads
from libs.edge.amounts import thousandths
from libs.edge.books import movements
from libs.edge.desk import Desk
from libs.ledger.accounts import BUFFER_CANCELLED
from libs.ledger.instants import parse
from libs.ledger.rules import NONE, RuleSet
from libs.ledger.rules.calendar import UTC_ALWAYS, Calendar, legal_day
from services.invalidation.cad_trust import (
    BUFFER,
    CERTIFICATIONS,
    ISSUANCES,
    METRIC,
    PROJECTS,
    RETIREMENTS,
    PublicBuffer,
    PublicBufferLine,
    PublicCertification,
    PublicCertifications,
    PublicIssuance,
    PublicIssuances,
    PublicProject,
    PublicProjects,
    PublicRetirement,
    PublicRetirements,
)
from services.invalidation.projection import retirements

# The issuance room keeps these: they are read by name, since no room sees another's code.
_there = MetaData()
_lots = Table(
    "lots",
    _there,
    *(Column(name, String) for name in ("lot", "project", "certified_on")),
    *(Column(name, String) for name in ("vintage_from", "vintage_to")),
    Column("issued", BigInteger),
    Column("withdrawn", Boolean),
)
_projects = Table(
    "projects",
    _there,
    *(Column(name, String) for name in ("project", "scheme", "kind", "name", "methodologies")),
    Column("at", String),
)
_certifications = Table(
    "certifications",
    _there,
    *(Column(name, String) for name in ("certification", "project", "phase", "lot", "decided_on")),
    *(Column(name, String) for name in ("period_from", "period_to", "verifier", "verified_on")),
    *(Column(name, BigInteger) for name in ("quantity", "electricity_kwh", "heat_mj")),
)
CERTIFIED = ("COMMITTEE_APPROVED", "ISSUED")
"""The phases of a certification that the committee stands by; no other is shown to everybody."""
Row: TypeAlias = Mapping[str, Any]


def add(routes: APIRouter, desk: Desk) -> None:
    """Give the public lists their routes."""
    _certified(routes, desk)
    _issued(routes, desk)
    _used(routes, desk)

    @routes.get(
        "/v1/public/buffer",
        operation_id="listPublicBuffer",
        summary="What came into the buffer and left it, for everybody",
        openapi_extra=reads.described(desk, PublicBuffer, BUFFER),
    )
    async def bulletin(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        buffer: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> PublicBuffer:
            moved = movements.c
            ours = or_(moved.source.startswith("BUF:"), moved.target.startswith("BUF:"))
            if buffer is not None:
                ours = or_(moved.source == f"BUF:{buffer}", moved.target == f"BUF:{buffer}")
            keys = (moved.position, moved.index)
            rows, more = paging.page(connection, select(movements).where(ours), keys, limit, after)
            lines = _bulletin(connection, rows, _home(request))
            return PublicBuffer(tuple(lines), more)

        return await reads.show(desk, request, view)


def _certified(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/public/certifications",
        operation_id="listPublicCertifications",
        summary="What was certified, with its renewable energy, for everybody",
        openapi_extra=reads.described(desk, PublicCertifications, CERTIFICATIONS),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        project: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> PublicCertifications:
            told = _certifications.c
            wanted = select(_certifications).where(told.phase.in_(CERTIFIED))
            if project is not None:
                wanted = wanted.where(told.project == project)
            rows, more = paging.page(connection, wanted, (told.certification,), limit, after)
            found = (_certification(row, _home(request)) for row in rows)
            return PublicCertifications(tuple(found), more)

        return await reads.show(desk, request, view)


def _issued(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/public/projects",
        operation_id="listPublicProjects",
        summary="Projects, for everybody",
        openapi_extra=reads.described(desk, PublicProjects, PROJECTS),
    )
    async def projects(
        request: Request, limit: paging.Limit = paging.PAGE, after: paging.After = None
    ) -> Response:
        def view(connection: Connection) -> PublicProjects:
            _, calendar = ruled(connection)
            keys = (_projects.c.project,)
            rows, more = paging.page(connection, select(_projects), keys, limit, after)
            found = (_project(row, calendar, _home(request)) for row in rows)
            return PublicProjects(tuple(found), more)

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/public/issuances",
        operation_id="listPublicIssuances",
        summary="What was issued, for everybody",
        openapi_extra=reads.described(desk, PublicIssuances, ISSUANCES),
    )
    async def issuances(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        project: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> PublicIssuances:
            wanted = select(_lots)
            if project is not None:
                wanted = wanted.where(_lots.c.project == project)
            rows, more = paging.page(connection, wanted, (_lots.c.lot,), limit, after)
            return PublicIssuances(tuple(_issuance(row, _home(request)) for row in rows), more)

        return await reads.show(desk, request, view)


def _used(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/public/retirements",
        operation_id="listPublicRetirements",
        summary="Every credit that was used up, for everybody",
        openapi_extra=reads.described(desk, PublicRetirements, RETIREMENTS),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        lot: paging.Filter = None,
        beneficiary: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> PublicRetirements:
            used = retirements.c
            wanted = select(retirements, _lots.c.project, _lots.c.vintage_to).join(
                _lots, _lots.c.lot == used.lot
            )
            for name, value in {"lot": lot, "beneficiary": beneficiary}.items():
                if value is not None:
                    wanted = wanted.where(used[name] == value)
            rows, more = paging.page(connection, wanted, (used.position, used.index), limit, after)
            rules, calendar = ruled(connection)
            found = (_retirement(row, rules, calendar, _home(request)) for row in rows)
            return PublicRetirements(tuple(found), more)

        return await reads.show(desk, request, view)


def _home(request: Request) -> str:
    """Return the address that links begin with: the one that the reader came to."""
    return str(request.base_url).rstrip("/")


def ruled(connection: Connection) -> tuple[RuleSet, Calendar]:
    """Return the rule set that decides now, and its calendar."""
    newest = select(answered.rules.c.content).order_by(answered.rules.c.position.desc()).limit(1)
    content = connection.execute(newest).scalar_one_or_none()
    rules = NONE if content is None else msgspec.json.decode(content, type=RuleSet)
    return rules, UTC_ALWAYS if rules.calendar is UNSET else rules.calendar


def _project(row: Row, calendar: Calendar, home: str) -> PublicProject:
    return PublicProject(
        project_id=row["project"],
        project_crediting_program=row["scheme"],
        project_name=row["name"],
        project_link=f"{home}/v1/projects/{row['project']}",
        project_type=(row["kind"],),
        project_status="Registered",
        project_status_date=legal_day(calendar, parse(row["at"])),
        project_unit_metric=METRIC,
        methodology_code=msgspec.json.decode(row["methodologies"], type=tuple[str, ...]),
    )


def _certification(row: Row, home: str) -> PublicCertification:
    lot = row["lot"]
    return PublicCertification(
        certification_id=row["certification"],
        certification_date=row["decided_on"],
        project_id=row["project"],
        issuance_id=lot,
        verification_body=row["verifier"],
        verification_report_date=row["verified_on"],
        verification_start_date=row["period_from"],
        verification_end_date=row["period_to"],
        unit_count=row["quantity"],
        unit_metric=METRIC,
        unit_link=None if lot is None else f"{home}/v1/lots/{lot}",
        certified_electricity_mwh=thousandths(row["electricity_kwh"]) or "",
        certified_heat_gj=thousandths(row["heat_mj"]) or "",
    )


def _issuance(row: Row, home: str) -> PublicIssuance:
    return PublicIssuance(
        issuance_id=row["lot"],
        issuance_date=row["certified_on"],
        project_id=row["project"],
        verification_start_date=row["vintage_from"],
        verification_end_date=row["vintage_to"],
        unit_vintage_year=int(row["vintage_to"][:4]),
        unit_count=row["issued"],
        unit_status="Cancelled" if row["withdrawn"] else "Issued",
        unit_metric=METRIC,
        unit_link=f"{home}/v1/lots/{row['lot']}",
    )


def _retirement(row: Row, rules: RuleSet, calendar: Calendar, home: str) -> PublicRetirement:
    table_of_uses = rules.invalidation
    known = None if table_of_uses is UNSET else table_of_uses.purposes.get(row["purpose"])
    purposes = [row["purpose"], *(row["also"].split(",") if row["also"] else ())]
    return PublicRetirement(
        **_unit(row, home),
        unit_count=row["quantity"],
        unit_vintage_year=int(row["vintage_to"][:4]),
        unit_status="Retired",
        unit_status_reason=", ".join(purposes),
        unit_status_date=row["stated_on"] or legal_day(calendar, parse(row["at"])),
        unit_retirement_detail=None if known is None else known.ja,
        unit_retirement_beneficiary=row["beneficiary"],
        unit_retirement_beneficiary_id=row["corporate_number"],
        issuance_id=row["lot"],
        project_id=row["project"],
    )


def _unit(row: Row, home: str) -> dict[str, str]:
    """Return how serials of a lot are named."""
    return {
        "unit_serial_id": f"{row['lot']}/{row['first']}-{row['last']}",
        "unit_start_block": str(row["first"]),
        "unit_end_block": str(row["last"]),
        "unit_metric": METRIC,
        "unit_link": f"{home}/v1/serials/{row['lot']}:{row['first']}",
    }


def _bulletin(connection: Connection, rows: Sequence[Row], home: str) -> Iterator[PublicBufferLine]:
    """Yield the lines of a page, with the balance of each one's buffer after it."""
    _, calendar = ruled(connection)
    balances: dict[str, int] = {}
    for row in rows:
        came = row["target"].startswith("BUF:")
        code = row["target"] if came else row["source"]
        if code not in balances:
            balances[code] = _before(connection, code, row)
        balances[code] += row["quantity"] if came else -row["quantity"]
        left = "Cancelled" if row["target"] == BUFFER_CANCELLED else "Issued"
        yield PublicBufferLine(
            **_unit(row, home),
            buffer=code.removeprefix("BUF:"),
            unit_count=row["quantity"],
            unit_status="Buffer" if came else left,
            unit_status_date=legal_day(calendar, parse(row["at"])),
            issuance_id=row["lot"],
            balance=balances[code],
        )


def _before(connection: Connection, code: str, row: Row) -> int:
    """Return what a buffer had before a movement."""
    moved = movements.c
    earlier = tuple_(moved.position, moved.index) < tuple_(row["position"], row["index"])

    def total(end: Any) -> int:
        wanted = select(func.sum(moved.quantity)).where(end == code, earlier)
        return int(connection.scalar(wanted) or 0)

    return total(moved.target) - total(moved.source)
