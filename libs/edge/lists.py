"""Lists of what concerns accounts: by account and one more word; a holder sees its own alone."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection, Table, or_, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.identity import caller


class Listed(msgspec.Struct, frozen=True):
    """What such a list is made of.

    example  a page of it, whose type all pages have
    key      the columns that order it
    item     what a row is shown as
    parties  the columns that name an account: a row concerns each
    by       the column that a question may ask for beside the account
    everybody  whether each caller sees every row
    """

    path: str
    operation: str
    summary: str
    example: msgspec.Struct
    table: Table
    key: tuple[str, ...]
    item: Callable[[dict[str, Any]], msgspec.Struct]
    parties: tuple[str, ...] = ("account",)
    by: str = "status"
    everybody: bool = False


def add(routes: APIRouter, desk: Desk, listed: Listed) -> None:
    """Add the route of a list."""
    kind: Any = type(listed.example)
    columns = listed.table.c
    parties = [columns[name] for name in listed.parties]
    keys = [columns[name] for name in listed.key]

    @routes.get(
        listed.path,
        operation_id=listed.operation,
        summary=listed.summary,
        openapi_extra=reads.described(desk, kind, listed.example),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        account: paging.Filter = None,
        named: Annotated[paging.Filter, Query(alias=listed.by)] = None,
    ) -> Response:
        who = caller(request)

        def view(connection: Connection) -> msgspec.Struct:
            wanted = select(listed.table)
            if who.confined and not listed.everybody:
                wanted = wanted.where(or_(*(one.in_(sorted(who.accounts)) for one in parties)))
            if account is not None:
                wanted = wanted.where(or_(*(one == account for one in parties)))
            if named is not None:
                wanted = wanted.where(columns[listed.by] == named)
            rows, more = paging.page(connection, wanted, keys, limit, after)
            page: msgspec.Struct = kind(tuple(map(listed.item, rows)), more)
            return page

        return await reads.show(desk, request, view)
