"""Campaigns over HTTP: everybody sees what came together, a partner its own part."""

import msgspec
from fastapi import APIRouter
from msgspec import UNSET, UnsetType

from libs.edge import lists
from libs.edge.desk import Desk
from libs.edge.writes import Write
from services.pools.campaigns.commands import CloseCampaign, JoinCampaign, OpenCampaign
from services.pools.campaigns.projection import campaigns, partners
from services.pools.concerning import led

AT = "2026-07-01T00:00:00.000Z"
POOL, CAMPAIGN, TENANT = "nichinan", "parks-2026", "T01"


class CampaignView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A campaign: certificates and their grams, and yen that were given under it.

    What these yen became stands with the donations.
    """

    pool: str
    campaign: str
    name: str
    runs_from: str
    runs_to: str
    closed_at: str | None = None
    partners: int
    certificates: int
    grams: int
    yen: int
    position: int
    at: str


class CampaignPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Campaigns in the order of pool and name."""

    items: tuple[CampaignView, ...]
    next_cursor: str | UnsetType = UNSET


class PartnerView(msgspec.Struct, frozen=True, kw_only=True):
    """A partner of a campaign, and what it told out and was given under it."""

    pool: str
    campaign: str
    tenant: str
    certificates: int
    grams: int
    yen: int
    position: int
    at: str


class PartnerPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Partners in the order of pool, campaign and account."""

    items: tuple[PartnerView, ...]
    next_cursor: str | UnsetType = UNSET


TAG = "pools"
WRITES = (
    Write(
        command="campaign.open.v1",
        path="/v1/pools/{pool}/campaigns",
        body=OpenCampaign,
        operation="openCampaign",
        summary="Open a campaign of a pool",
        example=OpenCampaign(
            pool=POOL,
            campaign=CAMPAIGN,
            name="A year in the parks",
            runs_from="2026-04-01",
            runs_to="2027-03-31",
        ),
        tag=TAG,
        concerns=led,
    ),
    Write(
        command="campaign.join.v1",
        path="/v1/pools/{pool}/campaigns/partners",
        body=JoinCampaign,
        operation="joinCampaign",
        summary="Take a tenant into a campaign",
        example=JoinCampaign(pool=POOL, campaign=CAMPAIGN, tenant=TENANT),
        tag=TAG,
        concerns=led,
    ),
    Write(
        command="campaign.close.v1",
        path="/v1/pools/{pool}/campaigns/closing",
        body=CloseCampaign,
        operation="closeCampaign",
        summary="End a campaign before its last day",
        example=CloseCampaign(pool=POOL, campaign=CAMPAIGN),
        tag=TAG,
        concerns=led,
    ),
)

LISTS = (
    lists.Listed(
        path="/v1/campaigns",
        operation="listCampaigns",
        summary="Campaigns, and what came together under each",
        example=CampaignPage(
            (
                CampaignView(
                    pool=POOL,
                    campaign=CAMPAIGN,
                    name="A year in the parks",
                    runs_from="2026-04-01",
                    runs_to="2027-03-31",
                    partners=34,
                    certificates=120,
                    grams=120_000,
                    yen=15_000,
                    position=40,
                    at=AT,
                ),
            )
        ),
        table=campaigns,
        key=("place",),
        item=lambda row: msgspec.convert(row, CampaignView),
        everybody=True,
        by="pool",
    ),
    lists.Listed(
        path="/v1/campaigns/partners",
        operation="listPartners",
        summary="Partners of campaigns, and each one's part",
        example=PartnerPage(
            (
                PartnerView(
                    pool=POOL,
                    campaign=CAMPAIGN,
                    tenant=TENANT,
                    certificates=20,
                    grams=20_000,
                    yen=0,
                    position=41,
                    at=AT,
                ),
            )
        ),
        table=partners,
        key=("place",),
        item=lambda row: msgspec.convert(row, PartnerView),
        parties=("account", "tenant"),
        by="campaign",
    ),
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Give every list its route."""
    for listed in LISTS:
        lists.add(routes, desk, listed)
