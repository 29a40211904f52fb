"""What can be asked of campaigns: the pool opens one, takes partners in, and may close it early."""

import msgspec

from libs.ledger.accounts import AccountId
from libs.ledger.instants import Day
from libs.ledger.texts import Code, Name
from services.pools.commands import PoolId


class OpenCampaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open a campaign of a pool for some legal days, the first and the last of them in it."""

    pool: PoolId
    campaign: Code
    name: Name
    runs_from: Day
    runs_to: Day


class JoinCampaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a tenant of the pool into a campaign as a partner 参加者; also when it runs already."""

    pool: PoolId
    campaign: Code
    tenant: AccountId


class CloseCampaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """End a campaign before its last day."""

    pool: PoolId
    campaign: Code
