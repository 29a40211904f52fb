"""Meetings over HTTP: a dry run of an order is the calculator 算定ツール."""

import msgspec
from fastapi import APIRouter
from msgspec import UNSET, UnsetType

from libs.edge import lists
from libs.edge.desk import Desk
from libs.edge.writes import Write
from services.pools.concerning import told_out
from services.pools.meetings.commands import OrderMeeting
from services.pools.meetings.projection import meetings

ORDER = OrderMeeting(
    pool="nichinan",
    title="Annual meeting",
    held_on="2026-06-24",
    attendees=40,
    area_m2=120,
    minutes=90,
    online=False,
    recipient="Example Foods Ltd.",
)


class MeetingView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A meeting that was ordered: what it was computed from, and its certificate's number."""

    certificate: str
    pool: str
    tenant: str | None = None
    title: str
    held_on: str
    attendees: int
    area_m2: int
    minutes: int
    online: bool
    grams: int
    position: int
    at: str


class MeetingPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Meetings in the order of the journal."""

    items: tuple[MeetingView, ...]
    next_cursor: str | UnsetType = UNSET


WRITES = (
    Write(
        command="meeting.order.v1",
        path="/v1/pools/{pool}/meetings",
        body=OrderMeeting,
        operation="orderMeeting",
        summary="Offset a meeting by what the rules say it emits",
        example=ORDER,
        tag="pools",
        concerns=told_out,
    ),
)
LISTED = lists.Listed(
    path="/v1/meetings",
    operation="listMeetings",
    summary="Meetings that were ordered",
    example=MeetingPage(
        (
            MeetingView(
                certificate="main-45-2.1",
                pool=ORDER.pool,
                title=ORDER.title,
                held_on=ORDER.held_on,
                attendees=ORDER.attendees,
                area_m2=ORDER.area_m2,
                minutes=ORDER.minutes,
                online=ORDER.online,
                grams=21_000,
                position=45,
                at="2026-04-01T00:00:00.000Z",
            ),
        )
    ),
    table=meetings,
    key=("position",),
    item=lambda row: msgspec.convert(dict(row), MeetingView),
    parties=("account", "tenant"),
    by="pool",
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Give the list its route."""
    lists.add(routes, desk, LISTED)
