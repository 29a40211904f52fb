"""The rules of the pools room: never more grams than were retired, never more yen than were given.

What a pool or a tenant can still tell out is a balance that no law lets fall below zero (I6).
"""

from collections.abc import Iterator

from msgspec import UNSET, UnsetType

from libs.ledger import settling
from libs.ledger.campaigning import campaign_wrong
from libs.ledger.decider import Act, ruling
from libs.ledger.events import (
    Allocated,
    DonationsPledged,
    DonationsSettled,
    GoodsOffered,
    GramPosting,
    GramsAllocated,
    Pledged,
    PoolOpened,
    QuotaBought,
    SellerPaid,
    TenantAdmitted,
    TenantApplied,
    YenPosting,
)
from libs.ledger.instants import real_day
from libs.ledger.offsetting import offset_wrong
from libs.ledger.pooling import capacity, free
from libs.ledger.records import Pool
from libs.ledger.records.pools import key
from libs.ledger.serials import INTEGER_MAX
from libs.ledger.standing import not_allowed, not_open, today
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
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

TRUST = "C:TRUST"
"""Where donated yen are kept 資金管理口座 until the credits are paid."""


def open_pool(state: State, act: Act, asked: OpenPool) -> Outcome:
    """Open a pool of an account; the rule set says what its credits are retired for."""
    wrong = not_allowed(state, act, asked.account, "approve") or not_open(state, asked.account)
    if wrong:
        return wrong
    if asked.pool in state.registers.pools:
        return refuse(Reason.POOL_EXISTS, pool=asked.pool)
    if state.rules.pools is UNSET:
        return refuse(Reason.POOLS_NOT_RULED, rules=state.rules.name)
    return (
        PoolOpened(pool=asked.pool, account=asked.account, name=asked.name, origin=asked.origin),
    )


def apply_as_tenant(state: State, act: Act, asked: ApplyAsTenant) -> Outcome:
    """Note who would offer goods out of a pool; it may when the pool has its fee."""
    wrong = not_allowed(state, act, asked.tenant, "approve") or not_open(state, asked.tenant)
    if wrong:
        return wrong
    if asked.pool not in state.registers.pools:
        return refuse(Reason.POOL_NOT_FOUND, pool=asked.pool)
    if key(asked.pool, asked.tenant) in state.registers.tenants:
        return refuse(Reason.TENANT_EXISTS, tenant=asked.tenant)
    return (TenantApplied(pool=asked.pool, tenant=asked.tenant, plan=asked.plan),)


def admit_tenant(state: State, act: Act, asked: AdmitTenant) -> Outcome:
    """Say until when a tenant's fee is paid; the pool says so, and it alone."""
    pool = led(state, act, asked.pool)
    if isinstance(pool, Rejected):
        return pool
    if not real_day(asked.paid_until):
        return refuse(Reason.DAY_NOT_IN_CALENDAR, day=asked.paid_until)
    if key(asked.pool, asked.tenant) not in state.registers.tenants:
        return refuse(Reason.TENANT_NOT_FOUND, tenant=asked.tenant)
    return (TenantAdmitted(pool=asked.pool, tenant=asked.tenant, paid_until=asked.paid_until),)


def buy_quota(state: State, act: Act, asked: BuyQuota) -> Outcome:
    """Move grams of a pool into a tenant's quota."""
    wrong = _may_offer(state, act, asked.pool, asked.tenant)
    if wrong:
        return wrong
    left = free(state, asked.pool)
    if left < asked.grams:
        return refuse(Reason.QUOTA_EXCEEDED, left=left, wanted=asked.grams)
    ends = (capacity(asked.pool), capacity(asked.pool, asked.tenant))
    bought = GramPosting(asked.pool, asked.grams, *ends)
    return (QuotaBought(pool=asked.pool, tenant=asked.tenant, postings=(bought,)),)


def offer_goods(state: State, act: Act, asked: OfferGoods) -> Outcome:
    """Offer goods; how many grams they offset stays as it is said here."""
    wrong = _may_offer(state, act, asked.pool, asked.tenant) or offset_wrong(asked.offset)
    if wrong:
        return wrong
    if key(asked.pool, asked.tenant, asked.goods) in state.registers.goods:
        return refuse(Reason.GOODS_EXISTS, goods=asked.goods)
    return (
        GoodsOffered(
            pool=asked.pool,
            tenant=asked.tenant,
            goods=asked.goods,
            name=asked.name,
            grams=asked.grams,
            use=asked.use,
            offset=asked.offset,
        ),
    )


def allocate(state: State, act: Act, asked: AllocateGrams) -> Outcome:
    """Tell grams out, a certificate a line: all of them, or none."""
    wrong = _may_tell_out(state, act, asked) or offset_wrong(asked.offset)
    if wrong:
        return wrong
    told = _certificates(state, asked)
    if isinstance(told, Rejected):
        return told
    wanted = sum(one.grams for one in told)
    left = free(state, asked.pool, asked.tenant)
    if left < wanted:
        return refuse(Reason.QUOTA_EXCEEDED, left=left, wanted=wanted)
    batch = f"g-{act.position}"
    return (
        GramsAllocated(
            pool=asked.pool,
            batch=batch,
            first=state.registers.pools[asked.pool].allocated,
            tenant=asked.tenant,
            campaign=asked.campaign,
            allocated=told,
            offset=asked.offset,
            postings=(_told_out(asked.pool, asked.tenant, batch, wanted),),
        ),
    )


def _certificates(state: State, asked: AllocateGrams) -> tuple[Allocated, ...] | Rejected:
    found = []
    for number, line in enumerate(asked.lines):
        grams = _grams(state, asked, line)
        if isinstance(grams, Rejected):
            return refuse(grams.reason, **{**grams.facts, "line": number})
        found.append(
            Allocated(
                grams=grams,
                goods=line.goods,
                count=line.count,
                recipient=line.recipient,
                commitment=line.commitment,
                note=line.note,
            )
        )
    return tuple(found)


def _grams(state: State, asked: AllocateGrams, line: Allocation) -> int | Rejected:
    if line.goods is UNSET:
        if line.grams is UNSET or line.count is not UNSET:
            return refuse(Reason.GRAMS_AMBIGUOUS)
        return line.grams
    if line.grams is not UNSET or asked.tenant is UNSET:
        return refuse(Reason.GRAMS_AMBIGUOUS)
    goods = state.registers.goods.get(key(asked.pool, asked.tenant, line.goods))
    if goods is None:
        return refuse(Reason.GOODS_NOT_FOUND, goods=line.goods)
    return goods.grams * (1 if line.count is UNSET else line.count)


def pledge(state: State, act: Act, asked: PledgeDonations) -> Outcome:
    """Keep yen for a pool; each donor's are known by their place among all that were given."""
    wrong = _may_tell_out(state, act, asked)
    if wrong:
        return wrong
    pool = state.registers.pools[asked.pool]
    given = sum(line.yen for line in asked.lines)
    if pool.pledged + given > INTEGER_MAX:
        return refuse(Reason.GRAMS_TOO_MANY, pool=asked.pool)
    return (
        DonationsPledged(
            pool=asked.pool,
            first=pool.pledged,
            tenant=asked.tenant,
            campaign=asked.campaign,
            pledged=tuple(_kept(asked.lines)),
            postings=(YenPosting(asked.pool, given, f"C:POOL:{asked.pool}", TRUST),),
        ),
    )


def _kept(lines: tuple[Pledge, ...]) -> Iterator[Pledged]:
    for line in lines:
        yield Pledged(
            yen=line.yen, recipient=line.recipient, commitment=line.commitment, note=line.note
        )


def settle(state: State, act: Act, asked: SettleDonations) -> Outcome:
    """Let the oldest yen become grams at the price that was paid; a part of a gram is nobody's."""
    pool = led(state, act, asked.pool)
    if isinstance(pool, Rejected):
        return pool
    grams = settling.grams(asked.yen, asked.price)
    if not grams:
        return refuse(Reason.NOTHING_TO_CERTIFY, yen=asked.yen, price=asked.price)
    wrong = not_open(state, asked.seller)
    if wrong:
        return wrong
    left = pool.pledged - pool.settled
    if left < asked.yen:
        return refuse(Reason.DONATIONS_EXCEEDED, left=left, wanted=asked.yen)
    free_grams = free(state, asked.pool)
    if free_grams < grams:
        return refuse(Reason.QUOTA_EXCEEDED, left=free_grams, wanted=grams)
    batch = f"g-{act.position}"
    owed = YenPosting(asked.pool, asked.yen, _payable(asked.seller), f"C:POOL:{asked.pool}")
    return (
        DonationsSettled(
            pool=asked.pool,
            batch=batch,
            first=pool.settled,
            yen=asked.yen,
            price=asked.price,
            seller=asked.seller,
            postings=(owed, _told_out(asked.pool, UNSET, batch, grams)),
        ),
    )


def pay(state: State, act: Act, asked: PaySeller) -> Outcome:
    """Let settled yen leave the trust for who sold the credits; never more than it is owed."""
    pool = led(state, act, asked.pool)
    if isinstance(pool, Rejected):
        return pool
    payable = _payable(asked.seller)
    owed = -state.balances.get(("JPY", asked.pool, payable), 0)
    if owed < asked.yen:
        return refuse(Reason.PAYABLE_EXCEEDED, owed=owed, wanted=asked.yen)
    paid = YenPosting(asked.pool, asked.yen, TRUST, payable)
    return (SellerPaid(pool=asked.pool, seller=asked.seller, postings=(paid,)),)


def led(state: State, act: Act, name: str) -> Pool | Rejected:
    """Return a pool whose account this actor acts for."""
    pool = state.registers.pools.get(name)
    if pool is None:
        return refuse(Reason.POOL_NOT_FOUND, pool=name)
    return not_allowed(state, act, pool.account, "invalidate") or pool


def _may_offer(state: State, act: Act, pool: str, tenant: str) -> Rejected | None:
    """Refuse who does not act for a tenant, and a tenant whose fee is not paid."""
    wrong = not_allowed(state, act, tenant, "invalidate")
    if wrong:
        return wrong
    if pool not in state.registers.pools:
        return refuse(Reason.POOL_NOT_FOUND, pool=pool)
    known = state.registers.tenants.get(key(pool, tenant))
    if known is None:
        return refuse(Reason.TENANT_NOT_FOUND, tenant=tenant)
    if known.paid_until < today(state, act):
        return refuse(Reason.FEE_NOT_PAID, tenant=tenant, paid_until=known.paid_until or "never")
    return not_open(state, tenant)


def _may_tell_out(
    state: State, act: Act, asked: AllocateGrams | PledgeDonations
) -> Rejected | None:
    if asked.tenant is UNSET:
        pool = led(state, act, asked.pool)
        wrong = pool if isinstance(pool, Rejected) else None
    else:
        wrong = _may_offer(state, act, asked.pool, asked.tenant)
    return wrong or campaign_wrong(state, act, asked.pool, asked.campaign, asked.tenant)


def _told_out(pool: str, tenant: str | UnsetType, batch: str, grams: int) -> GramPosting:
    return GramPosting(pool, grams, capacity(pool, tenant), f"G:ALLOC:{batch}")


def _payable(seller: str) -> str:
    return f"C:PAYABLE:{seller}"


RULINGS = {
    "pool.open.v1": ruling(OpenPool, open_pool),
    "tenant.apply.v1": ruling(ApplyAsTenant, apply_as_tenant),
    "tenant.admit.v1": ruling(AdmitTenant, admit_tenant),
    "quota.buy.v1": ruling(BuyQuota, buy_quota),
    "goods.offer.v1": ruling(OfferGoods, offer_goods),
    "grams.allocate.v1": ruling(AllocateGrams, allocate),
    "donations.pledge.v1": ruling(PledgeDonations, pledge),
    "donations.settle.v1": ruling(SettleDonations, settle),
    "seller.pay.v1": ruling(PaySeller, pay),
}
