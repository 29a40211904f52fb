"""Examples of the facts of the invalidation room."""

from libs.ledger import events as e
from libs.ledger.serials import SerialRange
from services.golden.lot import LOT, moved

EXAMPLES: tuple[e.Event, ...] = (
    e.CreditsInvalidated(
        line=1,
        account="B02",
        beneficiary="株式会社サンプル",
        purpose="OFFSET_OWN_ACTIVITY",
        detail="Web-site, \u00e9t\u00e9 2025",
        period_from="2025-04-01",
        period_to="2026-03-31",
        stated_on="2026-04-02",
        postings=moved(1, 137, "HOLD:B02", "RET:INV"),
    ),
    e.CreditsCancelled(
        line=2,
        account="B02",
        beneficiary="株式会社サンプル",
        purpose="OTHER",
        detail="償却",
        period_from="2025-04-01",
        period_to="2026-03-31",
        stated_on="2026-04-02",
        postings=moved(138, 140, "HOLD:B02", "RET:CAN"),
    ),
    e.CreditsAnnulled(
        lot=LOT,
        reason="Never removed.",
        used=(SerialRange(1, 140),),
        postings=moved(141, 400, "HOLD:B02", "WDL"),
    ),
    e.DutyOpened(debtor="Green Forestry Cooperative", duty="d-45-0", lot=LOT, quantity=140),
    e.ApplicationFiled(
        account="B02",
        application="a-46-0",
        beneficiary="Example Foods Co., Ltd.",
        purpose="ONTAI_NON_UTILITY",
        agent="Example Broker K.K.",
        corporate_number="1234567890123",
        detail="Report of fiscal year 2025.",
        expires_at="2026-05-01T00:00:00.000Z",
        fiscal_year=2025,
        period_from="2025-04-01",
        period_to="2026-03-31",
        scope="SCOPE_1",
        stated_on="2026-04-01",
        warnings=("The table knows no kind that these credits are of.",),
        postings=moved(1, 100, "HOLD:B02", "LOCK:B02:a-46-0"),
    ),
    e.ApplicationConfirmed(account="B02", application="a-46-0"),
    e.ApplicationCancelled(
        account="B02",
        application="a-46-0",
        postings=moved(1, 100, "LOCK:B02:a-46-0", "HOLD:B02"),
    ),
)
