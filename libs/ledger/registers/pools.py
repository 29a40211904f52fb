"""What facts of the pools leave in the registers."""

from typing import assert_never

from msgspec import UNSET
from msgspec.structs import replace

from libs.ledger import events as e
from libs.ledger.records.pools import Campaign, Goods, Pool, Tenant, key
from libs.ledger.state import State


def note(state: State, event: e.PoolEvent) -> None:
    """Note what a fact says beside its postings; mypy names the one that is missing here."""
    kept = state.registers
    match event:
        case e.PoolOpened():
            state.put(
                kept.pools, event.pool, Pool(event.pool, event.account, event.name, event.origin)
            )
        case e.TenantApplied():
            tenant = Tenant(event.pool, event.tenant)
            state.put(kept.tenants, key(event.pool, event.tenant), tenant)
        case e.TenantAdmitted():
            tenant = Tenant(event.pool, event.tenant, event.paid_until)
            state.put(kept.tenants, key(event.pool, event.tenant), tenant)
        case e.GoodsOffered():
            goods = Goods(event.pool, event.tenant, event.goods, event.grams)
            state.put(kept.goods, key(event.pool, event.tenant, event.goods), goods)
        case e.GramsAllocated():
            _count(state, event.pool, allocated=_grams(event))
        case e.DonationsPledged():
            _count(state, event.pool, pledged=sum(one.yen for one in event.pledged))
        case e.DonationsSettled():
            _count(state, event.pool, allocated=_grams(event), settled=event.yen)
        case e.CampaignOpened():
            days = (event.runs_from, event.runs_to)
            name = key(event.pool, event.campaign)
            state.put(kept.campaigns, name, Campaign(event.pool, event.campaign, *days))
        case e.CampaignJoined():
            campaign = kept.campaigns[key(event.pool, event.campaign)]
            joined = replace(campaign, partners=(*campaign.partners, event.tenant))
            state.put(kept.campaigns, key(event.pool, event.campaign), joined)
        case e.CampaignClosed():
            name = key(event.pool, event.campaign)
            state.put(kept.campaigns, name, replace(kept.campaigns[name], closed=True))
        case e.QuotaBought() | e.SellerPaid() | e.MeetingOrdered():
            pass
        case _:
            assert_never(event)


def retire(state: State, event: e.CreditsUsed) -> None:
    """Count the grams of credits that were used up for a pool."""
    if event.pool is not UNSET:
        _count(state, event.pool, retired=_grams(event))


def _count(state: State, name: str, **more: int) -> None:
    pool = state.registers.pools[name]
    counted = {what: getattr(pool, what) + count for what, count in more.items()}
    state.put(state.registers.pools, name, replace(pool, **counted))


def _grams(event: e.Fact) -> int:
    return sum(part.quantity for part in event.postings if isinstance(part, e.GramPosting))
