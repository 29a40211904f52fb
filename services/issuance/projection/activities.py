"""The tables of what members did: each report, and each member's sum."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row
from libs.edge.projection import Part
from libs.edge.schema import METADATA, append_only, words
from libs.ledger.entry import Entry
from libs.ledger.events import ActivitiesReported, Activity

activities = Table(
    "activities",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("project", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("member", words(), nullable=False),
    Column("activity", words(), nullable=False),
    Column("done_on", words(), nullable=False),
    Column("grams", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("grams >= 1", name="activities_grams"),
    Index("activities_by_member", "project", "member"),
)
append_only(activities)

activity_sums = Table(
    "activity_sums",
    METADATA,
    Column("place", words(), primary_key=True),
    Column("project", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("member", words(), nullable=False),
    Column("reports", BigInteger, nullable=False),
    Column("grams", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("reports >= 1 AND grams >= 1", name="activity_sums_counted"),
)


def part() -> Part:
    """Keep what members did."""
    return Part((activities, activity_sums), _evolve)


def _evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    for entry in entries:
        for event in entry.events:
            if isinstance(event, ActivitiesReported):
                named = (_place(event.project, one.member) for one in event.reported)
                batch.expect(activity_sums, named)
                for index, one in enumerate(event.reported):
                    _report(batch, entry, event, index, one)


def _report(
    batch: Batch, entry: Entry, event: ActivitiesReported, index: int, one: Activity
) -> None:
    whose: Row = {"project": event.project, "account": event.account, "member": one.member}
    when: Row = {"position": entry.position, "at": entry.at}
    did: Row = {
        "index": index,
        "activity": one.activity,
        "done_on": one.done_on,
        "grams": one.grams,
    }
    batch.add(activities, {**whose, **when, **did})
    place = _place(event.project, one.member)
    known = batch.row(activity_sums, place)
    if known is None:
        first: Row = {"place": place, "reports": 1, "grams": one.grams}
        batch.add(activity_sums, {**whose, **when, **first}, place)
        return
    more: Row = {
        "reports": int(known["reports"] or 0) + 1,
        "grams": int(known["grams"] or 0) + one.grams,
    }
    batch.change(activity_sums, place, {**when, **more, "account": event.account})


def _place(project: str, member: str) -> str:
    return f"{project} {member}"
