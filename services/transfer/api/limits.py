"""Daily limits over HTTP."""

from collections.abc import Iterable

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.identity import caller
from libs.edge.writes import Write
from services.transfer.control_tables import limits
from services.transfer.controls import SetLimit

TAG = "transfer"
AT = "2026-04-01T00:00:00.000Z"


async def _account(_: Desk, asked: SetLimit) -> Iterable[str]:
    return {asked.account}


WRITES = (
    Write(
        command="limit.set.v1",
        path="/v1/accounts/{account}/limits",
        body=SetLimit,
        operation="setLimit",
        summary="Set a daily limit of an account's own",
        example=SetLimit(account="A01", scheme="JC", quantity=1000),
        tag=TAG,
        concerns=_account,
    ),
)


class LimitView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A daily limit of an account's own, if any, and what counted on the newest day (`day`)."""

    limit: str
    account: str
    scheme: str
    moved: int
    position: int
    at: str
    quantity: int | None = None
    day: str | None = None


class LimitPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Limits in the order of account and scheme."""

    items: tuple[LimitView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE = LimitPage(
    (
        LimitView(
            limit="A01/JC",
            account="A01",
            scheme="JC",
            quantity=1000,
            day="2026-04-01",
            moved=400,
            position=9,
            at=AT,
        ),
    )
)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the list of limits: a holder sees its own."""

    @routes.get(
        "/v1/limits",
        operation_id="listLimits",
        summary="Daily limits",
        openapi_extra=reads.described(desk, LimitPage, EXAMPLE),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        account: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> LimitPage:
            wanted = caller(request).own(select(limits), limits.c.account)
            if account is not None:
                wanted = wanted.where(limits.c.account == account)
            rows, more = paging.page(connection, wanted, (limits.c.limit,), limit, after)
            return LimitPage(tuple(msgspec.convert(row, LimitView) for row in rows), more)

        return await reads.show(desk, request, view)
