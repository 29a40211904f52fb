"""The rules of freezing named serials 差押え: they stay the account's and cannot move."""

from libs.ledger.accounts import holding, lock
from libs.ledger.decide import everything, may_operate
from libs.ledger.decider import Act, ruling
from libs.ledger.events import SerialsFrozen, SerialsUnfrozen
from libs.ledger.postings import moves
from libs.ledger.selection import EMPTY, not_held
from libs.ledger.standing import not_gone
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse
from services.transfer.controls import FreezeSerials, UnfreezeSerials
from services.transfer.decide.orders import not_ahead


def freeze(state: State, act: Act, asked: FreezeSerials) -> Outcome:
    """Lock serials of the free balance; a frozen account or a suspension is no obstacle.

    What an order or an application holds must be taken back first, by whoever may.
    """
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    wrong = not_ahead(act, asked.expires_at) or not_gone(state, asked.account)
    if wrong:
        return wrong
    if asked.lot not in state.lots:
        return refuse(Reason.LOT_NOT_FOUND, lot=asked.lot)
    first, last, source = asked.first, asked.last, holding(asked.account)
    if last < first:
        return refuse(Reason.SERIALS_REVERSED, lot=asked.lot, first=first, last=last)
    held = state.held(source, asked.lot) or EMPTY
    if not held.holds(first, last + 1):
        return not_held(state, source, asked.lot, first, last + 1)
    name = f"f-{act.position}"
    target = lock(asked.account, name)
    return (
        SerialsFrozen(
            account=asked.account,
            freeze=name,
            basis=asked.basis,
            expires_at=asked.expires_at,
            postings=moves(((asked.lot, first, last + 1),), source, target),
        ),
    )


def unfreeze(state: State, act: Act, asked: UnfreezeSerials) -> Outcome:
    """Set free what a freeze still holds: the regulator may have annulled some of it."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    kept = state.freezes.get(asked.freeze)
    if kept is None:
        return refuse(Reason.FREEZE_NOT_FOUND, freeze=asked.freeze)
    code = lock(kept.account, kept.freeze)
    back = moves(everything(state, code), code, holding(kept.account))
    return (SerialsUnfrozen(account=kept.account, freeze=kept.freeze, postings=back),)


RULINGS = {
    "serials.freeze.v1": ruling(FreezeSerials, freeze),
    "serials.unfreeze.v1": ruling(UnfreezeSerials, unfreeze),
}
