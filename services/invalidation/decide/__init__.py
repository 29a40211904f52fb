"""The rules of the invalidation room: used up once and for ever, or annulled by the regulator."""

from libs.ledger.decider import line_ruling, ruling
from services.invalidation.commands import (
    AnnulCredits,
    CancelApplication,
    CancelCredits,
    ConfirmApplication,
    FileApplications,
    InvalidateCredits,
)
from services.invalidation.covering import CoverReversal
from services.invalidation.decide.annulling import annul
from services.invalidation.decide.applications import cancel_application, confirm, file
from services.invalidation.decide.reversals import cover_reversal
from services.invalidation.decide.using import cancel, invalidate

RULINGS = {
    "credits.invalidate.v1": line_ruling(InvalidateCredits, invalidate),
    "credits.cancel.v1": line_ruling(CancelCredits, cancel),
    "reversal.cover.v1": ruling(CoverReversal, cover_reversal),
    "credits.annul.v1": ruling(AnnulCredits, annul),
    "application.file.v1": line_ruling(FileApplications, file),
    "application.confirm.v1": ruling(ConfirmApplication, confirm),
    "application.cancel.v1": ruling(CancelApplication, cancel_application),
}
