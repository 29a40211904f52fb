"""Applications over HTTP: filed, looked at, confirmed or taken back."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from msgspec import UNSET, UnsetType
from sqlalchemy import select

from libs.edge import lists
from libs.edge.cursors import snapshot
from libs.edge.desk import Desk
from libs.edge.writes import Write
from services.invalidation.commands import (
    CancelApplication,
    ConfirmApplication,
    FileApplications,
    Filing,
)
from services.invalidation.projection import applications
from services.invalidation.telling import told

TAG = "invalidation"
LOT = "JC-FM-000123-01"


async def _filed(_: Desk, asked: FileApplications) -> Iterable[str]:
    """Credits are held in the accounts that the lines name."""
    return {line.account for line in asked.lines}


async def _known(desk: Desk, asked: ConfirmApplication | CancelApplication) -> Iterable[str]:
    """An application is the account's that filed it; the tables know it once they are there."""
    await desk.registry.caught_up(desk.registry.head.position, desk.wait_ms)
    wanted = select(applications.c.account).where(applications.c.application == asked.application)

    def within() -> Iterable[str]:
        with snapshot(desk.registry.views) as connection:
            return tuple(connection.scalars(wanted))

    return await run_in_threadpool(within)


WRITES = (
    Write(
        command="application.file.v1",
        path="/v1/applications",
        body=FileApplications,
        operation="fileApplications",
        summary="Apply for credits to be used up, and hold them",
        example=FileApplications(
            lines=(
                Filing(
                    account="A01",
                    beneficiary="Example Foods Co., Ltd.",
                    purpose="ONTAI_NON_UTILITY",
                    detail="Report of fiscal year 2025.",
                    lot=LOT,
                    quantity=5,
                    fiscal_year=2025,
                    scope="SCOPE_1",
                    corporate_number="1234567890123",
                ),
            )
        ),
        tag=TAG,
        concerns=_filed,
        tells=told,
    ),
    Write(
        command="application.confirm.v1",
        path="/v1/applications/{application}/confirmation",
        body=ConfirmApplication,
        operation="confirmApplication",
        summary="Use up what an application holds, for ever",
        example=ConfirmApplication(application="a-19-0"),
        tag=TAG,
        concerns=_known,
        tells=told,
    ),
    Write(
        command="application.cancel.v1",
        path="/v1/applications/{application}/cancellation",
        body=CancelApplication,
        operation="cancelApplication",
        summary="Take an application back, and set free what it held",
        example=CancelApplication(application="a-20-0"),
        tag=TAG,
        concerns=_known,
        tells=told,
    ),
)


def opened(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row whose further purposes are a list again."""
    return {**row, "also": row["also"].split(",") if row["also"] else ()}


class ApplicationView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An application: what it holds for whose claim, and what became of it."""

    application: str
    account: str
    beneficiary: str
    purpose: str
    quantity: int
    status: str
    agent: str | None = None
    also: tuple[str, ...] = ()
    corporate_number: str | None = None
    detail: str | None = None
    expires_at: str | None = None
    fiscal_year: int | None = None
    period_from: str | None = None
    period_to: str | None = None
    place: str | None = None
    country: str | None = None
    energy_kwh: int | None = None
    pool: str | None = None
    scope: str | None = None
    position: int
    at: str


class ApplicationPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Applications in the order of their ids."""

    items: tuple[ApplicationView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE = ApplicationPage(
    (
        ApplicationView(
            application="a-19-0",
            account="A01",
            beneficiary="Example Foods Co., Ltd.",
            purpose="ONTAI_NON_UTILITY",
            quantity=5,
            status="open",
            fiscal_year=2025,
            scope="SCOPE_1",
            position=19,
            at="2026-04-01T00:00:00.000Z",
        ),
    )
)


LIST = lists.Listed(
    path="/v1/applications",
    operation="listApplications",
    summary="Applications for a use of credits, and what became of them",
    example=EXAMPLE,
    table=applications,
    key=("application",),
    item=lambda row: msgspec.convert(opened(row), ApplicationView),
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Give the list of applications its route."""
    lists.add(routes, desk, LIST)
