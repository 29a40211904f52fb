"""Whom a command of the pools room concerns: who is not among them may not send it."""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select

from libs.edge.cursors import snapshot
from libs.edge.desk import Desk
from services.pools.campaigns.commands import CloseCampaign, JoinCampaign, OpenCampaign
from services.pools.commands import (
    AdmitTenant,
    AllocateGrams,
    PaySeller,
    PledgeDonations,
    SettleDonations,
)
from services.pools.meetings.commands import OrderMeeting
from services.pools.projection import pools

Leading: TypeAlias = (
    AdmitTenant | SettleDonations | PaySeller | OpenCampaign | JoinCampaign | CloseCampaign
)
Telling: TypeAlias = AllocateGrams | PledgeDonations | OrderMeeting


async def led(desk: Desk, asked: Leading) -> Iterable[str]:
    """A pool is led by its account; the tables know it once they are there."""
    return await _account(desk, asked.pool)


async def told_out(desk: Desk, asked: Telling) -> Iterable[str]:
    """What a tenant tells out is its own; what nobody is named for is the pool's."""
    if asked.tenant is not msgspec.UNSET:
        return {asked.tenant}
    return await _account(desk, asked.pool)


async def _account(desk: Desk, pool: str) -> Iterable[str]:
    await desk.registry.caught_up(desk.registry.head.position, desk.wait_ms)
    wanted = select(pools.c.account).where(pools.c.pool == pool)

    def within() -> Iterable[str]:
        with snapshot(desk.registry.views) as connection:
            return tuple(connection.scalars(wanted))

    return await run_in_threadpool(within)
