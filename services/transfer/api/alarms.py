"""The velocity alarms over HTTP."""

import asyncio

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from libs.edge import paging, reads
from libs.edge.desk import Desk
from libs.ledger.ports import WaitRanOut
from services.transfer.alarms import Alarm, Follower


class AlarmPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Alarms in the order of their positions."""

    items: tuple[Alarm, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE = AlarmPage(
    (Alarm(1207, "2026-04-01T00:41:10.000Z", "A01", 100, "2026-04-01T00:02:00.000Z"),)
)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the list of alarms, and let a process that serves follow the journal for them."""
    follower = Follower(desk)
    desk.upkeep.append(follower.keep)

    @routes.get(
        "/v1/alarms",
        operation_id="listAlarms",
        summary="Accounts that gave many transfers in a short time",
        openapi_extra=reads.described(desk, AlarmPage, EXAMPLE),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        account: paging.Filter = None,
    ) -> Response:
        last = (-1, "") if after is None else tuple(paging.read_cursor(after, (int, str)))
        try:
            async with asyncio.timeout(desk.wait_ms / 1000):
                await follower.reach(desk.registry.head.position)
        except TimeoutError:
            raise WaitRanOut("the journal is still being read for alarms") from None

        def view(_: Connection) -> AlarmPage:
            found = [
                alarm
                for alarm in sorted(follower.watch.alarms, key=_key)
                if account in (None, alarm.account) and _key(alarm) > last
            ]
            if len(found) <= limit:
                return AlarmPage(tuple(found))
            more = paging.write_cursor(_key(found[limit - 1]))
            return AlarmPage(tuple(found[:limit]), more)

        return await reads.show(desk, request, view)


def _key(alarm: Alarm) -> tuple[int, str]:
    return alarm.position, alarm.account
