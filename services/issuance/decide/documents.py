"""The rule of documents: a plan has one of each kind, named by what it says."""

from libs.ledger.decider import Act
from libs.ledger.events import DocumentAttached
from libs.ledger.records.projects import BEFORE, RUNNING, part_key
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands import AttachDocument
from services.issuance.decide.machine import operated


def attach_document(state: State, act: Act, asked: AttachDocument) -> Outcome:
    """Let a document be the plan's of its kind, unless it is already."""
    plan = operated(state, act, asked.project, *BEFORE, *RUNNING, "MONITORED_POST_PERIOD")
    if isinstance(plan, Rejected):
        return plan
    known = state.registers.documents.get(part_key(asked.project, asked.kind))
    if known == asked.sha256:
        return refuse(Reason.DOCUMENT_EXISTS, project=asked.project, kind=asked.kind)
    return (DocumentAttached(project=asked.project, kind=asked.kind, sha256=asked.sha256),)
