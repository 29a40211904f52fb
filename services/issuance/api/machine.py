"""The life of a project over HTTP: who examines it, what was decided of it, how it went on."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.problems import Refused
from libs.edge.writes import Write
from libs.ledger.codec import encode
from libs.ledger.events import ProjectDecided
from services.issuance.commands import (
    AccreditBody,
    DecideProject,
    EndProject,
    ExamineProject,
    ExtendProject,
    SubmitProject,
    SuspendBody,
    ValidateProject,
    WithdrawProject,
)
from services.issuance.projection.plans import plans
from services.issuance.projection.projects import bodies, plan_facts

PLAN, FOREST, TAG = "JC-ER-000124", "JC-FM-000125", "issuance"
DAY, AT = "2026-04-01", "2026-04-01T00:00:00.000Z"
MINUTES = "60th committee, item 4"


def _write(kind: str, path: str, operation: str, summary: str, example: msgspec.Struct) -> Write:
    return Write(
        command=f"{kind}.v1",
        path=path,
        body=type(example),
        operation=operation,
        summary=summary,
        example=example,
        tag=TAG,
    )


WRITES = (
    _write(
        "body.accredit",
        "/v1/bodies",
        "accreditBody",
        "Accredit a validation and verification body",
        AccreditBody(
            body="EXAMPLE-QA",
            name="Example Quality Assurance",
            representatives=("verifier:1",),
            affiliates=("Example Forestry Co., Ltd.",),
        ),
    ),
    _write(
        "body.suspend",
        "/v1/bodies/{body:path}/suspension",
        "suspendBody",
        "Suspend a validation and verification body",
        SuspendBody(body="EXAMPLE-QA", reason="Its accreditation ran out."),
    ),
    _write(
        "project.validate",
        "/v1/plans/{project:path}/validation",
        "validateProject",
        "Stand by a plan as a validation body",
        ValidateProject(body="EXAMPLE-QA", project=PLAN, validated_on=DAY, statement="5" * 64),
    ),
    _write(
        "project.submit",
        "/v1/plans/{project:path}/submission",
        "submitProject",
        "Apply for the registration of a plan",
        SubmitProject(project=PLAN),
    ),
    _write(
        "project.examine",
        "/v1/plans/{project:path}/examination",
        "examineProject",
        "Lay a plan before the committee",
        ExamineProject(meets_on=DAY, project=PLAN),
    ),
    _write(
        "project.decide",
        "/v1/plans/{project:path}/decision",
        "decideProject",
        "Enter the committee's decision on a plan",
        DecideProject(met_on=DAY, minutes=MINUTES, outcome="registered", project=PLAN),
    ),
    _write(
        "project.extend",
        "/v1/plans/{project:path}/extension",
        "extendProject",
        "Extend a crediting period",
        ExtendProject(met_on=DAY, minutes=MINUTES, project=FOREST),
    ),
    _write(
        "project.end",
        "/v1/plans/{project:path}/end",
        "endProject",
        "End a crediting period before its time",
        EndProject(project=PLAN, reason="The boilers were sold."),
    ),
    _write(
        "project.withdraw",
        "/v1/plans/{project:path}/withdrawal",
        "withdrawProject",
        "Take a plan back, or cancel a registration",
        WithdrawProject(project=FOREST, reason="The implementer asked for it."),
    ),
)


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A validation and verification body, and whose plans it may not examine."""

    body: str
    name: str
    affiliates: tuple[str, ...]
    suspended: bool
    position: int
    at: str


class BodyPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Bodies in the order of their ids."""

    items: tuple[Body, ...]
    next_cursor: str | UnsetType = UNSET


class PlanFact(msgspec.Struct, frozen=True):
    """Something that happened to a plan or to its project, as the journal says it."""

    position: int
    number: int
    at: str
    fact: msgspec.Raw


class PlanHistory(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened to a plan, in the order of the journal."""

    items: tuple[PlanFact, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE_BODY = Body(
    body="EXAMPLE-QA",
    name="Example Quality Assurance",
    affiliates=("Example Forestry Co., Ltd.",),
    suspended=False,
    position=4,
    at=AT,
)
EXAMPLE_FACT = PlanFact(
    9,
    0,
    AT,
    msgspec.Raw(
        encode(ProjectDecided(project=PLAN, outcome="registered", minutes=MINUTES, met_on=DAY))
    ),
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Add the reads of bodies, and of a plan's history."""

    @routes.get(
        "/v1/bodies",
        operation_id="listBodies",
        summary="Validation and verification bodies",
        openapi_extra=reads.described(desk, BodyPage, BodyPage((EXAMPLE_BODY,))),
    )
    async def every(
        request: Request, limit: paging.Limit = paging.PAGE, after: paging.After = None
    ) -> Response:
        def view(connection: Connection) -> BodyPage:
            rows, more = paging.page(connection, select(bodies), (bodies.c.body,), limit, after)
            return BodyPage(tuple(map(_body, rows)), more)

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/plans/{project:path}/history",
        operation_id="listPlanHistory",
        summary="What happened to a plan and to its project",
        openapi_extra=reads.described(
            desk, PlanHistory, PlanHistory((EXAMPLE_FACT,)), {"project": PLAN}
        ),
    )
    async def history(
        request: Request,
        project: str,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
    ) -> Response:
        def view(connection: Connection) -> PlanHistory:
            must_be_planned(connection, project)
            wanted = select(plan_facts).where(plan_facts.c.project == project)
            keys = (plan_facts.c.position, plan_facts.c.number)
            rows, more = paging.page(connection, wanted, keys, limit, after)
            return PlanHistory(tuple(map(_fact, rows)), more)

        return await reads.show(desk, request, view)


def must_be_planned(connection: Connection, project: str) -> None:
    """Refuse where there was never such a plan."""
    wanted = select(plans.c.project).where(plans.c.project == project)
    if connection.scalar(wanted) is None:
        raise Refused("project_not_found")


def _body(row: dict[str, Any]) -> Body:
    return msgspec.convert({**row, "affiliates": msgspec.json.decode(row["affiliates"])}, Body)


def _fact(row: dict[str, Any]) -> PlanFact:
    return PlanFact(row["position"], row["number"], row["at"], msgspec.Raw(row["fact"].encode()))
