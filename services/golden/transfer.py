"""Examples of the facts of the transfer room, its controls included."""

from libs.ledger import events as e
from services.golden.lot import moved

EXAMPLES: tuple[e.Event, ...] = (
    e.AccountOpened(account="A01", name="Green Forestry Cooperative", representatives=("ann",)),
    e.AccountFrozen(account="A01", reason="Court order."),
    e.AccountUnfrozen(account="A01"),
    e.AccountClosed(account="A01"),
    e.TransferSettled(
        line=0,
        source="A01",
        target="B02",
        stated_on="2026-04-01",
        postings=moved(1, 400, "HOLD:A01", "HOLD:B02"),
    ),
    e.CreditsReserved(
        account="B02",
        order="o-44",
        expires_at="2026-05-01T00:00:00.000Z",
        postings=moved(1, 100, "HOLD:B02", "LOCK:B02:o-44"),
    ),
    e.ReservationReleased(
        account="B02", order="o-44", postings=moved(1, 100, "LOCK:B02:o-44", "HOLD:B02")
    ),
    e.ReservationExpired(
        account="B02", order="o-44", postings=moved(1, 100, "LOCK:B02:o-44", "HOLD:B02")
    ),
    e.OrderPlaced(
        order="o-45",
        source="A01",
        target="B02",
        placed_by="ann",
        waits_for=("approval", "acceptance"),
        expires_at="2026-05-01T00:00:00.000Z",
        postings=moved(401, 500, "HOLD:A01", "LOCK:A01:o-45"),
    ),
    e.OrderApproved(order="o-45"),
    e.OrderAccepted(order="o-45"),
    e.OrderDeclined(
        account="A01", order="o-45", postings=moved(401, 500, "LOCK:A01:o-45", "HOLD:A01")
    ),
    e.OrderCancelled(
        account="A01", order="o-45", postings=moved(401, 500, "LOCK:A01:o-45", "HOLD:A01")
    ),
    e.OrderExpired(
        account="A01", order="o-45", postings=moved(401, 500, "LOCK:A01:o-45", "HOLD:A01")
    ),
    e.MovementsSuspended(suspension="s-47", reason="Keys were stolen.", scheme="JC"),
    e.MovementsResumed(suspension="s-47", scheme="JC"),
    e.SerialsFrozen(
        account="B02",
        freeze="f-48",
        basis="差押命令",
        expires_at="2026-05-01T00:00:00.000Z",
        postings=moved(1, 10, "HOLD:B02", "LOCK:B02:f-48"),
    ),
    e.SerialsUnfrozen(
        account="B02", freeze="f-48", postings=moved(1, 10, "LOCK:B02:f-48", "HOLD:B02")
    ),
    e.FreezeExpired(
        account="B02", freeze="f-48", postings=moved(1, 10, "LOCK:B02:f-48", "HOLD:B02")
    ),
    e.TrustedAdded(
        account="A01", trusted="B02", entry="t-49", effective_at="2026-04-07T01:00:00.000Z"
    ),
    e.TrustedRemoved(account="A01", trusted="B02", entry="t-49"),
    e.LimitChanged(account="A01", scheme="JC", quantity=1000),
    e.LimitCounted(line=0, account="A01", scheme="JC", day="2026-04-01", quantity=400),
    e.ReversalRequested(
        order="o-45",
        source="A01",
        target="B02",
        reason="Wrong account.",
        requested_by="ann",
    ),
    e.TransferReversed(
        order="o-45",
        source="A01",
        target="B02",
        reason="Wrong account.",
        postings=moved(401, 500, "HOLD:B02", "HOLD:A01"),
    ),
    e.ReversalClosed(order="o-45"),
)
