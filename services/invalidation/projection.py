"""The invalidation room's tables: retirements with their claims, annulments, duties."""

from collections.abc import Sequence

from msgspec import UNSET
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
)

from libs.edge.batch import Batch
from libs.edge.bulk import Row
from libs.edge.projection import Part
from libs.edge.schema import METADATA, append_only, words
from libs.ledger.entry import Entry
from libs.ledger.events import (
    ApplicationCancelled,
    ApplicationConfirmed,
    ApplicationFiled,
    CreditPosting,
    CreditsAnnulled,
    CreditsCancelled,
    CreditsUsed,
    DutyDischarged,
    DutyOpened,
    InvalidationFact,
    LossOwed,
    ReservationExpired,
    ReservationReleased,
)

retirements = Table(
    "retirements",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("at", words(), nullable=False),
    Column("verb", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("lot", words(), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("beneficiary", words(), nullable=False),
    Column("purpose", words(), nullable=False),
    Column("detail", words()),
    Column("period_from", words()),
    Column("period_to", words()),
    Column("stated_on", words()),
    Column("line", Integer),
    Column("fiscal_year", Integer),
    Column("scope", words()),
    Column("agent", words()),
    Column("corporate_number", words()),
    Column("application", words()),
    Column("also", words()),
    Column("place", words()),
    Column("country", words()),
    Column("energy_kwh", BigInteger),
    Column("pool", words()),
    CheckConstraint("quantity = last - first + 1 AND quantity >= 1", name="retirements_quantity"),
    CheckConstraint("verb IN ('invalidate', 'cancel')", name="retirements_verb"),
    Index("retirements_by_account", "account", "position", "index"),
    Index("retirements_by_lot", "lot", "first"),
)

annulments = Table(
    "annulments",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("at", words(), nullable=False),
    Column("lot", words(), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("state", words(), nullable=False),
    Column("reason", words(), nullable=False),
    CheckConstraint("first >= 1 AND last >= first", name="annulments_in_order"),
    CheckConstraint("state IN ('withdrawn', 'used')", name="annulments_state"),
    Index("annulments_by_lot", "lot", "first"),
)

duties = Table(
    "duties",
    METADATA,
    Column("duty", words(), primary_key=True),
    Column("debtor", words(), nullable=False),
    Column("lot", words(), nullable=False),  # '' where a removal was lost, which has none
    Column("quantity", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    Column("project", words()),
    CheckConstraint("quantity >= 1", name="duties_quantity"),
)

discharges = Table(
    "discharges",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("duty", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("quantity >= 1 AND remaining >= 0", name="discharges_quantity"),
    Index("discharges_by_duty", "duty", "position"),
)

applications = Table(
    "applications",
    METADATA,
    Column("application", words(), primary_key=True),
    Column("account", words(), nullable=False),
    Column("beneficiary", words(), nullable=False),
    Column("purpose", words(), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("status", words(), nullable=False),
    Column("agent", words()),
    Column("corporate_number", words()),
    Column("detail", words()),
    Column("expires_at", words()),
    Column("fiscal_year", Integer),
    Column("period_from", words()),
    Column("period_to", words()),
    Column("scope", words()),
    Column("also", words()),
    Column("place", words()),
    Column("country", words()),
    Column("energy_kwh", BigInteger),
    Column("pool", words()),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("quantity >= 1", name="applications_quantity"),
    CheckConstraint(
        "status IN ('open', 'confirmed', 'cancelled', 'expired')", name="applications_status"
    ),
    Index("applications_by_account", "account", "status"),
)

append_only(retirements)
append_only(annulments)
append_only(duties)
append_only(discharges)


def part() -> Part:
    """Keep who used which serials for what, what was annulled, and who must replace it."""
    return Part((retirements, annulments, duties, discharges, applications), _evolve)


def _evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    for entry in entries:
        used = annulled = 0
        for event in entry.events:
            match event:
                case CreditsUsed():
                    used = _retire(batch, entry, event, used)
                case CreditsAnnulled():
                    annulled = _annul(batch, entry, event, annulled)
                case DutyOpened() | LossOwed():
                    _owe(batch, entry, event)
                case DutyDischarged():
                    row: Row = {
                        "duty": event.duty,
                        "account": event.account,
                        "remaining": event.left,
                    }
                    row.update(quantity=event.quantity, position=entry.position, at=entry.at)
                    batch.add(discharges, row)
                case ApplicationFiled():
                    _file(batch, entry, event)
                case ApplicationConfirmed():
                    batch.change(applications, event.application, {"status": "confirmed"})
                case ApplicationCancelled():
                    batch.change(applications, event.application, {"status": "cancelled"})
                case ReservationReleased() if event.order.startswith("a-"):
                    batch.change(applications, event.order, {"status": "cancelled"})
                case ReservationExpired() if event.order.startswith("a-"):
                    batch.change(applications, event.order, {"status": "expired"})
                case _:
                    pass


def _owe(batch: Batch, entry: Entry, event: DutyOpened | LossOwed) -> None:
    row: Row = {"duty": event.duty, "debtor": event.debtor, "quantity": event.quantity}
    if isinstance(event, LossOwed):
        row.update(lot="", project=event.project)
    else:
        row.update(lot=event.lot, project=None)
    row.update(position=entry.position, at=entry.at)
    batch.add(duties, row)


def _said(event: InvalidationFact, *names: str) -> Row:
    """Return these fields of a fact as columns: what it does not say is nothing."""
    found = {name: getattr(event, name) for name in names}
    return {name: None if value is UNSET else value for name, value in found.items()}


def _also(event: ApplicationFiled | CreditsUsed) -> Row:
    """Return the further purposes of a use, as one column."""
    return {"also": None if event.also is UNSET else ",".join(event.also)}


def _file(batch: Batch, entry: Entry, event: ApplicationFiled) -> None:
    quantity = sum(p.last - p.first + 1 for p in event.postings if isinstance(p, CreditPosting))
    row: Row = {"application": event.application, "account": event.account, "status": "open"}
    row.update(beneficiary=event.beneficiary, purpose=event.purpose, quantity=quantity)
    row.update(_said(event, "agent", "corporate_number", "detail", "expires_at", "fiscal_year"))
    row.update(
        _said(event, "period_from", "period_to", "place", "country", "scope", "energy_kwh", "pool")
    )
    row.update(_also(event))
    row.update(position=entry.position, at=entry.at)
    batch.add(applications, row, event.application)


def _retire(batch: Batch, entry: Entry, event: CreditsUsed, index: int) -> int:
    energy = _said(event, "energy_kwh")  # once: the claim is of the use, not of each range
    for posting in event.postings:
        if isinstance(posting, CreditPosting):
            batch.add(
                retirements,
                {
                    "position": entry.position,
                    "index": index,
                    "at": entry.at,
                    "verb": "cancel" if isinstance(event, CreditsCancelled) else "invalidate",
                    "account": event.account,
                    "lot": posting.lot,
                    "first": posting.first,
                    "last": posting.last,
                    "quantity": posting.last - posting.first + 1,
                    "beneficiary": event.beneficiary,
                    "purpose": event.purpose,
                    "detail": None if event.detail is UNSET else event.detail,
                    "period_from": None if event.period_from is UNSET else event.period_from,
                    "period_to": None if event.period_to is UNSET else event.period_to,
                    "stated_on": None if event.stated_on is UNSET else event.stated_on,
                    "line": None if event.line is UNSET else event.line,
                    "fiscal_year": None if event.fiscal_year is UNSET else event.fiscal_year,
                    "scope": None if event.scope is UNSET else event.scope,
                    **_said(
                        event,
                        "agent",
                        "corporate_number",
                        "application",
                        "place",
                        "country",
                        "pool",
                    ),
                    **_also(event),
                    **energy,
                },
            )
            index, energy = index + 1, {"energy_kwh": None}
    return index


def _annul(batch: Batch, entry: Entry, event: CreditsAnnulled, index: int) -> int:
    held = [(p.first, p.last) for p in event.postings if isinstance(p, CreditPosting)]
    used = [(part.first, part.last) for part in event.used]
    for state, ranges in (("withdrawn", held), ("used", used)):
        for first, last in ranges:
            batch.add(
                annulments,
                {
                    "position": entry.position,
                    "index": index,
                    "at": entry.at,
                    "lot": event.lot,
                    "first": first,
                    "last": last,
                    "state": state,
                    "reason": event.reason,
                },
            )
            index += 1
    return index
