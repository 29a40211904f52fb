"""The plans of projects over HTTP."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.problems import Refused
from libs.edge.writes import Write
from libs.ledger.events import AppliedMethodology
from services.issuance.commands import DraftProject
from services.issuance.projection.plans import plans

EXAMPLE = DraftProject(
    applied_on="2026-04-01",
    consent=True,
    implemented_on="2025-10-01",
    implementer="Example Foods Co., Ltd.",
    kind="ER",
    methodologies=(AppliedMethodology("EN-S-001", "3.0"),),
    name="New boilers in Example town",
    prefecture=21,
    project="JC-ER-000124",
    quality_tested=False,
    scheme="JC",
    site="1-1 Example, Gifu",
    form="normal",
    payback_months=52,
)
DRAFT = Write(
    command="project.draft.v1",
    path="/v1/plans",
    body=DraftProject,
    operation="draftProject",
    summary="Hand in the plan of a project",
    example=EXAMPLE,
    tag="issuance",
)


class PlanView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plan, its phase, and the first and the last day that credits may be certified for.

    `monitored_to` is the last day that a removal is watched after that.
    """

    project: str
    phase: str
    scheme: str
    kind: str
    name: str
    implementer: str
    credited_from: str
    credited_to: str
    plan: DraftProject
    position: int
    at: str
    monitored_to: str | None = None


class PlanPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Plans in the order of their ids."""

    items: tuple[PlanView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE_PLAN = PlanView(
    project=EXAMPLE.project,
    phase="DRAFT",
    scheme="JC",
    kind="ER",
    name=EXAMPLE.name,
    implementer=EXAMPLE.implementer,
    credited_from="2026-04-01",
    credited_to="2031-03-31",
    plan=EXAMPLE,
    position=5,
    at="2026-04-01T00:00:00.000Z",
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Add the reads of plans."""

    @routes.get(
        "/v1/plans",
        operation_id="listPlans",
        summary="Plans of projects",
        openapi_extra=reads.described(desk, PlanPage, PlanPage((EXAMPLE_PLAN,))),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        phase: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> PlanPage:
            wanted = select(plans)
            if phase is not None:
                wanted = wanted.where(plans.c.phase == phase)
            rows, more = paging.page(connection, wanted, (plans.c.project,), limit, after)
            return PlanPage(tuple(map(_plan, rows)), more)

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/plans/{project:path}",
        operation_id="getPlan",
        summary="One plan of a project",
        openapi_extra=reads.described(desk, PlanView, EXAMPLE_PLAN, {"project": EXAMPLE.project}),
    )
    async def one(request: Request, project: str) -> Response:
        def view(connection: Connection) -> PlanView:
            wanted = select(plans).where(plans.c.project == project)
            row = connection.execute(wanted).mappings().one_or_none()
            if row is None:
                raise Refused("project_not_found")
            return _plan(paging.record(row))

        return await reads.show(desk, request, view)


def _plan(row: dict[str, Any]) -> PlanView:
    return msgspec.convert({**row, "plan": msgspec.json.decode(row["content"])}, PlanView)
