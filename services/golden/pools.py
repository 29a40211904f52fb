"""Examples of the facts of the pools room."""

from libs.ledger import events as e

POOL = "nichinan"

EXAMPLES: tuple[e.Event, ...] = (
    e.PoolOpened(pool=POOL, account="B02", name="日南町", origin=("31/日南町", "32")),
    e.TenantApplied(pool=POOL, tenant="T01", plan="じゅんさいのシール"),
    e.TenantAdmitted(pool=POOL, tenant="T01", paid_until="2027-03-31"),
    e.QuotaBought(
        pool=POOL,
        tenant="T01",
        postings=(e.GramPosting(POOL, 2_000_000, f"G:CAP:{POOL}", f"G:CAP:{POOL}/T01"),),
    ),
    e.GoodsOffered(
        pool=POOL, tenant="T01", goods="junsai-1kg", name="じゅんさい", grams=1000, use="sticker"
    ),
    e.GramsAllocated(
        pool=POOL,
        batch="g-60",
        first=0,
        tenant="T01",
        allocated=(
            e.Allocated(grams=1_001_000, goods="junsai-1kg", count=1001, recipient="管野組"),
            e.Allocated(grams=5, commitment="ab" * 32, note="お礼"),
        ),
        postings=(e.GramPosting(POOL, 1_001_005, f"G:CAP:{POOL}/T01", "G:ALLOC:g-60"),),
    ),
    e.DonationsPledged(
        pool=POOL,
        first=7,
        tenant="T01",
        pledged=(
            e.Pledged(yen=1, recipient="道の駅", note="1品1円"),
            e.Pledged(yen=14_999, commitment="cd" * 32),
        ),
        postings=(e.YenPosting(POOL, 15_000, f"C:POOL:{POOL}", "C:TRUST"),),
    ),
    e.DonationsSettled(
        pool=POOL,
        batch="g-62",
        first=7,
        yen=15_000,
        price=15_000,
        seller="B02",
        postings=(
            e.YenPosting(POOL, 15_000, "C:PAYABLE:B02", f"C:POOL:{POOL}"),
            e.GramPosting(POOL, 1_000_000, f"G:CAP:{POOL}", "G:ALLOC:g-62"),
        ),
    ),
    e.SellerPaid(
        pool=POOL,
        seller="B02",
        postings=(e.YenPosting(POOL, 15_000, "C:TRUST", "C:PAYABLE:B02"),),
    ),
    e.CampaignOpened(
        pool=POOL,
        campaign="parks-2026",
        name="国立公園キャンペーン",
        runs_from="2026-07-01",
        runs_to="2026-08-31",
    ),
    e.CampaignJoined(pool=POOL, campaign="parks-2026", tenant="T01"),
    e.CampaignClosed(pool=POOL, campaign="parks-2026"),
    e.MeetingOrdered(
        pool=POOL,
        tenant="T01",
        batch="g-63",
        title="定例会議",
        held_on="2026-06-24",
        attendees=40,
        area_m2=120,
        minutes=90,
        online=False,
        grams=21_000,
    ),
)
