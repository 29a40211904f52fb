"""What the pools room can be asked.

A pool プール takes its grams from credits that were retired for it (`pool` in an application of the
invalidation room): a certificate says a part of what is used up already, and is no credit.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.events import LINES_MAX
from libs.ledger.events.offsets import Offset
from libs.ledger.instants import Day
from libs.ledger.serials import Quantity
from libs.ledger.texts import Code, Name, Note

PoolId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}(?![\s\S])")]
Origin = Annotated[
    str,
    msgspec.Meta(
        max_length=300, pattern=r"^([1-9]|[1-3][0-9]|4[0-7])(/[^\x00-\x1f\x7f-\x9f]+)?(?![\s\S])"
    ),
]
"""A prefecture by its number of JIS X 0401, and where in it projects' places begin: `31/日南町`."""

Commitment = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}(?![\s\S])")]
Use = Literal["gift", "product", "sticker", "event", "travel", "activity", "donation", "member"]
"""What a certificate is given with: a gift 返礼品, goods, a sticker, an event, a journey, one's own
activity, a donation 1品1円, a member's programme."""


class OpenPool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open a pool: credits of an account are retired for it, with `name` as their user.

    With `origin`, only credits of projects there are: a town gives what its own forests took in.
    """

    pool: PoolId
    account: AccountId
    name: Name
    origin: (
        Annotated[tuple[Origin, ...], msgspec.Meta(min_length=1, max_length=100)] | UnsetType
    ) = UNSET


class ApplyAsTenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Apply to offer goods with offsets out of a pool 申込, by a plan 企画."""

    pool: PoolId
    tenant: AccountId
    plan: Note


class AdmitTenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say until which day a tenant's fee is paid 利用開始; again at each renewal."""

    pool: PoolId
    tenant: AccountId
    paid_until: Day


class BuyQuota(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make grams of a pool a tenant's own quota 枠購入."""

    pool: PoolId
    tenant: AccountId
    grams: Quantity


class OfferGoods(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Offer goods, each of which offsets so many grams: a sticker of 1 kg has 1,000.

    `offset` is what their certificates say was offset.
    """

    pool: PoolId
    tenant: AccountId
    goods: Code
    name: Name
    grams: Quantity
    use: Use
    offset: Offset | UnsetType = UNSET


class Allocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One certificate: so many grams, or so many (`count`) of goods that are offered.

    `recipient` is a legal entity or whatever name is public; a natural person is the `commitment`
    to particulars that can be erased.
    """

    grams: Quantity | UnsetType = UNSET
    goods: Code | UnsetType = UNSET
    count: Quantity | UnsetType = UNSET
    recipient: Name | UnsetType = UNSET
    commitment: Commitment | UnsetType = UNSET
    note: Note | UnsetType = UNSET


class AllocateGrams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tell grams out to certificates 利用報告, all lines or none.

    They leave the tenant's quota, or where no tenant is named what the pool has not sold. `offset`
    is what all the lines offset, where their goods do not say it.
    """

    pool: PoolId
    lines: Annotated[tuple[Allocation, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]
    tenant: AccountId | UnsetType = UNSET
    offset: Offset | UnsetType = UNSET
    campaign: Code | UnsetType = UNSET


class Pledge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One donation, in yen: who gave it, by name or by commitment."""

    yen: Quantity
    recipient: Name | UnsetType = UNSET
    commitment: Commitment | UnsetType = UNSET
    note: Note | UnsetType = UNSET


class PledgeDonations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Entrust yen to a pool 寄付; what they become is not known before credits are bought."""

    pool: PoolId
    lines: Annotated[tuple[Pledge, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]
    tenant: AccountId | UnsetType = UNSET
    campaign: Code | UnsetType = UNSET


class SettleDonations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let the oldest yen become grams of credits that were bought at this price and retired.

    `price` is yen per tonne, as it was paid to the seller.
    """

    pool: PoolId
    yen: Quantity
    price: Quantity
    seller: AccountId


class PaySeller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Note that settled yen went to who sold the credits."""

    pool: PoolId
    seller: AccountId
    yen: Quantity
