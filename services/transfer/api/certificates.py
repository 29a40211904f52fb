"""What an account had at a moment, over HTTP."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.problems import Refused
from services.transfer.certificate import BalanceCertificate, LotBalance, certificate
from services.transfer.projection.accounts import accounts

LOT = "JC-FM-000123-01"
EXAMPLE = BalanceCertificate(
    account="A01", position=5, quantity=2581, items=(LotBalance(LOT, 2581),)
)
Moment: TypeAlias = Annotated[
    str | None,
    Query(max_length=40, description="A day (UTC, its end), an instant, or a position."),
]


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the certificate of a balance."""

    @routes.get(
        "/v1/accounts/{account}/balance",
        operation_id="certifyBalance",
        summary="What an account had at a moment, lot by lot",
        openapi_extra=reads.described(desk, BalanceCertificate, EXAMPLE, {"account": "A01"}),
    )
    async def certified(
        request: Request,
        account: str,
        at: Moment = None,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
    ) -> Response:
        def view(connection: Connection) -> BalanceCertificate:
            known = select(accounts.c.account).where(accounts.c.account == account)
            if connection.scalar(known) is None:
                raise Refused("account_not_found")
            return certificate(connection, account, at, limit, after)

        return await reads.show(desk, request, view)
