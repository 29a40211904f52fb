"""The pools room over HTTP: retired tonnes told out in grams, and yen that become grams."""

from collections.abc import Iterable

from fastapi import APIRouter

from libs.edge import writes
from libs.edge.desk import Desk
from libs.edge.writes import Write
from services.pools import listing, parents, shares
from services.pools.campaigns import api as campaigns
from services.pools.commands import (
    AdmitTenant,
    AllocateGrams,
    Allocation,
    ApplyAsTenant,
    BuyQuota,
    OfferGoods,
    OpenPool,
    PaySeller,
    Pledge,
    PledgeDonations,
    SettleDonations,
)
from services.pools.concerning import led, told_out
from services.pools.meetings import api as meetings

TAG = ("pools", "Retired tonnes told out in grams: quotas, certificates, donations.")
POOL, TENANT = "nichinan", "T01"


async def _opened(_: Desk, asked: OpenPool) -> Iterable[str]:
    """A pool is the account's whose credits are retired for it."""
    return {asked.account}


async def _tenant(_: Desk, asked: ApplyAsTenant | BuyQuota | OfferGoods) -> Iterable[str]:
    """A tenant is the account of the same name."""
    return {asked.tenant}


WRITES = (
    Write(
        command="pool.open.v1",
        path="/v1/pools",
        body=OpenPool,
        operation="openPool",
        summary="Open a pool that credits are retired for",
        example=OpenPool(pool=POOL, account="A01", name="Town of Nichinan", origin=("31",)),
        tag=TAG[0],
        concerns=_opened,
    ),
    Write(
        command="tenant.apply.v1",
        path="/v1/pools/{pool}/tenants",
        body=ApplyAsTenant,
        operation="applyAsTenant",
        summary="Apply to offer goods with offsets",
        example=ApplyAsTenant(pool=POOL, tenant=TENANT, plan="A sticker on each bag."),
        tag=TAG[0],
        concerns=_tenant,
    ),
    Write(
        command="tenant.admit.v1",
        path="/v1/pools/{pool}/tenants/{tenant}/admission",
        body=AdmitTenant,
        operation="admitTenant",
        summary="Say until when a tenant's fee is paid",
        example=AdmitTenant(pool=POOL, tenant=TENANT, paid_until="2027-03-31"),
        tag=TAG[0],
        concerns=led,
    ),
    Write(
        command="quota.buy.v1",
        path="/v1/pools/{pool}/tenants/{tenant}/quotas",
        body=BuyQuota,
        operation="buyQuota",
        summary="Make grams of a pool a tenant's quota",
        example=BuyQuota(pool=POOL, tenant=TENANT, grams=2_000_000),
        tag=TAG[0],
        concerns=_tenant,
    ),
    Write(
        command="goods.offer.v1",
        path="/v1/pools/{pool}/tenants/{tenant}/goods",
        body=OfferGoods,
        operation="offerGoods",
        summary="Offer goods that offset grams",
        example=OfferGoods(
            pool=POOL,
            tenant=TENANT,
            goods="junsai-1kg",
            name="Junsai with a sticker of 1 kg",
            grams=1000,
            use="sticker",
        ),
        tag=TAG[0],
        concerns=_tenant,
    ),
    Write(
        command="grams.allocate.v1",
        path="/v1/pools/{pool}/allocations",
        body=AllocateGrams,
        operation="allocateGrams",
        summary="Tell grams out to certificates",
        example=AllocateGrams(
            pool=POOL,
            tenant=TENANT,
            lines=(Allocation(goods="junsai-1kg", count=1001, recipient="Example Foods Ltd."),),
        ),
        tag=TAG[0],
        concerns=told_out,
    ),
    Write(
        command="donations.pledge.v1",
        path="/v1/pools/{pool}/donations",
        body=PledgeDonations,
        operation="pledgeDonations",
        summary="Entrust yen to a pool",
        example=PledgeDonations(pool=POOL, lines=(Pledge(yen=15_000, recipient="Example Inn"),)),
        tag=TAG[0],
        concerns=told_out,
    ),
    Write(
        command="donations.settle.v1",
        path="/v1/pools/{pool}/settlements",
        body=SettleDonations,
        operation="settleDonations",
        summary="Let the oldest yen become grams",
        example=SettleDonations(pool=POOL, yen=15_000, price=15_000, seller="B02"),
        tag=TAG[0],
        concerns=led,
    ),
    Write(
        command="seller.pay.v1",
        path="/v1/pools/{pool}/payments",
        body=PaySeller,
        operation="paySeller",
        summary="Note that settled yen went to the seller",
        example=PaySeller(pool=POOL, seller="B02", yen=15_000),
        tag=TAG[0],
        concerns=led,
    ),
    *campaigns.WRITES,
    *meetings.WRITES,
)
ROUTES = writes.routes(WRITES)


def router(desk: Desk) -> APIRouter:
    """Return the room's routes."""
    routes = APIRouter(tags=[TAG[0]])
    listing.add(routes, desk)
    parents.add(routes, desk)
    shares.add(routes, desk)
    campaigns.add(routes, desk)
    meetings.add(routes, desk)
    writes.add(routes, desk, WRITES)
    return routes
