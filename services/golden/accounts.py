"""Examples of the facts of an account's life."""

from libs.ledger import events as e
from services.golden.lot import moved

HOLDER = e.Holder(
    country="JP",
    name="みどりの森株式会社",
    name_kana="みどりのもり",
    corporate_number="7000012050002",
)


EXAMPLES: tuple[e.Event, ...] = (
    e.AccountApplied(
        account="A01",
        holder=HOLDER,
        kind="holding",
        representatives=(
            e.Representative(actor="holder:ann", role="both", commitment="3" * 64),
            e.Representative(actor="holder:art", role="read_only"),
        ),
        department="環境部",
    ),
    e.AccountReviewed(
        account="A01",
        checks=(e.Check(item="IDENTITY", document="4" * 64), e.Check(item="SEAL")),
        reviewed_by="operator:1",
    ),
    e.AccountDecided(account="A01", outcome="opened", reason="All is settled."),
    e.AccountRenamed(account="A01", name="株式会社みどりの森", name_kana="みどりのもり"),
    e.AccountMerged(
        account="A01",
        successor="B02",
        reason="Merged on 2026-04-01.",
        postings=moved(1, 100, "HOLD:A01", "HOLD:B02"),
    ),
    e.InsolvencyRecorded(
        account="A01",
        administrator=e.Representative(actor="holder:admin", role="both"),
        reason="Decision of the Tokyo District Court.",
        dismissed=("holder:ann", "holder:art"),
        revoked=("m-45",),
    ),
    e.ClosingBegun(account="A01"),
    e.RepresentativeAppointed(
        account="A01", representative=e.Representative(actor="holder:bob", role="approver")
    ),
    e.RepresentativeDismissed(account="A01", actor="holder:art"),
    e.RepresentativeReplaced(
        account="A01",
        actor="holder:ann",
        representative=e.Representative(actor="holder:amy", role="initiator"),
    ),
    e.MandateGranted(
        account="A01",
        mandate="m-45",
        scope=("invalidate", "transfer"),
        until="2027-03-31",
        agent="B02",
        entity=HOLDER,
        actors=("agent:1",),
    ),
    e.MandateRevoked(account="A01", mandate="m-45"),
)
