"""Facts of the pools: whole tonnes that were retired once, told apart in grams and in yen.

The grams of a pool are booked when credits are used up for it: 1,000,000 for each, and never more
are allocated (I6). Its yen are donations that wait to become credits.
"""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.events.fact import Fact
from libs.ledger.events.offsets import Offset

GRAMS = 1_000_000
"""What one credit holds."""


class PoolFact(Fact, frozen=True, kw_only=True):
    """A fact about a pool."""

    pool: str


class PoolOpened(PoolFact, frozen=True, kw_only=True, tag="pool.opened.v1"):
    """An account may retire credits for a pool; `origin` says where they must have been made."""

    account: str
    name: str
    origin: tuple[str, ...] | UnsetType = UNSET


class TenantApplied(PoolFact, frozen=True, kw_only=True, tag="tenant.applied.v1"):
    """The holder of an account would offer goods with offsets out of a pool 申込."""

    tenant: str
    plan: str


class TenantAdmitted(PoolFact, frozen=True, kw_only=True, tag="tenant.admitted.v1"):
    """A tenant has paid its fee 年会費 until a day, that day included."""

    tenant: str
    paid_until: str


class QuotaBought(PoolFact, frozen=True, kw_only=True, tag="quota.bought.v1"):
    """Grams of a pool are a tenant's quota 枠; the posting says how many."""

    tenant: str


class GoodsOffered(PoolFact, frozen=True, kw_only=True, tag="goods.offered.v1"):
    """A tenant offers goods, each of which offsets so many grams; `offset` says of what."""

    tenant: str
    goods: str
    name: str
    grams: int
    use: str
    offset: Offset | UnsetType = UNSET


class Allocated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one certificate says: how many grams, for whom and for which goods.

    A natural person stands here as the commitment to particulars that are kept elsewhere.
    """

    grams: int
    goods: str | UnsetType = UNSET
    count: int | UnsetType = UNSET
    recipient: str | UnsetType = UNSET
    commitment: str | UnsetType = UNSET
    note: str | UnsetType = UNSET


class GramsAllocated(PoolFact, frozen=True, kw_only=True, tag="grams.allocated.v1"):
    """Grams were told out to certificates, one a line; nothing takes them back.

    `first` is how many grams of the pool were allocated before: so every certificate covers known
    grams of known retirements. `offset` is what all of them were for.
    """

    batch: str
    first: int
    allocated: tuple[Allocated, ...]
    tenant: str | UnsetType = UNSET
    offset: Offset | UnsetType = UNSET
    campaign: str | UnsetType = UNSET


class Pledged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A donation 寄付: yen that will be grams, and whose; until then a receipt 預り証."""

    yen: int
    recipient: str | UnsetType = UNSET
    commitment: str | UnsetType = UNSET
    note: str | UnsetType = UNSET


class DonationsPledged(PoolFact, frozen=True, kw_only=True, tag="donations.pledged.v1"):
    """Yen were entrusted to a pool; `first` is how many were before."""

    first: int
    pledged: tuple[Pledged, ...]
    tenant: str | UnsetType = UNSET
    campaign: str | UnsetType = UNSET


class DonationsSettled(PoolFact, frozen=True, kw_only=True, tag="donations.settled.v1"):
    """The oldest donations became grams, at the yen per tonne that was paid for the credits.

    They are the yen from `first` on; of each pledge, as many grams as fall into its yen.
    """

    batch: str
    first: int
    yen: int
    price: int
    seller: str


class CampaignOpened(PoolFact, frozen=True, kw_only=True, tag="campaign.opened.v1"):
    """Tenants of a pool may tell out under one name キャンペーン, on these legal days."""

    campaign: str
    name: str
    runs_from: str
    runs_to: str


class CampaignJoined(PoolFact, frozen=True, kw_only=True, tag="campaign.joined.v1"):
    """A tenant is a partner 参加者 of a campaign."""

    campaign: str
    tenant: str


class CampaignClosed(PoolFact, frozen=True, kw_only=True, tag="campaign.closed.v1"):
    """A campaign ended before its last day; what was told out under it stays."""

    campaign: str


class MeetingOrdered(PoolFact, frozen=True, kw_only=True, tag="meeting.ordered.v1"):
    """A meeting without emissions CO2実質ゼロ会議 was ordered: its grams follow from the rules.

    `batch` is the allocation of the same entry: its certificate.
    """

    batch: str
    title: str
    held_on: str
    attendees: int
    area_m2: int
    minutes: int
    online: bool
    grams: int
    tenant: str | UnsetType = UNSET


class SellerPaid(PoolFact, frozen=True, kw_only=True, tag="seller.paid.v1"):
    """Donated yen went to who sold the credits."""

    seller: str


PoolEvent: TypeAlias = (
    PoolOpened
    | TenantApplied
    | TenantAdmitted
    | QuotaBought
    | GoodsOffered
    | GramsAllocated
    | DonationsPledged
    | DonationsSettled
    | SellerPaid
    | CampaignOpened
    | CampaignJoined
    | CampaignClosed
    | MeetingOrdered
)
