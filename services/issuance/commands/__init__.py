"""What the issuance room can be asked."""

from services.issuance.commands.changes import ChangePlan as ChangePlan
from services.issuance.commands.changes import HandOverProject as HandOverProject
from services.issuance.commands.changes import ReportLoss as ReportLoss
from services.issuance.commands.credits import BufferShare as BufferShare
from services.issuance.commands.credits import CancelBuffer as CancelBuffer
from services.issuance.commands.credits import IssueCredits as IssueCredits
from services.issuance.commands.credits import IssueToGovernment as IssueToGovernment
from services.issuance.commands.credits import ReleaseBuffer as ReleaseBuffer
from services.issuance.commands.credits import WithdrawIssuance as WithdrawIssuance
from services.issuance.commands.machine import AccreditBody as AccreditBody
from services.issuance.commands.machine import DecideProject as DecideProject
from services.issuance.commands.machine import EndProject as EndProject
from services.issuance.commands.machine import ExamineProject as ExamineProject
from services.issuance.commands.machine import ExtendProject as ExtendProject
from services.issuance.commands.machine import SubmitProject as SubmitProject
from services.issuance.commands.machine import SuspendBody as SuspendBody
from services.issuance.commands.machine import ValidateProject as ValidateProject
from services.issuance.commands.machine import WithdrawProject as WithdrawProject
from services.issuance.commands.members import JoinMember as JoinMember
from services.issuance.commands.members import LeaveProgramme as LeaveProgramme
from services.issuance.commands.projects import DraftProject as DraftProject
from services.issuance.commands.projects import RegisterProject as RegisterProject
