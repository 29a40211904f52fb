"""What members did, over HTTP: an app reports by a key of the implementer's, and reads it back."""

from collections.abc import Iterable

import msgspec
from fastapi import APIRouter
from msgspec import UNSET, UnsetType

from libs.edge import lists
from libs.edge.desk import Desk
from libs.edge.writes import Write
from libs.ledger.events import Activity
from services.issuance.commands.activities import ReportActivities
from services.issuance.projection.activities import activities, activity_sums

PROGRAMME, MEMBER, AT = "JC-ER-P000126", "M-0001", "2026-04-01T00:00:00.000Z"
DID = Activity(member=MEMBER, activity="led-lights", done_on="2026-04-01", grams=1200)


class ActivityView(msgspec.Struct, frozen=True, kw_only=True):
    """What a member did on a day, and the grams of CO2 that the app counts for it."""

    project: str
    account: str
    member: str
    activity: str
    done_on: str
    grams: int
    position: int
    at: str


class ActivityPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Reports in the order of the journal."""

    items: tuple[ActivityView, ...]
    next_cursor: str | UnsetType = UNSET


class MemberSumView(msgspec.Struct, frozen=True, kw_only=True):
    """All that was reported of a member."""

    project: str
    account: str
    member: str
    reports: int
    grams: int
    position: int
    at: str


class MemberSumPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Members in the order of programme and number."""

    items: tuple[MemberSumView, ...]
    next_cursor: str | UnsetType = UNSET


async def _reporting(_: Desk, asked: ReportActivities) -> Iterable[str]:
    """An app reports for the account of the implementer."""
    return {asked.account}


WHOSE = {"project": PROGRAMME, "account": "A01", "member": MEMBER, "position": 44, "at": AT}
WRITES = (
    Write(
        command="activities.report.v1",
        path="/v1/activities",
        body=ReportActivities,
        operation="reportActivities",
        summary="Report in bulk what members of a programme did",
        example=ReportActivities(project=PROGRAMME, account="A01", lines=(DID,)),
        tag="issuance",
        concerns=_reporting,
    ),
)
LISTS = (
    lists.Listed(
        path="/v1/activities",
        operation="listActivities",
        summary="What members of programmes did",
        example=ActivityPage(
            (msgspec.convert({**WHOSE, **msgspec.to_builtins(DID)}, ActivityView),)
        ),
        table=activities,
        key=("position", "index"),
        item=lambda row: msgspec.convert(row, ActivityView),
        by="member",
    ),
    lists.Listed(
        path="/v1/activities/sums",
        operation="listActivitySums",
        summary="What each member of programmes did in all",
        example=MemberSumPage(
            (msgspec.convert({**WHOSE, "reports": 1, "grams": DID.grams}, MemberSumView),)
        ),
        table=activity_sums,
        key=("place",),
        item=lambda row: msgspec.convert(row, MemberSumView),
        by="member",
    ),
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Give every list its route."""
    for listed in LISTS:
        lists.add(routes, desk, listed)
