"""The regulator's own act: credits are declared never to have been good, and somebody owes them."""

from collections.abc import Iterator

from msgspec import UNSET

from libs.ledger.accounts import WITHDRAWN, kind
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.events import CreditPosting, CreditsAnnulled, DutyOpened
from libs.ledger.postings import moves
from libs.ledger.records import Lot
from libs.ledger.selection import named
from libs.ledger.serials import Ranges, SerialRange
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.invalidation.commands import AnnulCredits


def annul(state: State, act: Act, asked: AnnulCredits) -> Outcome:
    """Withdraw what is still held, mark what was used, and say who must replace that."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    lot = state.lots.get(asked.lot)
    if lot is None:
        return refuse(Reason.LOT_NOT_FOUND, lot=asked.lot)
    about = _about(state, asked)
    if isinstance(about, Rejected):
        return about
    before = state.annulled.get(asked.lot, Ranges())
    postings: list[CreditPosting] = []
    used = Ranges()
    for code, ranges in sorted(state.owners[asked.lot].items()):
        parts = [part for start, end in about for part in ranges.parts(start, end)]
        if kind(code) == "RET":
            for part in parts:
                for start, end in before.gaps(*part):
                    used.add(start, end)
        elif kind(code) not in state.terminal:
            postings += moves(((asked.lot, *part) for part in parts), code, WITHDRAWN)
    if not postings and not used.count:
        return refuse(Reason.NOTHING_TO_ANNUL, lot=asked.lot)
    marked = tuple(SerialRange(start, end - 1) for start, end in used)
    annulled = CreditsAnnulled(
        lot=asked.lot, reason=asked.reason, used=marked, postings=tuple(postings)
    )
    return (annulled, *_duties(state, act, lot, used))


def _about(state: State, asked: AnnulCredits) -> Ranges | Rejected:
    """Return the serials in question: those named, all of them issued; or all that were issued."""
    issued = state.issued[asked.lot]
    if asked.serials is UNSET:
        return issued
    wanted = named(asked.lot, asked.serials)
    if isinstance(wanted, Rejected):
        return wanted
    for start, end in wanted:
        if not issued.holds(start, end):
            return refuse(Reason.SERIALS_NOT_HELD, lot=asked.lot, first=start, last=end - 1)
    return wanted


def _duties(state: State, act: Act, lot: Lot, used: Ranges) -> Iterator[DutyOpened]:
    """Open a duty per debtor: the implementer, or each user for what it used; or nobody."""
    rule = state.rules.schemes[lot.scheme].annul_duty
    owed: dict[str, int] = {}
    if rule == "implementer" and used.count:
        owed[state.projects[lot.project].implementer or lot.account] = used.count
    elif rule == "user":
        for start, end in used:
            for low, high, user in state.uses.of(lot.lot, start, end):
                owed[user] = owed.get(user, 0) + high - low
    for number, debtor in enumerate(sorted(owed)):
        yield DutyOpened(
            debtor=debtor,
            duty=f"d-{act.position}-{number}",
            lot=lot.lot,
            quantity=owed[debtor],
        )
