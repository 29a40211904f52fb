"""Which command of a project's life is decided by which rule."""

from libs.ledger.decider import ruling
from services.issuance.commands import (
    AccreditBody,
    ChangePlan,
    DecideProject,
    EndProject,
    ExamineProject,
    ExtendProject,
    HandOverProject,
    JoinMember,
    LeaveProgramme,
    ReportLoss,
    SubmitProject,
    SuspendBody,
    ValidateProject,
    WithdrawProject,
)
from services.issuance.decide.bodies import accredit_body, suspend_body
from services.issuance.decide.changes import change_plan, hand_over_project, report_loss
from services.issuance.decide.machine import (
    decide_project,
    end_project,
    examine_project,
    extend_project,
    submit_project,
    validate_project,
    withdraw_project,
)
from services.issuance.decide.members import join_member, leave_programme

RULINGS = {
    "body.accredit.v1": ruling(AccreditBody, accredit_body),
    "body.suspend.v1": ruling(SuspendBody, suspend_body),
    "project.validate.v1": ruling(ValidateProject, validate_project),
    "project.submit.v1": ruling(SubmitProject, submit_project),
    "project.examine.v1": ruling(ExamineProject, examine_project),
    "project.decide.v1": ruling(DecideProject, decide_project),
    "project.extend.v1": ruling(ExtendProject, extend_project),
    "project.end.v1": ruling(EndProject, end_project),
    "project.withdraw.v1": ruling(WithdrawProject, withdraw_project),
    "plan.change.v1": ruling(ChangePlan, change_plan),
    "project.handover.v1": ruling(HandOverProject, hand_over_project),
    "loss.report.v1": ruling(ReportLoss, report_loss),
    "member.join.v1": ruling(JoinMember, join_member),
    "member.leave.v1": ruling(LeaveProgramme, leave_programme),
}
