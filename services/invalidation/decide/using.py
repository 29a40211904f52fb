"""Using credits up once and for ever: by their scheme's verb, for a purpose that takes them."""

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import CANCELLED, INVALIDATED, holding
from libs.ledger.decider import Act
from libs.ledger.events import CreditsCancelled, CreditsInvalidated
from libs.ledger.instants import real_day
from libs.ledger.postings import Picked, moves
from libs.ledger.records import Lot
from libs.ledger.rules.invalidation import InvalidationRules
from libs.ledger.selection import choose
from libs.ledger.standing import not_allowed, not_open, today
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.invalidation.commands import Application
from services.invalidation.decide.eligibility import Eligibility, LotFacts, Use, eligibility
from services.invalidation.decide.windows import assignable


class Chosen(msgspec.Struct, frozen=True):
    """The credits that an application takes, and what the table warns of."""

    picked: tuple[Picked, ...]
    warnings: tuple[str, ...] | UnsetType


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
    used: type[CreditsInvalidated] | type[CreditsCancelled],
    target: str,
) -> Outcome:
    chosen = pick(state, act, line, verb)
    if isinstance(chosen, Rejected):
        return chosen
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
            fiscal_year=line.fiscal_year,
            scope=line.scope,
            warnings=chosen.warnings,
            postings=moves(chosen.picked, holding(line.account), target),
        ),
    )


def pick(state: State, act: Act, line: Application, verb: str = "") -> Chosen | Rejected:
    """Return the credits that an application takes out of its account's free balance.

    Without a verb each credit is used up by its own scheme's.
    """
    wrong = not_allowed(state, act, line.account, "invalidate") or _dates_wrong(line)
    if wrong:
        return wrong
    if line.purpose not in state.rules.purposes:
        return refuse(Reason.PURPOSE_UNKNOWN, purpose=line.purpose)
    day = today(state, act)
    wrong = year_wrong(state, line.purpose, line.fiscal_year, day)
    wrong = wrong or not_open(state, line.account, leaving=line.account)
    if wrong:
        return wrong
    use = Use(line.purpose, day, line.scope)

    def refuses(lot: Lot) -> Reason | None:
        return unfit(state, lot, verb, use)

    source = holding(line.account)
    picked = choose(state, source, line.lot, line.quantity, line.serials, refuses)
    if isinstance(picked, Rejected):
        return explained(state, picked, use)
    return Chosen(picked, warned(state, picked, use))


def year_wrong(state: State, purpose: str, year: int | UnsetType, day: str) -> Rejected | None:
    """Refuse a fiscal year that the purpose's report window does not allow on this day."""
    rules = state.rules.invalidation
    window = None if rules is UNSET else rules.windows.get(purpose)
    if window is None or year is UNSET or year in assignable(window, day):
        return None
    return refuse(Reason.FISCAL_YEAR_NOT_ASSIGNABLE, day=day, fiscal_year=year, purpose=purpose)


def unfit(state: State, lot: Lot, verb: str, use: Use) -> Reason | None:
    """Say why a lot cannot be used up so, or None where it can."""
    if verb and state.rules.schemes[lot.scheme].retire != verb:
        return Reason.RETIRE_VERB_DIFFERS
    rules = state.rules.invalidation
    if rules is UNSET:
        return None
    last = rules.validity.get(lot.scheme)
    if last is not None and last < use.day:
        return Reason.CREDITS_EXPIRED
    ruled = _ruled(state, rules, lot, use)
    return Reason.NOT_ELIGIBLE if ruled.stance == "refuse" else None


def _ruled(state: State, rules: InvalidationRules, lot: Lot, use: Use) -> Eligibility:
    project = state.projects[lot.project]
    return eligibility(rules, LotFacts(lot.scheme, project.kind, project.methodologies), use)


def explained(state: State, refused: Rejected, use: Use) -> Rejected:
    """Say why the table refuses a lot, and how long the credits of another one were good."""
    rules = state.rules.invalidation
    if rules is UNSET:
        return refused
    if refused.reason is Reason.NOT_ELIGIBLE:
        lot = state.lots[str(refused.facts["lot"])]
        ruled = _ruled(state, rules, lot, use)
        return refuse(
            refused.reason,
            lot=lot.lot,
            purpose=use.purpose,
            kinds=",".join(ruled.kinds),
            because=" ".join(ruled.reasons),
        )
    if refused.reason is Reason.CREDITS_EXPIRED:
        lot = state.lots[str(refused.facts["lot"])]
        return refuse(refused.reason, lot=lot.lot, valid_until=rules.validity[lot.scheme])
    return refused


def warned(state: State, picked: tuple[Picked, ...], use: Use) -> tuple[str, ...] | UnsetType:
    """Return what the table warns of in these credits, each word once."""
    rules = state.rules.invalidation
    if rules is UNSET:
        return UNSET
    told: dict[str, None] = {}
    for lot in dict.fromkeys(lot for lot, _, _ in picked):
        ruled = _ruled(state, rules, state.lots[lot], use)
        if ruled.stance == "warn":
            told.update(dict.fromkeys(ruled.reasons))
    return tuple(told) or UNSET


def _dates_wrong(line: Application) -> Rejected | None:
    for day in (line.period_from, line.period_to, line.stated_on):
        if day is not UNSET and not real_day(day):
            return refuse(Reason.DAY_NOT_IN_CALENDAR, day=day)
    first, last = line.period_from, line.period_to
    if first is not UNSET and last is not UNSET and last < first:
        return refuse(Reason.PERIOD_REVERSED, first=first, last=last)
    return None
