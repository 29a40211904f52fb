"""Making good for a reversal 補填 with credits of one's own: the duty of a project's holder."""

from collections.abc import Sequence

from msgspec import UNSET

from libs.ledger.accounts import INVALIDATED, holding
from libs.ledger.decider import Act
from libs.ledger.events import DutyDischarged, ReversalCovered
from libs.ledger.postings import Picked, moves
from libs.ledger.records import Lot
from libs.ledger.selection import choose
from libs.ledger.standing import not_allowed, not_open, today
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.invalidation.covering import PURPOSE, CoverReversal
from services.invalidation.decide.aims import Aim
from services.invalidation.decide.duties import of_project, paid
from services.invalidation.decide.eligibility import Use
from services.invalidation.decide.using import explained, unfit, warned


def cover_reversal(state: State, act: Act, asked: CoverReversal) -> Outcome:
    """Use up a holder's own credits for what its project has lost; for ever, as any other use.

    Where losses of the project are owed for, this discharges the oldest duty, and no more.
    """
    wrong = not_allowed(state, act, asked.account, "invalidate")
    if wrong:
        return wrong
    project = state.projects.get(asked.project)
    if project is None:
        return refuse(Reason.PROJECT_NOT_FOUND, project=asked.project)
    wrong = not_open(state, asked.account, leaving=asked.account)
    if wrong:
        return wrong
    if not any(
        lot.project == asked.project and lot.account == asked.account for lot in state.lots.values()
    ):
        return refuse(Reason.ACCOUNT_NOT_OF_PROJECT, account=asked.account, project=asked.project)
    aim = Aim((Use(PURPOSE, today(state, act)),), UNSET)

    def refuses(lot: Lot) -> Reason | None:
        return unfit(state, lot, "invalidate", aim)

    source = holding(asked.account)
    picked = choose(state, source, asked.lot, asked.quantity, asked.serials, refuses)
    if isinstance(picked, Rejected):
        return explained(state, picked, aim)
    discharged = _discharged(state, asked, picked)
    if isinstance(discharged, Rejected):
        return discharged
    return (
        *discharged,
        ReversalCovered(
            account=asked.account,
            beneficiary=project.implementer or asked.account,
            detail=asked.reason,
            project=asked.project,
            purpose=PURPOSE,
            warnings=warned(state, picked, aim),
            postings=moves(picked, source, INVALIDATED),
        ),
    )


def _discharged(
    state: State, asked: CoverReversal, picked: Sequence[Picked]
) -> tuple[DutyDischarged, ...] | Rejected:
    """Return what these credits discharge of what the project owes: nothing where it owes none."""
    duty = of_project(state, asked.project)
    if duty is None:
        return ()
    discharged = paid(duty, asked.account, sum(end - start for _, start, end in picked))
    return discharged if isinstance(discharged, Rejected) else (discharged,)
