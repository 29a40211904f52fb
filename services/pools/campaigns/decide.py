"""The rules of campaigns: they are the pool's, and their partners are tenants of it."""

from libs.ledger.decider import Act, ruling
from libs.ledger.events import CampaignClosed, CampaignJoined, CampaignOpened
from libs.ledger.instants import real_day
from libs.ledger.records import Campaign
from libs.ledger.records.pools import key
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.pools.campaigns.commands import CloseCampaign, JoinCampaign, OpenCampaign
from services.pools.decide import led


def open_campaign(state: State, act: Act, asked: OpenCampaign) -> Outcome:
    """Open a campaign; its days may lie behind, but nothing can be told out on these any more."""
    pool = led(state, act, asked.pool)
    if isinstance(pool, Rejected):
        return pool
    for day in (asked.runs_from, asked.runs_to):
        if not real_day(day):
            return refuse(Reason.DAY_NOT_IN_CALENDAR, day=day)
    if asked.runs_to < asked.runs_from:
        return refuse(Reason.PERIOD_REVERSED, first=asked.runs_from, last=asked.runs_to)
    if key(asked.pool, asked.campaign) in state.registers.campaigns:
        return refuse(Reason.CAMPAIGN_EXISTS, campaign=asked.campaign)
    return (
        CampaignOpened(
            pool=asked.pool,
            campaign=asked.campaign,
            name=asked.name,
            runs_from=asked.runs_from,
            runs_to=asked.runs_to,
        ),
    )


def join_campaign(state: State, act: Act, asked: JoinCampaign) -> Outcome:
    """Take in a tenant of the pool, once; whether its fee is paid is asked when it tells out."""
    campaign = _open(state, act, asked)
    if isinstance(campaign, Rejected):
        return campaign
    if key(asked.pool, asked.tenant) not in state.registers.tenants:
        return refuse(Reason.TENANT_NOT_FOUND, tenant=asked.tenant)
    if asked.tenant in campaign.partners:
        return refuse(Reason.PARTNER_EXISTS, campaign=asked.campaign, tenant=asked.tenant)
    return (CampaignJoined(pool=asked.pool, campaign=asked.campaign, tenant=asked.tenant),)


def close_campaign(state: State, act: Act, asked: CloseCampaign) -> Outcome:
    """End a campaign; what was told out under it stays."""
    campaign = _open(state, act, asked)
    if isinstance(campaign, Rejected):
        return campaign
    return (CampaignClosed(pool=asked.pool, campaign=asked.campaign),)


def _open(state: State, act: Act, asked: JoinCampaign | CloseCampaign) -> Campaign | Rejected:
    """Return a campaign of a pool that this actor leads, unless it was closed."""
    pool = led(state, act, asked.pool)
    if isinstance(pool, Rejected):
        return pool
    campaign = state.registers.campaigns.get(key(asked.pool, asked.campaign))
    if campaign is None:
        return refuse(Reason.CAMPAIGN_NOT_FOUND, campaign=asked.campaign)
    if campaign.closed:
        days = {"runs_from": campaign.runs_from, "runs_to": campaign.runs_to}
        return refuse(Reason.CAMPAIGN_NOT_RUNNING, **days)
    return campaign


RULINGS = {
    "campaign.open.v1": ruling(OpenCampaign, open_campaign),
    "campaign.join.v1": ruling(JoinCampaign, join_campaign),
    "campaign.close.v1": ruling(CloseCampaign, close_campaign),
}
