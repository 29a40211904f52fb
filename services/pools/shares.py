"""What donated yen became: each donation with the yen that were settled of it, and its grams.

A settlement turns the oldest yen into grams at the price that was paid (libs/ledger/settling.py):
a donation may be part of several, and waits as far as none has reached it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, or_, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.identity import Caller, caller
from libs.ledger.settling import Settled, part
from services.pools.projection import donations, settlements


class ShareView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A donation: of its `yen` those `settled` became `grams`; the others wait 預り."""

    number: str
    pool: str
    tenant: str | None = None
    yen: int
    settled: int
    grams: int
    recipient: str | None = None
    commitment: str | None = None
    note: str | None = None
    position: int
    at: str


class SharePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Donations in the order of the journal."""

    items: tuple[ShareView, ...]
    next_cursor: str | UnsetType = UNSET


class Share(msgspec.Struct, frozen=True):
    """What a donation became so far."""

    yen: int
    grams: int


def share(first: int, yen: int, settled: Iterable[Settled]) -> Share:
    """Return what the yen of a pool from `first` on became in these settlements of it."""
    parts = [part(one, first, yen) for one in settled]
    return Share(sum(one.yen for one in parts), sum(one.grams for one in parts))


EXAMPLE = SharePage(
    (
        ShareView(
            number="main-37-1.1",
            pool="nichinan",
            yen=15_000,
            settled=15_000,
            grams=1_000_000,
            recipient="Example Inn",
            position=37,
            at="2026-04-01T00:00:00.000Z",
        ),
    )
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Add the route of the list."""

    @routes.get(
        "/v1/donations/grams",
        operation_id="listDonatedGrams",
        summary="What each donation became so far",
        openapi_extra=reads.described(desk, SharePage, EXAMPLE),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        account: paging.Filter = None,
        pool: paging.Filter = None,
    ) -> Response:
        who = caller(request)

        def view(connection: Connection) -> SharePage:
            return _page(connection, who, limit, after, {"account": account, "pool": pool})

        return await reads.show(desk, request, view)


def _page(
    connection: Connection, who: Caller, limit: int, after: str | None, asked: Mapping[str, Any]
) -> SharePage:
    columns = donations.c
    wanted = select(donations)
    parties = (columns.account, columns.tenant)
    if who.confined:
        wanted = wanted.where(or_(*(one.in_(sorted(who.accounts)) for one in parties)))
    if asked["account"] is not None:
        wanted = wanted.where(or_(*(one == asked["account"] for one in parties)))
    if asked["pool"] is not None:
        wanted = wanted.where(columns.pool == asked["pool"])
    rows, more = paging.page(connection, wanted, (columns.position, columns.index), limit, after)
    return SharePage(tuple(_shown(connection, rows)), more)


def _shown(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Iterator[ShareView]:
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        spans[row["pool"]].append((row["first"], row["first"] + row["yen"]))
    settled = {
        pool: _settled(connection, pool, min(ends)[0], max(end for _, end in ends))
        for pool, ends in spans.items()
    }
    for row in rows:
        known = share(row["first"], row["yen"], settled[row["pool"]])
        number = f"{row['notice']}.{row['index'] + 1}"
        shown = {**row, "number": number, "settled": known.yen, "grams": known.grams}
        yield msgspec.convert(shown, ShareView)


def _settled(connection: Connection, pool: str, start: int, end: int) -> tuple[Settled, ...]:
    """Return the settlements of a pool that have yen from `start` up to `end`."""
    columns = settlements.c
    wanted = select(columns.first, columns.yen, columns.price).where(
        columns.pool == pool, columns.first < end, columns.first + columns.yen > start
    )
    return tuple(Settled(*row) for row in connection.execute(wanted))
