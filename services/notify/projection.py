"""The notify room's tables that follow the journal: notices, and whom each concerns."""

from collections.abc import Sequence

from msgspec import UNSET
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table

from libs.edge.batch import Batch
from libs.edge.projection import Part
from libs.edge.schema import METADATA, append_only, words
from libs.ledger.entry import Entry
from libs.ledger.events import NoticeIssued, NoticeSuperseded, NoticeWithdrawn
from libs.ledger.records.notices import Told

notices = Table(
    "notices",
    METADATA,
    Column("number", words(), primary_key=True),
    Column("first", words(), nullable=False),
    Column("kind", words(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("fact", Integer, nullable=False),
    Column("sha256", words(64), nullable=False),
    Column("check_digest", words(64)),
    Column("predecessor", words()),
    Column("successor", words()),
    Column("status", words(), nullable=False),
    Column("reason", words()),
    Column("undone_by", BigInteger),
    Column("issued_by", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("status IN ('issued', 'superseded', 'withdrawn')", name="notices_status"),
    Index("notices_by_fact", "first"),
    Index("notices_by_check", "check_digest"),
    Index("notices_by_entry", "issued_by"),
)
"""`first` is the number of a fact's first notice, which its successors share; `issued_by` the
position of the entry that issued the notice, `at` that entry's instant."""

addressees = Table(
    "addressees",
    METADATA,
    Column("account", words(), primary_key=True),
    Column("first", words(), primary_key=True),
    Index("addressees_by_notice", "first"),
)

append_only(addressees)


def part() -> Part:
    """Keep notices and whom they concern."""
    return Part((notices, addressees), _evolve)


def _evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    for entry in entries:
        for event in entry.events:
            match event:
                case NoticeIssued():
                    _issue(batch, entry, event)
                case NoticeSuperseded():
                    superseded = {"status": "superseded", "reason": event.reason}
                    batch.change(notices, event.number, {**superseded})
                case NoticeWithdrawn():
                    withdrawn = {"status": "withdrawn", "reason": event.reason}
                    undone = {"undone_by": event.undone_by}
                    batch.change(notices, event.number, {**withdrawn, **undone})
                case _:
                    pass


def _issue(batch: Batch, entry: Entry, event: NoticeIssued) -> None:
    first = Told(event.position, event.fact).number(entry.ledger)
    before = None if event.predecessor is UNSET else event.predecessor
    batch.add(
        notices,
        {
            "number": event.number,
            "first": first,
            "kind": event.kind,
            "position": event.position,
            "fact": event.fact,
            "sha256": event.sha256,
            "check_digest": None if event.check is UNSET else event.check,
            "predecessor": before,
            "successor": None,
            "status": "issued",
            "reason": None,
            "undone_by": None,
            "issued_by": entry.position,
            "at": entry.at,
        },
        event.number,
    )
    if before is not None:
        batch.change(notices, before, {"successor": event.number})
    for account in dict.fromkeys(event.parties):
        batch.add(addressees, {"account": account, "first": first})
