"""The rules of suspending all movements of a scheme, and of resuming them."""

from msgspec import UNSET

from libs.ledger.decide import may_operate
from libs.ledger.decider import Act, ruling
from libs.ledger.events import MovementsResumed, MovementsSuspended
from libs.ledger.records.controls import EVERY
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse
from services.transfer.controls import ResumeMovements, SuspendMovements


def suspend(state: State, act: Act, asked: SuspendMovements) -> Outcome:
    """Stop a scheme, or every one; each only once, so that one word resumes it."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    if asked.scheme is not UNSET and asked.scheme not in state.rules.schemes:
        return refuse(Reason.SCHEME_NOT_FOUND, scheme=asked.scheme)
    before = state.suspended.get(EVERY if asked.scheme is UNSET else asked.scheme)
    if before is not None:
        return refuse(Reason.MOVEMENTS_ALREADY_SUSPENDED, suspension=before.suspension)
    suspension = f"s-{act.position}"
    return (MovementsSuspended(suspension=suspension, reason=asked.reason, scheme=asked.scheme),)


def resume(state: State, act: Act, asked: ResumeMovements) -> Outcome:
    """End a suspension; a scheme stays stopped while every one is."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    scheme = EVERY if asked.scheme is UNSET else asked.scheme
    before = state.suspended.get(scheme)
    if before is None:
        return refuse(Reason.MOVEMENTS_NOT_SUSPENDED, scheme=scheme)
    return (MovementsResumed(suspension=before.suspension, scheme=asked.scheme),)


RULINGS = {
    "movements.suspend.v1": ruling(SuspendMovements, suspend),
    "movements.resume.v1": ruling(ResumeMovements, resume),
}
