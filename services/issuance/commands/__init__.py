"""What the issuance room can be asked."""

from services.issuance.commands.credits import BufferShare as BufferShare
from services.issuance.commands.credits import CancelBuffer as CancelBuffer
from services.issuance.commands.credits import IssueCredits as IssueCredits
from services.issuance.commands.credits import ReleaseBuffer as ReleaseBuffer
from services.issuance.commands.credits import WithdrawIssuance as WithdrawIssuance
from services.issuance.commands.projects import DraftProject as DraftProject
from services.issuance.commands.projects import RegisterProject as RegisterProject
