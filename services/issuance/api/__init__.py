"""The issuance room over HTTP: projects, lots, issuances, the buffer."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Select, func, select

from libs.edge import paging, reads, writes
from libs.edge.books import holder, holdings
from libs.edge.desk import Desk
from libs.edge.identity import Caller, caller
from libs.edge.problems import Refused
from libs.edge.writes import Write
from libs.ledger.accounts import kind
from services.issuance.api import (
    activities,
    certifications,
    changes,
    documents,
    machine,
    members,
    plans,
)
from services.issuance.commands import (
    BufferShare,
    CancelBuffer,
    IssueCredits,
    RegisterProject,
    ReleaseBuffer,
    WithdrawIssuance,
)
from services.issuance.projection import lots, projects
from services.issuance.projection.plans import plans as planned

TAG = ("issuance", "Projects, what was certified of them, and the buffer.")
PROJECT, LOT = "JC-FM-000123", "JC-FM-000123-01"
AT = "2026-04-01T00:00:00.000Z"

WRITES = (
    Write(
        command="project.register.v1",
        path="/v1/projects",
        body=RegisterProject,
        operation="registerProject",
        summary="Register a project",
        example=RegisterProject(
            project=PROJECT,
            scheme="JC",
            kind="FM",
            name="Forest of Example village",
            methodologies=("FO-001",),
            country="JPN",
            implementer="Example Forestry Co., Ltd.",
        ),
        tag=TAG[0],
    ),
    plans.DRAFT,
    *machine.WRITES,
    *members.WRITES,
    *activities.WRITES,
    *changes.WRITES,
    *documents.WRITES,
    *certifications.WRITES,
    Write(
        command="credits.issue.v1",
        path="/v1/issuances",
        body=IssueCredits,
        operation="issueCredits",
        summary="Issue the credits of a certification",
        example=IssueCredits(
            account="A01",
            certified_on="2026-03-31",
            lot=LOT,
            project=PROJECT,
            quantity=2660,
            vintage_from="2024-04-01",
            vintage_to="2025-03-31",
            buffer=BufferShare(account="FOREST", quantity=79),
        ),
        tag=TAG[0],
    ),
    Write(
        command="issuance.withdraw.v1",
        path="/v1/issuances/{lot:path}/withdrawal",
        body=WithdrawIssuance,
        operation="withdrawIssuance",
        summary="Take back an issuance made in error",
        example=WithdrawIssuance(lot=LOT, reason="The quantity was read from the wrong column."),
        tag=TAG[0],
    ),
    Write(
        command="buffer.release.v1",
        path="/v1/buffer/releases",
        body=ReleaseBuffer,
        operation="releaseBuffer",
        summary="Give credits of a buffer to a holder",
        example=ReleaseBuffer(account="A01", buffer="FOREST", lot=LOT, quantity=9),
        tag=TAG[0],
    ),
    Write(
        command="buffer.cancel.v1",
        path="/v1/buffer/cancellations",
        body=CancelBuffer,
        operation="cancelBuffer",
        summary="Use up credits of a buffer for a reversal",
        example=CancelBuffer(buffer="FOREST", reason="Storm damage, 10 t.", lot=LOT, quantity=10),
        tag=TAG[0],
    ),
)
ROUTES = writes.routes(WRITES)


class ProjectView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A registered project."""

    project: str
    scheme: str
    kind: str
    name: str
    methodologies: tuple[str, ...]
    position: int
    at: str
    country: str | None = None
    implementer: str | None = None
    region: str | None = None


class ProjectPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Projects in the order of their ids."""

    items: tuple[ProjectView, ...]
    next_cursor: str | UnsetType = UNSET


class LotView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A certification's block of credits, and the energy that was certified with them.

    `account` was the first to hold them; it is empty where it is not the caller's to know.
    """

    lot: str
    project: str
    account: str
    certified_on: str
    vintage_from: str
    vintage_to: str
    issued: int
    withdrawn: bool
    position: int
    at: str
    certification: str | None = None
    electricity_kwh: int | None = None
    energy_saving: bool | None = None
    heat_mj: int | None = None
    prefecture: int | None = None


class LotPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Lots in the order of their ids."""

    items: tuple[LotView, ...]
    next_cursor: str | UnsetType = UNSET


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """An unbroken range of a lot in one account, both ends included."""

    first: int
    last: int
    quantity: int
    account: str
    holder: str


class LotAccount(msgspec.Struct, frozen=True):
    """How much of a lot one account has."""

    account: str
    quantity: int


class LotDetail(LotView, frozen=True, kw_only=True, omit_defaults=True):
    """A lot, where its credits are, and a page of its segments in the order of serials."""

    held: int
    buffered: int
    retired: int
    withdrawn_quantity: int
    accounts: tuple[LotAccount, ...]
    segments: tuple[Segment, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE_PROJECT = ProjectView(
    project=PROJECT,
    scheme="JC",
    kind="FM",
    name="Forest of Example village",
    methodologies=("FO-001",),
    position=3,
    at=AT,
)
EXAMPLE_LOT = LotView(
    lot=LOT,
    project=PROJECT,
    account="A01",
    certified_on="2026-03-31",
    vintage_from="2024-04-01",
    vintage_to="2025-03-31",
    issued=2660,
    withdrawn=False,
    position=4,
    at=AT,
)
EXAMPLE_DETAIL = LotDetail(
    **msgspec.structs.asdict(EXAMPLE_LOT),
    held=2581,
    buffered=79,
    retired=0,
    withdrawn_quantity=0,
    accounts=(LotAccount("BUF:FOREST", 79), LotAccount("HOLD:A01", 2581)),
    segments=(
        Segment(first=1, last=2581, quantity=2581, account="HOLD:A01", holder="A01"),
        Segment(first=2582, last=2660, quantity=79, account="BUF:FOREST", holder=""),
    ),
)


def router(desk: Desk) -> APIRouter:
    """Return the room's routes."""
    routes = APIRouter(tags=[TAG[0]])
    writes.add(routes, desk, WRITES)
    machine.add(routes, desk)
    members.add(routes, desk)
    activities.add(routes, desk)
    documents.add(routes, desk)
    plans.add(routes, desk)
    certifications.add(routes, desk)
    _projects(routes, desk)
    _lots(routes, desk)
    return routes


def _project(row: dict[str, Any]) -> ProjectView:
    return msgspec.convert(
        {**row, "methodologies": msgspec.json.decode(row["methodologies"])}, ProjectView
    )


def _shown() -> Select[Any]:
    """Ask for projects as they are: one that was handed over has another implementer."""
    kept = [column for column in projects.c if column.name != "implementer"]
    now = func.coalesce(planned.c.handed_to, projects.c.implementer).label("implementer")
    both = projects.outerjoin(planned, planned.c.project == projects.c.project)
    return select(*kept, now).select_from(both)


def _projects(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/projects",
        operation_id="listProjects",
        summary="Projects",
        openapi_extra=reads.described(desk, ProjectPage, ProjectPage((EXAMPLE_PROJECT,))),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        scheme: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> ProjectPage:
            wanted = _shown()
            if scheme is not None:
                wanted = wanted.where(projects.c.scheme == scheme)
            rows, more = paging.page(connection, wanted, (projects.c.project,), limit, after)
            return ProjectPage(tuple(map(_project, rows)), more)

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/projects/{project:path}",
        operation_id="getProject",
        summary="One project",
        openapi_extra=reads.described(desk, ProjectView, EXAMPLE_PROJECT, {"project": PROJECT}),
    )
    async def one(request: Request, project: str) -> Response:
        def view(connection: Connection) -> ProjectView:
            wanted = _shown().where(projects.c.project == project)
            row = connection.execute(wanted).mappings().one_or_none()
            if row is None:
                raise Refused("project_not_found")
            return _project(paging.record(row))

        return await reads.show(desk, request, view)


def _lots(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/lots",
        operation_id="listLots",
        summary="Lots",
        openapi_extra=reads.described(desk, LotPage, LotPage((EXAMPLE_LOT,))),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        project: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> LotPage:
            wanted = select(lots)
            if project is not None:
                wanted = wanted.where(lots.c.project == project)
            rows, more = paging.page(connection, wanted, (lots.c.lot,), limit, after)
            who = caller(request)
            return LotPage(tuple(msgspec.convert(_lot(who, row), LotView) for row in rows), more)

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/lots/{lot:path}",
        operation_id="getLot",
        summary="One lot: what was issued, where it is, what was used",
        openapi_extra=reads.described(desk, LotDetail, EXAMPLE_DETAIL, {"lot": LOT}),
    )
    async def one(
        request: Request, lot: str, limit: paging.Limit = paging.PAGE, after: paging.After = None
    ) -> Response:
        who = caller(request)
        return await reads.show(
            desk, request, lambda connection: _detail(connection, who, lot, limit, after)
        )


def _lot(who: Caller, row: dict[str, Any]) -> dict[str, Any]:
    return row if who.sees(row["account"]) else {**row, "account": ""}


def _detail(
    connection: Connection, who: Caller, lot: str, limit: int, after: str | None
) -> LotDetail:
    """Tell a lot; of accounts that are not the caller's to see, the kind alone."""
    row = connection.execute(select(lots).where(lots.c.lot == lot)).mappings().one_or_none()
    if row is None:
        raise Refused("lot_not_found")
    quantity = func.sum(holdings.c.last - holdings.c.first + 1)
    totals = {
        code: int(total)
        for code, total in connection.execute(
            select(holdings.c.account, quantity)
            .where(holdings.c.lot == lot)
            .group_by(holdings.c.account)
            .order_by(holdings.c.account)
        )
    }
    by_kind: dict[str, int] = {}
    for code, total in totals.items():
        by_kind[kind(code)] = by_kind.get(kind(code), 0) + total
    wanted = select(holdings).where(holdings.c.lot == lot)
    rows, more = paging.page(connection, wanted, (holdings.c.first,), limit, after)
    shown: dict[str, int] = {}
    for code, total in totals.items():
        shown[who.shown(code)] = shown.get(who.shown(code), 0) + total
    segments = (
        Segment(
            first=found["first"],
            last=found["last"],
            quantity=found["last"] - found["first"] + 1,
            account=who.shown(found["account"]),
            holder=holder(who.shown(found["account"])),
        )
        for found in rows
    )
    return LotDetail(
        **_lot(who, paging.record(row)),
        held=by_kind.get("HOLD", 0) + by_kind.get("LOCK", 0),
        buffered=by_kind.get("BUF", 0),
        retired=by_kind.get("RET", 0),
        withdrawn_quantity=by_kind.get("WDL", 0),
        accounts=tuple(LotAccount(code, total) for code, total in sorted(shown.items())),
        segments=tuple(segments),
        next_cursor=more,
    )
