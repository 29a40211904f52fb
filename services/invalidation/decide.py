"""The rules of the invalidation room: used up once and for ever, or annulled by the regulator."""

from collections.abc import Iterator

from msgspec import UNSET

from libs.ledger.accounts import CANCELLED, INVALIDATED, WITHDRAWN, holding, kind
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act, line_ruling, ruling
from libs.ledger.events import (
    CreditPosting,
    CreditsAnnulled,
    CreditsCancelled,
    CreditsInvalidated,
    DutyOpened,
)
from libs.ledger.instants import real_day
from libs.ledger.postings import Picked, moves
from libs.ledger.records import Lot
from libs.ledger.selection import choose, named
from libs.ledger.serials import Ranges, SerialRange
from libs.ledger.standing import not_for, not_open
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.invalidation.commands import (
    AnnulCredits,
    Application,
    CancelCredits,
    InvalidateCredits,
)


def invalidate(state: State, act: Act, line: Application) -> Outcome:
    """Use credits up 無効化: they never move again."""
    return _use(state, act, line, "invalidate", CreditsInvalidated, INVALIDATED)


def cancel(state: State, act: Act, line: Application) -> Outcome:
    """Use credits of a 国内クレジット scheme up 償却: they never move again."""
    return _use(state, act, line, "cancel", CreditsCancelled, CANCELLED)


def _use(
    state: State,
    act: Act,
    line: Application,
    verb: str,
    used: type[CreditsInvalidated | CreditsCancelled],
    target: str,
) -> Outcome:
    picked = _pick(state, act, line, verb)
    if isinstance(picked, Rejected):
        return picked
    return (
        used(
            line=act.line,
            account=line.account,
            beneficiary=line.beneficiary,
            purpose=line.purpose,
            detail=line.detail,
            period_from=line.period_from,
            period_to=line.period_to,
            stated_on=line.stated_on,
            postings=moves(picked, holding(line.account), target),
        ),
    )


def _pick(state: State, act: Act, line: Application, verb: str) -> tuple[Picked, ...] | Rejected:
    wrong = not_for(state, act.actor, line.account) or _dates_wrong(line)
    if wrong:
        return wrong
    if line.purpose not in state.rules.purposes:
        return refuse(Reason.PURPOSE_UNKNOWN, purpose=line.purpose)
    wrong = not_open(state, line.account)
    if wrong:
        return wrong
    schemes = state.rules.schemes

    def refuses(lot: Lot) -> Reason | None:
        return None if schemes[lot.scheme].retire == verb else Reason.RETIRE_VERB_DIFFERS

    source = holding(line.account)
    return choose(state, source, line.lot, line.quantity, line.serials, refuses)


def _dates_wrong(line: Application) -> Rejected | None:
    for day in (line.period_from, line.period_to, line.stated_on):
        if day is not UNSET and not real_day(day):
            return refuse(Reason.DAY_NOT_IN_CALENDAR, day=day)
    first, last = line.period_from, line.period_to
    if first is not UNSET and last is not UNSET and last < first:
        return refuse(Reason.PERIOD_REVERSED, first=first, last=last)
    return None


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


RULINGS = {
    "credits.invalidate.v1": line_ruling(InvalidateCredits, invalidate),
    "credits.cancel.v1": line_ruling(CancelCredits, cancel),
    "credits.annul.v1": ruling(AnnulCredits, annul),
}
