"""Reversed transfers over HTTP."""

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, or_, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.identity import caller
from libs.edge.writes import Write
from services.transfer.api.orders import party
from services.transfer.control_tables import reversals
from services.transfer.controls import ConsentToReversal, RequestReversal, ReverseTransfer
from services.transfer.projection import orders

TAG = "transfer"
AT = "2026-04-01T00:00:00.000Z"
WHY = "Sent to a wrong account; both parties ask for it."

WRITES = (
    Write(
        command="transfer.reverse.v1",
        path="/v1/orders/{order:path}/reversal",
        body=ReverseTransfer,
        operation="reverseTransfer",
        summary="Propose to take a settled order back",
        example=ReverseTransfer(order="o-15", reason=WHY),
        tag=TAG,
    ),
    Write(
        command="reversal.request.v1",
        path="/v1/orders/{order:path}/reversal-request",
        body=RequestReversal,
        operation="requestReversal",
        summary="Ask for a settled transfer back, as its giver",
        example=RequestReversal(order="o-15", reason="Sent to a wrong account."),
        tag=TAG,
        concerns=party(orders.c.source),
    ),
    Write(
        command="reversal.consent.v1",
        path="/v1/orders/{order:path}/reversal-consent",
        body=ConsentToReversal,
        operation="consentToReversal",
        summary="Give a transfer back that its giver asks for, as its receiver",
        example=ConsentToReversal(order="o-15"),
        tag=TAG,
        concerns=party(orders.c.target),
    ),
)


class ReversalView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A settled order that was taken back: its credits went from `target` to `source` again."""

    order: str
    source: str
    target: str
    quantity: int
    reason: str
    position: int
    at: str


class ReversalPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Reversals in the order of their orders' ids."""

    items: tuple[ReversalView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE = ReversalPage(
    (
        ReversalView(
            order="o-15", source="A01", target="B02", quantity=7, reason=WHY, position=30, at=AT
        ),
    )
)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the list of reversals: a holder sees those of what it gave or received."""

    @routes.get(
        "/v1/reversed-orders",
        operation_id="listReversals",
        summary="Reversed transfers",
        openapi_extra=reads.described(desk, ReversalPage, EXAMPLE),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        account: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> ReversalPage:
            wanted = select(reversals)
            who = caller(request)
            source, target = reversals.c.source, reversals.c.target
            if who.confined:
                own = sorted(who.accounts)
                wanted = wanted.where(or_(source.in_(own), target.in_(own)))
            if account is not None:
                wanted = wanted.where(or_(source == account, target == account))
            rows, more = paging.page(connection, wanted, (reversals.c.order,), limit, after)
            return ReversalPage(tuple(msgspec.convert(row, ReversalView) for row in rows), more)

        return await reads.show(desk, request, view)
