"""Transfer orders over HTTP."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

import msgspec
from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from msgspec import UNSET, UnsetType
from sqlalchemy import Column, select

from libs.edge import lists
from libs.edge.cursors import snapshot
from libs.edge.desk import Desk
from libs.edge.writes import Write
from libs.ledger.serials import SerialRange
from services.transfer.commands import (
    AcceptOrder,
    ApproveOrder,
    CancelOrder,
    DeclineOrder,
    OrderLine,
    PlaceOrder,
)
from services.transfer.projection import orders

TAG = "transfer"
LOT, AT = "JC-FM-000123-01", "2026-04-01T00:00:00.000Z"
Named: TypeAlias = AcceptOrder | ApproveOrder | CancelOrder | DeclineOrder


async def _source(_: Desk, asked: PlaceOrder) -> Iterable[str]:
    """An order takes from the account that gives."""
    return {asked.source}


def party(side: Column[str]) -> Callable[[Desk, Named], Awaitable[Iterable[str]]]:
    """Find the account on one side of an order; the tables know it once they are there."""

    async def concerned(desk: Desk, asked: Named) -> Iterable[str]:
        await desk.registry.caught_up(desk.registry.head.position, desk.wait_ms)

        def within() -> Iterable[str]:
            with snapshot(desk.registry.views) as connection:
                return tuple(connection.scalars(select(side).where(orders.c.order == asked.order)))

        return await run_in_threadpool(within)

    return concerned


WRITES = (
    Write(
        command="order.place.v1",
        path="/v1/orders",
        body=PlaceOrder,
        operation="placeOrder",
        summary="Ask for a transfer that may have to wait",
        example=PlaceOrder(
            source="A01",
            target="B02",
            lines=(
                OrderLine(lot=LOT, serials=(SerialRange(2001, 2005),)),
                OrderLine(lot=LOT, serials=(SerialRange(2101, 2102),)),
            ),
            waits_for=("approval", "acceptance"),
        ),
        tag=TAG,
        concerns=_source,
    ),
    Write(
        command="order.approve.v1",
        path="/v1/orders/{order:path}/approve",
        body=ApproveOrder,
        operation="approveOrder",
        summary="Approve an order as a second representative",
        example=ApproveOrder(order="o-15"),
        tag=TAG,
        concerns=party(orders.c.source),
    ),
    Write(
        command="order.accept.v1",
        path="/v1/orders/{order:path}/accept",
        body=AcceptOrder,
        operation="acceptOrder",
        summary="Accept an order as its receiver",
        example=AcceptOrder(order="o-15"),
        tag=TAG,
        concerns=party(orders.c.target),
    ),
    Write(
        command="order.decline.v1",
        path="/v1/orders/{order:path}/decline",
        body=DeclineOrder,
        operation="declineOrder",
        summary="Decline an order as its receiver",
        example=DeclineOrder(order="o-11"),
        tag=TAG,
        concerns=party(orders.c.target),
    ),
    Write(
        command="order.cancel.v1",
        path="/v1/orders/{order:path}/cancel",
        body=CancelOrder,
        operation="cancelOrder",
        summary="Take an order back before it is settled",
        example=CancelOrder(order="o-13"),
        tag=TAG,
        concerns=party(orders.c.source),
    ),
)


class OrderView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A transfer order; `approval` and `acceptance` are not_asked, awaited or given.

    Where it has `settles_at`, it waits until then whatever else has come. Once it is settled it may
    be reversed before `reversible_until`: its giver wants that since `reversal_requested_at`,
    because of `reversal_reason`, and it was done `reversed_at`. A transfer that was settled at once
    stands here where it may be reversed.
    """

    order: str
    source: str
    target: str
    quantity: int
    status: str
    approval: str
    acceptance: str
    position: int
    at: str
    expires_at: str | None = None
    settles_at: str | None = None
    reversible_until: str | None = None
    reversal_requested_at: str | None = None
    reversal_reason: str | None = None
    reversed_at: str | None = None


class OrderPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Orders in the order of their ids."""

    items: tuple[OrderView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE = OrderPage(
    (
        OrderView(
            order="o-11",
            source="A01",
            target="B02",
            quantity=7,
            status="waiting",
            approval="awaited",
            acceptance="awaited",
            position=11,
            at=AT,
        ),
    )
)


LIST = lists.Listed(
    path="/v1/orders",
    operation="listOrders",
    summary="Transfer orders",
    example=EXAMPLE,
    table=orders,
    key=("order",),
    item=lambda row: msgspec.convert(row, OrderView),
    parties=("source", "target"),
)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the list of orders: a holder sees those that it gives or receives by."""
    lists.add(routes, desk, LIST)
