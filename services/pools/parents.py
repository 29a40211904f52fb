"""What became of the retirements of a pool: the parent 親 shows every child.

Grams are told out in the order of the journal, as they were retired: so which certificates rest on
a retirement follows from where its grams and theirs begin.
"""

from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import islice
from typing import Any, TypeAlias

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, func, select

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.edge.identity import caller
from libs.edge.problems import Refused
from libs.ledger.settling import Settled, part, yen_of
from services.pools.projection import allocations, donations, pool_retirements, pools, settlements

Child: TypeAlias = tuple[tuple[int, int], str, int, int, int]
"""A certificate by its place among all of a pool: its number, first gram, grams, and the parent's.

The place is where its grams, or its settlement's, begin; of a settlement then the yen, from 1."""

NUMBER = "main-30-1"


class Line(msgspec.Struct, frozen=True):
    """A line of a notice, from 0."""

    notice: str
    index: int


class ParentView(msgspec.Struct, frozen=True, kw_only=True):
    """A retirement for a pool: its grams from `first` on, and how many are on certificates."""

    number: str
    pool: str
    user: str
    first: int
    grams: int
    allocated: int
    position: int
    at: str


class ParentPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Retirements in the order of the journal."""

    items: tuple[ParentView, ...]
    next_cursor: str | UnsetType = UNSET


class ChildView(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate: its grams from `first` on, and how many of them are of the retirement."""

    number: str
    first: int
    grams: int
    taken: int


class ChildPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Certificates in the order of their grams."""

    items: tuple[ChildView, ...]
    next_cursor: str | UnsetType = UNSET


AT = "2026-04-01T00:00:00.000Z"
PARENTS = ParentPage(
    (
        ParentView(
            number=NUMBER,
            pool="nichinan",
            user="Town of Nichinan",
            first=0,
            grams=2_000_000,
            allocated=1_001_000,
            position=30,
            at=AT,
        ),
    )
)
CHILDREN = ChildPage((ChildView(number="main-36-1.1", first=0, grams=1_001_000, taken=1_001_000),))


def add(routes: APIRouter, desk: Desk) -> None:
    """Add the routes of the lists."""
    _parents(routes, desk)
    _children(routes, desk)


def _parents(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/pool-retirements",
        operation_id="listPoolRetirements",
        summary="Retirements for pools, and how far each is told out",
        openapi_extra=reads.described(desk, ParentPage, PARENTS),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        pool: paging.Filter = None,
    ) -> Response:
        columns = pool_retirements.c
        wanted = select(pool_retirements, pools.c.allocated).join(
            pools, pools.c.pool == columns.pool
        )
        if pool is not None:
            wanted = wanted.where(columns.pool == pool)

        def view(read: Connection) -> ParentPage:
            keys = (columns.position, columns.fact)
            rows, more = paging.page(read, wanted, keys, limit, after)
            return ParentPage(tuple(map(_parent, rows)), more)

        return await reads.show(desk, request, view)


def _children(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/pool-retirements/{number}/certificates",
        operation_id="listChildren",
        summary="The certificates that rest on a retirement",
        openapi_extra=reads.described(desk, ChildPage, CHILDREN, {"number": NUMBER}),
    )
    async def every(
        request: Request,
        number: str,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
    ) -> Response:
        who = caller(request)

        def view(read: Connection) -> ChildPage:
            wanted = select(pool_retirements).where(pool_retirements.c.notice == number)
            parent = read.execute(wanted).mappings().first()
            if parent is None or (who.confined and parent["account"] not in who.accounts):
                raise Refused("notice_unknown")
            return _page(read, paging.record(parent), limit, after)

        return await reads.show(desk, request, view)


def _parent(row: Mapping[str, Any]) -> ParentView:
    told = min(max(row["allocated"] - row["first"], 0), row["grams"])
    return msgspec.convert({**row, "number": row["notice"], "allocated": told}, ParentView)


def _page(read: Connection, parent: Mapping[str, Any], limit: int, after: str | None) -> ChildPage:
    """Return a page of certificates, of lines and of settled donations as their grams come."""
    begins = (-1, -1)
    if after is not None:
        gram, yen = paging.read_cursor(after, (int, int))
        begins = (int(gram), int(yen))
    lines = _lines(read, parent, begins, limit + 1)
    donors = _donors(read, parent, begins, limit + 1)
    found = list(islice(merge(lines, donors), limit + 1))
    shown = tuple(ChildView(number=n, first=f, grams=g, taken=t) for _, n, f, g, t in found[:limit])
    if len(found) <= limit:
        return ChildPage(shown)
    return ChildPage(shown, paging.write_cursor(found[limit - 1][0]))


def _lines(
    read: Connection, parent: Mapping[str, Any], begins: tuple[int, int], limit: int
) -> Iterator[Child]:
    """Yield the certificates that were told out by line, from behind a key on."""
    start, end, columns = parent["first"], parent["first"] + parent["grams"], allocations.c
    mine = columns.pool == parent["pool"]
    earliest = select(func.max(columns.first)).where(mine, columns.first <= start)
    wanted = (
        select(allocations)
        .where(mine, columns.first < end, columns.first + columns.grams > start)
        .where(columns.first >= func.coalesce(earliest.scalar_subquery(), 0))
        .where(columns.first > begins[0])
        .order_by(columns.first)
        .limit(limit)
    )
    for row in read.execute(wanted).all():
        yield _child((row.first, 0), row, row.first, row.grams, parent)


def _donors(
    read: Connection, parent: Mapping[str, Any], begins: tuple[int, int], limit: int
) -> Iterator[Child]:
    """Yield the certificates of settled donations, from behind a key on."""
    start, end, columns = parent["first"], parent["first"] + parent["grams"], settlements.c
    wanted = (
        select(settlements)
        .where(columns.pool == parent["pool"], columns.grams_first >= begins[0])
        .where(columns.grams_first < end, columns.grams_first + columns.grams > start)
        .order_by(columns.grams_first)
        .limit(limit)
    )
    for settled in read.execute(wanted).all():
        span = Settled(settled.first, settled.yen, settled.price)
        behind = begins[1] if settled.grams_first == begins[0] else 0
        for index, row in _given(read, settled, parent, behind, limit):
            taken = part(span, row.first, row.yen)
            first, line = settled.grams_first + taken.first, Line(settled.notice, index)
            yield _child((settled.grams_first, row.first + 1), line, first, taken.grams, parent)


def _given(
    read: Connection, settled: Any, parent: Mapping[str, Any], behind: int, limit: int
) -> Iterator[tuple[int, Any]]:
    """Yield the donations whose grams of a settlement are the parent's, with their line in it."""
    grams = (parent["first"], parent["first"] + parent["grams"])
    first, end = (min(max(one - settled.grams_first, 0), settled.grams) for one in grams)
    yen_first, yen_last = (
        settled.first + yen_of(gram, settled.price) - 1 for gram in (first + 1, end)
    )
    columns, mine = donations.c, donations.c.pool == parent["pool"]
    lowest, earliest = (
        select(func.max(columns.first)).where(mine, columns.first <= one).scalar_subquery()
        for one in (settled.first, yen_first)
    )
    counted = select(func.count()).where(mine, columns.first >= lowest)
    wanted = (
        select(donations)
        .where(mine, columns.first >= earliest, columns.first <= yen_last)
        .where(columns.first + 1 > behind)
        .order_by(columns.first)
        .limit(limit)
    )
    rows = read.execute(wanted).all()
    if rows:
        before = read.execute(counted.where(columns.first < rows[0].first)).scalar_one()
        yield from enumerate(rows, before)


def _child(
    key: tuple[int, int], line: Any, first: int, grams: int, parent: Mapping[str, Any]
) -> Child:
    end = min(first + grams, parent["first"] + parent["grams"])
    taken = max(end - max(first, parent["first"]), 0)
    return key, f"{line.notice}.{line.index + 1}", first, grams, taken
