"""Pools プール: a town's forest gives grams to stickers, gifts and the yen of one-yen products.

Names are made up, quantities are those of published cases: stickers of 1 kg, of which 1,001 need
two tonnes, and one yen a product, at 15,000 yen a tonne.
"""

from libs.ledger.events import ApplicationFiled
from libs.ledger.events.offsets import Gift, Product
from services.invalidation.commands import ConfirmApplication, FileApplications, Filing
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
from services.scenarios import j_credit
from services.scenarios.play import Step, Story

POOL, NAME, ORIGIN = "REIJI", "例示町 森のプール", "31"
STICKERS, YEN, PRICE = 1_001, 14_985, 15_000
KILOGRAM = 1_000


def story() -> Story:
    """Tell it from the first day."""
    yield from j_credit.begun()
    yield from platform("FOREST", "SHOP")


def platform(holder: str, tenant: str) -> Story:
    """Tell the seven steps of a platform: plan, application, fee, quota, goods, report, paper."""
    ours, theirs = f"holder:{holder.lower()}", f"holder:{tenant.lower()}"
    opened = OpenPool(POOL, holder, NAME, origin=(ORIGIN,))
    yield Step(f"{NAME} is opened, for credits of the town's own forests", ours, opened)
    yield from _retired(holder, 1)
    plan = ApplyAsTenant(POOL, tenant, "1枚1kgのシールを商品に貼る")
    yield Step("A shop would offer goods out of it 企画・申込", theirs, plan)
    sealed = Product(product="シール付きの商品", grams_each=KILOGRAM)
    goods = OfferGoods(POOL, tenant, "SEAL", "1kgシール", KILOGRAM, "sticker", offset=sealed)
    yield Step("  … but has not paid its fee", theirs, goods, "fee_not_paid")
    admitted = AdmitTenant(POOL, tenant, "2099-03-31")
    yield Step("  … it has now: 利用開始", ours, admitted)
    yield Step("  … and offers stickers of 1 kg", theirs, goods)
    quota = BuyQuota(POOL, tenant, STICKERS * KILOGRAM)
    yield Step("1,001 stickers out of one tonne", theirs, quota, "quota_exceeded")
    yield from _retired(holder, 1)
    yield Step("  … out of two: 枠購入", theirs, quota)
    given = (
        Allocation(goods="SEAL", count=1_000, recipient="例示きのこ園"),
        Allocation(grams=KILOGRAM, recipient="例示町立例示小学校", note="社会科見学のお礼"),
    )
    gift = Gift(municipality="例示町", gift="森の恵みの詰合せ")
    told = "The shop reports what it gave out 利用報告: a sheet of stickers, and a gift"
    yield Step(told, theirs, AllocateGrams(POOL, given, tenant, offset=gift))
    more = AllocateGrams(POOL, (Allocation(goods="SEAL"),), tenant)
    yield Step("  … and one sticker more than it has", theirs, more, "quota_exceeded")
    yield from _donated(holder, ours)


def _retired(account: str, tonnes: int) -> Story:
    """Use credits up for the pool, with the pool as their user 利用者."""
    filing = Filing(
        account, NAME, "OFFSET_CREDIT_ATTACHED", "プールのための無効化", quantity=tonnes, pool=POOL
    )
    ours = f"holder:{account.lower()}"
    filed = yield Step(f"  … {tonnes} t are applied for", ours, FileApplications((filing,)))
    for event in filed.events or ():
        if isinstance(event, ApplicationFiled):
            told = "  … and used up 無効化: a million grams each"
            yield Step(told, ours, ConfirmApplication(event.application))


def _donated(holder: str, ours: str) -> Story:
    """Yen wait 預り until credits are bought, and then become grams at the price paid."""
    pledged = (
        Pledge(10_000, recipient="例示町 道の駅"),
        Pledge(YEN - 10_000, recipient="例示豆腐店", note="1品1円"),
    )
    told = "One yen a product: 14,985 yen are entrusted to the pool 寄付"
    yield Step(told, ours, PledgeDonations(POOL, pledged))
    settled = SettleDonations(POOL, YEN, PRICE, holder)
    yield Step("  … and become 999 kg at 15,000 yen a tonne", ours, settled)
    yield Step("  … whose seller is paid", ours, PaySeller(POOL, holder, YEN))
