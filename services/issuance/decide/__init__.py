"""The rules of the issuance room."""

from libs.ledger.decider import ruling
from services.issuance.commands import (
    CancelBuffer,
    DraftProject,
    IssueCredits,
    IssueToGovernment,
    RegisterProject,
    ReleaseBuffer,
    ReleaseGovernment,
    WithdrawIssuance,
)
from services.issuance.decide import projecting
from services.issuance.decide.certification import CERTIFYING
from services.issuance.decide.credits import (
    cancel_buffer,
    issue_credits,
    release_buffer,
    withdraw_issuance,
)
from services.issuance.decide.issuing import issue_to_government, release_government
from services.issuance.decide.plans import draft_project
from services.issuance.decide.projects import register_project

RULINGS = {
    "project.register.v1": ruling(RegisterProject, register_project),
    "project.draft.v1": ruling(DraftProject, draft_project),
    **projecting.RULINGS,
    **CERTIFYING,
    "credits.issue.v1": ruling(IssueCredits, issue_credits),
    "credits.issue.government.v1": ruling(IssueToGovernment, issue_to_government),
    "government.release.v1": ruling(ReleaseGovernment, release_government),
    "issuance.withdraw.v1": ruling(WithdrawIssuance, withdraw_issuance),
    "buffer.release.v1": ruling(ReleaseBuffer, release_buffer),
    "buffer.cancel.v1": ruling(CancelBuffer, cancel_buffer),
}
