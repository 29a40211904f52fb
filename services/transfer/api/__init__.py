"""The transfer room over HTTP: accounts, transfers, reservations, orders."""

from collections.abc import Iterable
from typing import Annotated, Any, TypeAlias

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, select

from libs.edge import paging, reads, writes
from libs.edge.amounts import Amount, amount
from libs.edge.cursors import snapshot
from libs.edge.desk import Desk
from libs.edge.identity import caller
from libs.edge.problems import Refused
from libs.edge.writes import Write
from services.transfer.api import accounts as lives
from services.transfer.api import (
    alarms,
    freezes,
    limits,
    orders,
    particulars,
    reversals,
    suspensions,
    trusted,
)
from services.transfer.api.reservations import of_reservations
from services.transfer.commands import (
    CloseAccount,
    FreezeAccount,
    OpenAccount,
    ReleaseReservation,
    RequestTransfer,
    ReserveCredits,
    TransferLine,
    UnfreezeAccount,
)
from services.transfer.projection import reservations
from services.transfer.projection.accounts import accounts
from services.transfer.statement import (
    Balance,
    HeldSegment,
    HoldingPage,
    Statement,
    StatementLine,
    balances,
    held,
    statement,
)

TAG = ("transfer", "Accounts, what they hold, and how it changes hands.")
LOT, AT = "JC-FM-000123-01", "2026-04-01T00:00:00.000Z"


async def _sources(_: Desk, asked: RequestTransfer) -> Iterable[str]:
    """A transfer takes from the accounts that its lines give from."""
    return {line.source for line in asked.lines}


async def _account(_: Desk, asked: ReserveCredits) -> Iterable[str]:
    return {asked.account}


async def _reserved(desk: Desk, asked: ReleaseReservation) -> Iterable[str]:
    """An order is the account's that set it aside; the tables know it once they are there."""
    await desk.registry.caught_up(desk.registry.head.position, desk.wait_ms)
    wanted = select(reservations.c.account).where(reservations.c.order == asked.order)

    def within() -> Iterable[str]:
        with snapshot(desk.registry.views) as connection:
            return tuple(connection.scalars(wanted))

    return await run_in_threadpool(within)


WRITES = (
    Write(
        command="account.open.v1",
        path="/v1/accounts",
        body=OpenAccount,
        operation="openAccount",
        summary="Open a holding account",
        example=OpenAccount(
            account="A01", name="Example Forestry Co., Ltd.", representatives=("holder:a01",)
        ),
        tag=TAG[0],
    ),
    Write(
        command="account.freeze.v1",
        path="/v1/accounts/{account}/freeze",
        body=FreezeAccount,
        operation="freezeAccount",
        summary="Let nothing enter or leave an account",
        example=FreezeAccount(account="B02", reason="Identity is being checked again."),
        tag=TAG[0],
    ),
    Write(
        command="account.unfreeze.v1",
        path="/v1/accounts/{account}/unfreeze",
        body=UnfreezeAccount,
        operation="unfreezeAccount",
        summary="Open a frozen account again",
        example=UnfreezeAccount(account="B02"),
        tag=TAG[0],
    ),
    Write(
        command="account.close.v1",
        path="/v1/accounts/{account}/close",
        body=CloseAccount,
        operation="closeAccount",
        summary="Close an empty account for ever",
        example=CloseAccount(account="C03"),
        tag=TAG[0],
    ),
    Write(
        command="transfer.request.v1",
        path="/v1/transfers",
        body=RequestTransfer,
        operation="requestTransfer",
        summary="Transfer credits",
        example=RequestTransfer(
            lines=(TransferLine(source="A01", target="B02", lot=LOT, quantity=400),)
        ),
        tag=TAG[0],
        concerns=_sources,
    ),
    Write(
        command="credits.reserve.v1",
        path="/v1/reservations",
        body=ReserveCredits,
        operation="reserveCredits",
        summary="Set part of a holding aside",
        example=ReserveCredits(account="B02", lot=LOT, quantity=10),
        tag=TAG[0],
        concerns=_account,
    ),
    Write(
        command="reservation.release.v1",
        path="/v1/reservations/{order:path}/release",
        body=ReleaseReservation,
        operation="releaseReservation",
        summary="Set free what an order had set aside",
        example=ReleaseReservation(order="o-9"),
        tag=TAG[0],
        concerns=_reserved,
    ),
    *orders.WRITES,
    *suspensions.WRITES,
    *freezes.WRITES,
    *lives.WRITES,
    *trusted.WRITES,
    *limits.WRITES,
    *reversals.WRITES,
)
ROUTES = writes.routes(WRITES)


class AccountView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A holding account; `reason` is why it is frozen, `successor` who took it over."""

    account: str
    name: str
    status: str
    representatives: tuple[str, ...]
    position: int
    at: str
    reason: str | None = None
    kind: str | None = None
    department: str | None = None
    name_kana: str | None = None
    country: str | None = None
    corporate_number: str | None = None
    registered_as: str | None = None
    successor: str | None = None


class AccountPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Accounts in the order of their ids."""

    items: tuple[AccountView, ...]
    next_cursor: str | UnsetType = UNSET


class AccountDetail(AccountView, frozen=True, kw_only=True, omit_defaults=True):
    """An account, what it has in all (`quantity`), by code, and the first page of its segments.

    With `from` or `to`, also its statement. Further pages: `/holdings` and `/statement` behind
    the account's address.
    """

    quantity: Amount
    balances: tuple[Balance, ...]
    holdings: HoldingPage
    statement: Statement | UnsetType = UNSET


EXAMPLE_ACCOUNT = AccountView(
    account="A01",
    name="Example Forestry Co., Ltd.",
    status="open",
    representatives=("holder:a01",),
    position=1,
    at=AT,
)
EXAMPLE_HOLDINGS = HoldingPage(
    (HeldSegment(lot=LOT, first=401, last=2581, quantity=2181, code="HOLD:A01"),)
)
EXAMPLE_STATEMENT = Statement(
    from_position=0,
    to_position=5,
    opening=0,
    closing=2581,
    items=(
        StatementLine(
            position=4,
            index=0,
            at=AT,
            type="credits.issued.v1",
            lot=LOT,
            first=1,
            last=2581,
            change=2581,
            balance=2581,
            source=f"ISS:{LOT}",
            target="HOLD:A01",
        ),
    ),
)
EXAMPLE_DETAIL = AccountDetail(
    **msgspec.structs.asdict(EXAMPLE_ACCOUNT),
    quantity=2181,
    balances=(Balance("HOLD:A01", 2181),),
    holdings=EXAMPLE_HOLDINGS,
)
End: TypeAlias = Annotated[
    str | None,
    Query(max_length=40, description="A day (UTC, included), an instant, or a position."),
]
Start: TypeAlias = Annotated[
    str | None,
    Query(
        alias="from",
        max_length=40,
        description="A day (UTC, included), an instant, or a position.",
    ),
]


def router(desk: Desk) -> APIRouter:
    """Return the room's routes."""
    routes = APIRouter(tags=[TAG[0]])
    writes.add(routes, desk, WRITES)
    _accounts(routes, desk)
    _one_account(routes, desk)
    of_reservations(routes, desk)
    orders.reads_of(routes, desk)
    suspensions.reads_of(routes, desk)
    freezes.reads_of(routes, desk)
    lives.reads_of(routes, desk)
    particulars.reads_of(routes, desk)
    trusted.reads_of(routes, desk)
    limits.reads_of(routes, desk)
    reversals.reads_of(routes, desk)
    alarms.reads_of(routes, desk)
    return routes


def _view(row: dict[str, Any]) -> AccountView:
    representatives = msgspec.json.decode(row["representatives"])
    return msgspec.convert({**row, "representatives": representatives}, AccountView)


def _find(connection: Connection, account: str) -> AccountView:
    wanted = select(accounts).where(accounts.c.account == account)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise Refused("account_not_found")
    return _view(paging.record(row))


def _accounts(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/accounts",
        operation_id="listAccounts",
        summary="Accounts",
        openapi_extra=reads.described(desk, AccountPage, AccountPage((EXAMPLE_ACCOUNT,))),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        status: paging.Filter = None,
    ) -> Response:
        def view(connection: Connection) -> AccountPage:
            wanted = caller(request).own(select(accounts), accounts.c.account)
            if status is not None:
                wanted = wanted.where(accounts.c.status == status)
            rows, more = paging.page(connection, wanted, (accounts.c.account,), limit, after)
            return AccountPage(tuple(map(_view, rows)), more)

        return await reads.show(desk, request, view)


def _one_account(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/accounts/{account}",
        operation_id="getAccount",
        summary="One account: balances, holdings, statement",
        openapi_extra=reads.described(desk, AccountDetail, EXAMPLE_DETAIL, {"account": "A01"}),
    )
    async def one(
        request: Request,
        account: str,
        start: Start = None,
        to: End = None,
        limit: paging.Limit = paging.PAGE,
    ) -> Response:
        def view(connection: Connection) -> AccountDetail:
            found = _find(connection, account)
            parts = balances(connection, account)
            told: Statement | UnsetType = UNSET
            if start is not None or to is not None:
                told = statement(connection, account, (start, to), limit, None)
            return AccountDetail(
                **msgspec.structs.asdict(found),
                quantity=amount(sum(int(part.quantity) for part in parts)),
                balances=parts,
                holdings=held(connection, account, limit, None),
                statement=told,
            )

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/accounts/{account}/holdings",
        operation_id="listHoldings",
        summary="What an account holds",
        openapi_extra=reads.described(desk, HoldingPage, EXAMPLE_HOLDINGS, {"account": "A01"}),
    )
    async def segments(
        request: Request,
        account: str,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
    ) -> Response:
        def view(connection: Connection) -> HoldingPage:
            return held(connection, _find(connection, account).account, limit, after)

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/accounts/{account}/statement",
        operation_id="getStatement",
        summary="How an account came to what it holds",
        openapi_extra=reads.described(desk, Statement, EXAMPLE_STATEMENT, {"account": "A01"}),
    )
    async def movements(
        request: Request,
        account: str,
        start: Start = None,
        to: End = None,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
    ) -> Response:
        def view(connection: Connection) -> Statement:
            known = _find(connection, account).account
            return statement(connection, known, (start, to), limit, after)

        return await reads.show(desk, request, view)
