"""The members of programmes over HTTP."""

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.writes import Write
from libs.ledger.events import AppliedMethodology
from services.issuance.api.machine import AT, must_be_planned
from services.issuance.commands import JoinMember, LeaveProgramme
from services.issuance.projection.projects import members

PROGRAMME, MEMBER = "JC-ER-P000126", "M-0001"
EXAMPLE = JoinMember(
    applied_on="2026-04-01",
    consent=True,
    implemented_on="2026-03-01",
    member=MEMBER,
    methodologies=(AppliedMethodology("EN-S-001", "3.0"),),
    prefecture=21,
    project=PROGRAMME,
    quality_tested=False,
    site="8e35c2cd3bf6641bdb0e2050b76932cbb2e6034a0ddacc1d9bea82a6ba57f7cf",
    exemption="HOUSEHOLD",
)
WRITES = (
    Write(
        command="member.join.v1",
        path="/v1/plans/{project:path}/members",
        body=JoinMember,
        operation="joinMember",
        summary="Take a member into a programme",
        example=EXAMPLE,
        tag="issuance",
    ),
    Write(
        command="member.leave.v1",
        path="/v1/plans/{project:path}/members/{member:path}/leaving",
        body=LeaveProgramme,
        operation="leaveProgramme",
        summary="Let a member out of a programme",
        example=LeaveProgramme(
            left_on="2026-04-01", member=MEMBER, project=PROGRAMME, reason="The house was sold."
        ),
        tag="issuance",
    ),
)


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a programme, and the days that credits may be certified for of it."""

    project: str
    member: str
    prefecture: int
    site: str
    implemented_on: str
    credited_from: str
    credited_to: str
    left: bool
    position: int
    at: str


class MemberPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Members in the order of their numbers."""

    items: tuple[MemberView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE_MEMBER = MemberView(
    project=PROGRAMME,
    member=MEMBER,
    prefecture=EXAMPLE.prefecture,
    site=EXAMPLE.site,
    implemented_on=EXAMPLE.implemented_on,
    credited_from="2026-04-01",
    credited_to="2031-03-31",
    left=False,
    position=12,
    at=AT,
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Add the list of a programme's members."""

    @routes.get(
        "/v1/plans/{project:path}/members",
        operation_id="listMembers",
        summary="The members of a programme",
        openapi_extra=reads.described(
            desk, MemberPage, MemberPage((EXAMPLE_MEMBER,)), {"project": PROGRAMME}
        ),
    )
    async def every(
        request: Request,
        project: str,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
    ) -> Response:
        def view(connection: Connection) -> MemberPage:
            must_be_planned(connection, project)
            wanted = select(members).where(members.c.project == project)
            rows, more = paging.page(connection, wanted, (members.c.member,), limit, after)
            return MemberPage(tuple(msgspec.convert(row, MemberView) for row in rows), more)

        return await reads.show(desk, request, view)
