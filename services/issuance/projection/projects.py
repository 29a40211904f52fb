"""What the room keeps of a project's life: every fact of it, and who may examine."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row
from libs.edge.schema import METADATA, append_only, words
from libs.ledger.codec import encode
from libs.ledger.entry import Entry
from libs.ledger.events import (
    ActivitiesReported,
    BodyAccredited,
    BodySuspended,
    DocumentAttached,
    LossOwed,
    LossReported,
    MemberJoined,
    MemberLeft,
    MonitoringEnded,
    PlanChanged,
    PlanFact,
    ProjectActivated,
    ProjectDecided,
    ProjectEnded,
    ProjectEvent,
    ProjectExamined,
    ProjectExtended,
    ProjectFact,
    ProjectHandedOver,
    ProjectSubmitted,
    ProjectValidated,
    ProjectWithdrawn,
)
from libs.ledger.records.projects import part_key
from libs.ledger.registers.projects import OUTCOMES
from services.issuance.projection.plans import plans, redraft

plan_facts = Table(
    "plan_facts",
    METADATA,
    Column("position", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("project", words(), nullable=False),
    Column("fact", words(), nullable=False),
    Column("at", words(), nullable=False),
    PrimaryKeyConstraint("position", "number", name="plan_facts_pkey"),
    Index("plan_facts_by_project", "project", "position"),
)
bodies = Table(
    "bodies",
    METADATA,
    Column("body", words(), primary_key=True),
    Column("name", words(), nullable=False),
    Column("affiliates", words(), nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
)

members = Table(
    "members",
    METADATA,
    Column("key", words(), primary_key=True),
    Column("project", words(), nullable=False),
    Column("member", words(), nullable=False),
    Column("prefecture", Integer, nullable=False),
    Column("site", words(), nullable=False),
    Column("implemented_on", words(), nullable=False),
    Column("credited_from", words(), nullable=False),
    Column("credited_to", words(), nullable=False),
    Column("left", Boolean, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    Index("members_by_project", "project", "member"),
)

plan_documents = Table(
    "plan_documents",
    METADATA,
    Column("key", words(), primary_key=True),
    Column("project", words(), nullable=False),
    Column("kind", words(), nullable=False),
    Column("sha256", words(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    Index("plan_documents_by_project", "project", "kind"),
)

append_only(plan_facts)
TABLES = (plan_facts, bodies, members, plan_documents)


def evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    """Keep what entries say of the life of projects."""
    for entry in entries:
        for number, event in enumerate(entry.events):
            match event:
                case BodyAccredited() | BodySuspended():
                    _body(batch, entry, event)
                case ActivitiesReported():
                    pass  # no part of the plan: services/issuance/projection/activities.py
                case ProjectFact() | PlanFact():
                    _fact(batch, entry, number, event)
                case _:
                    pass


def _fact(batch: Batch, entry: Entry, number: int, event: ProjectEvent | PlanFact) -> None:
    assert not isinstance(event, ActivitiesReported | BodyAccredited | BodySuspended)
    batch.add(
        plan_facts,
        {
            "position": entry.position,
            "number": number,
            "project": event.project,
            "fact": encode(event).decode(),
            "at": entry.at,
        },
    )
    if isinstance(event, MemberJoined | MemberLeft):
        _member(batch, entry, event)
    elif isinstance(event, DocumentAttached):
        _document(batch, entry, event)
    elif isinstance(event, PlanChanged):
        redraft(batch, event)
    elif not isinstance(event, PlanFact | LossReported | LossOwed):
        batch.change(plans, event.project, _changes(event))


def _changes(event: ProjectEvent) -> Row:
    """Return what a fact changes in the row of its plan."""
    match event:
        case ProjectValidated():
            return {"phase": "VALIDATED"}
        case ProjectSubmitted():
            return {"phase": "SUBMITTED"}
        case ProjectExamined():
            return {"phase": "COMMITTEE"}
        case ProjectDecided():
            return {"phase": OUTCOMES[event.outcome]}
        case ProjectActivated():
            return {"phase": "ACTIVE"}
        case ProjectExtended():
            return {"phase": "EXTENDED", "credited_to": event.credited_to}
        case ProjectEnded():
            told: Row = {"phase": "ENDED", "credited_to": event.credited_to}
            if event.monitored_to is not UNSET:
                told |= {"phase": "MONITORED_POST_PERIOD", "monitored_to": event.monitored_to}
            return told
        case MonitoringEnded():
            return {"phase": "ENDED"}
        case ProjectWithdrawn():
            return {"phase": "WITHDRAWN"}
        case ProjectHandedOver():
            return {"implementer": event.implementer, "handed_to": event.implementer}
        case _:
            return {}


def _member(batch: Batch, entry: Entry, event: MemberJoined | MemberLeft) -> None:
    key = part_key(event.project, event.member)
    if isinstance(event, MemberLeft):
        batch.change(members, key, {"credited_to": event.credited_to, "left": True})
        return
    row: Row = {
        "key": key,
        "project": event.project,
        "member": event.member,
        "prefecture": event.prefecture,
        "site": event.site,
        "implemented_on": event.implemented_on,
        "credited_from": event.credited_from,
        "credited_to": event.credited_to,
        "left": False,
        "position": entry.position,
        "at": entry.at,
    }
    batch.add(members, row, key)


def _document(batch: Batch, entry: Entry, event: DocumentAttached) -> None:
    key = part_key(event.project, event.kind)
    row: Row = {"sha256": event.sha256, "position": entry.position, "at": entry.at}
    if batch.row(plan_documents, key) is None:
        named: Row = {"key": key, "project": event.project, "kind": event.kind}
        batch.add(plan_documents, named | row, key)
    else:
        batch.change(plan_documents, key, row)


def _body(batch: Batch, entry: Entry, event: BodyAccredited | BodySuspended) -> None:
    if isinstance(event, BodySuspended):
        batch.change(bodies, event.body, {"suspended": True})
        return
    row: Row = {
        "name": event.name,
        "affiliates": msgspec.json.encode(event.affiliates).decode(),
        "suspended": False,
        "position": entry.position,
        "at": entry.at,
    }
    if batch.row(bodies, event.body) is None:
        batch.add(bodies, {"body": event.body, **row}, event.body)
    else:
        batch.change(bodies, event.body, row)
