"""Using credits up once and for ever: by their scheme's verb, for a purpose that takes them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import CANCELLED, INVALIDATED, holding
from libs.ledger.decider import Act
from libs.ledger.events import CreditPosting, CreditsCancelled, CreditsInvalidated, GramPosting
from libs.ledger.instants import real_day
from libs.ledger.pooling import booked, of_origin, pool_wrong, too_many
from libs.ledger.postings import Picked, moves, size
from libs.ledger.records import Lot
from libs.ledger.rules.invalidation import InvalidationRules
from libs.ledger.selection import choose
from libs.ledger.standing import not_allowed, not_open, today
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.invalidation.commands import Application
from services.invalidation.decide.aims import (
    UNPLACED,
    Aim,
    aim,
    aim_wrong,
    unplaced,
    where_created,
    year_wrong,
)
from services.invalidation.decide.eligibility import Eligibility, LotFacts, Use, eligibility
from services.invalidation.decide.energy import energy_wrong

USED: Mapping[str, tuple[type[CreditsInvalidated | CreditsCancelled], str]] = {
    "cancel": (CreditsCancelled, CANCELLED),
    "invalidate": (CreditsInvalidated, INVALIDATED),
}
"""The fact of each verb, and where its credits stay for ever."""


class Chosen(msgspec.Struct, frozen=True):
    """The credits that an application takes, the place of use, and what the rules warn of."""

    picked: tuple[Picked, ...]
    place: str | UnsetType
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
            agent=line.agent,
            also=line.also,
            corporate_number=line.corporate_number,
            country=line.country,
            detail=line.detail,
            period_from=line.period_from,
            period_to=line.period_to,
            place=chosen.place,
            stated_on=line.stated_on,
            fiscal_year=line.fiscal_year,
            scope=line.scope,
            energy_kwh=line.energy_kwh,
            pool=line.pool,
            warnings=chosen.warnings,
            postings=taken(line.pool, moves(chosen.picked, holding(line.account), target)),
        ),
    )


def pick(state: State, act: Act, line: Application, verb: str = "") -> Chosen | Rejected:
    """Return the credits that an application takes out of its account's free balance.

    Without a verb each credit is used up by its own scheme's.
    """
    wrong = not_allowed(state, act, line.account, "invalidate") or _dates_wrong(line)
    wrong = wrong or aim_wrong(state, line)
    if wrong:
        return wrong
    day = today(state, act)
    wrong = year_wrong(state, line, day)
    wrong = wrong or not_open(state, line.account, leaving=line.account)
    wrong = wrong or pool_wrong(state, line.pool, line.account, line.beneficiary, line.purpose)
    if wrong:
        return wrong
    asked = aim(line, day)

    def refuses(lot: Lot) -> Reason | None:
        return unfit(state, lot, verb, asked, line.pool)

    source = holding(line.account)
    picked = choose(state, source, line.lot, line.quantity, line.serials, refuses)
    if isinstance(picked, Rejected):
        return explained(state, picked, asked)
    wrong = energy_wrong(state, line.energy_kwh, picked) or too_many(state, line.pool, picked)
    if wrong:
        return wrong
    return Chosen(picked, asked.place, warned(state, picked, asked))


def taken(
    pool: str | UnsetType, postings: tuple[CreditPosting, ...]
) -> tuple[CreditPosting | GramPosting, ...]:
    """Return what a use moves: its credits, and the grams that they give a pool."""
    return (*postings, *booked(pool, sum(map(size, postings))))


def by_verb(
    state: State, picked: Sequence[Picked], source: str
) -> Iterator[tuple[type[CreditsInvalidated | CreditsCancelled], tuple[CreditPosting, ...]]]:
    """Yield the fact and the postings that each scheme's verb uses its credits up by."""

    def verb(part: Picked) -> str:
        return state.rules.schemes[state.lots[part[0]].scheme].retire

    for retire, parts in groupby(sorted(picked, key=verb), verb):
        fact, target = USED[retire]
        yield fact, moves(parts, source, target)


def unfit(
    state: State, lot: Lot, verb: str, asked: Aim, pool: str | UnsetType = UNSET
) -> Reason | None:
    """Say why a lot cannot be used up so, perhaps for a pool, or None where it can."""
    why = _ineligible(state, lot, verb, asked)
    return why if why or of_origin(state, pool, lot) else Reason.NOT_OF_ORIGIN


def _ineligible(state: State, lot: Lot, verb: str, asked: Aim) -> Reason | None:
    if verb and state.rules.schemes[lot.scheme].retire != verb:
        return Reason.RETIRE_VERB_DIFFERS
    rules = state.rules.invalidation
    if rules is UNSET:
        return None
    last = rules.validity.get(lot.scheme)
    if last is not None and last < asked.uses[0].day:
        return Reason.CREDITS_EXPIRED
    for use in asked.uses:
        if _ruled(state, rules, lot, use).stance == "refuse":
            return Reason.NOT_ELIGIBLE
    return Reason.USED_WHERE_CREATED if where_created(state, rules, lot, asked) else None


def _ruled(state: State, rules: InvalidationRules, lot: Lot, use: Use) -> Eligibility:
    project = state.projects[lot.project]
    return eligibility(rules, LotFacts(lot.scheme, project.kind, project.methodologies), use)


def explained(state: State, refused: Rejected, asked: Aim) -> Rejected:
    """Say why the table refuses a lot, or how long its credits were good."""
    rules = state.rules.invalidation
    if rules is UNSET:
        return refused
    if refused.reason is Reason.NOT_ELIGIBLE:
        lot = state.lots[str(refused.facts["lot"])]
        ruled = [(use, _ruled(state, rules, lot, use)) for use in asked.uses]
        use, why = next((use, one) for use, one in ruled if one.stance == "refuse")
        return refuse(
            refused.reason,
            lot=lot.lot,
            purpose=use.purpose,
            kinds=",".join(why.kinds),
            because=" ".join(why.reasons),
        )
    if refused.reason is Reason.CREDITS_EXPIRED:
        lot = state.lots[str(refused.facts["lot"])]
        return refuse(refused.reason, lot=lot.lot, valid_until=rules.validity[lot.scheme])
    return refused


def warned(state: State, picked: Iterable[Picked], asked: Aim) -> tuple[str, ...] | UnsetType:
    """Return what the rules warn of in these credits, each word once."""
    rules = state.rules.invalidation
    if rules is UNSET:
        return UNSET
    told: dict[str, None] = {}
    for lot in dict.fromkeys([lot for lot, _, _ in picked]):
        for use in asked.uses:
            ruled = _ruled(state, rules, state.lots[lot], use)
            if ruled.stance == "warn":
                told.update(dict.fromkeys(ruled.reasons))
    if unplaced(rules, asked):
        told[UNPLACED] = None
    return tuple(told) or UNSET


def _dates_wrong(line: Application) -> Rejected | None:
    for day in (line.period_from, line.period_to, line.stated_on):
        if day is not UNSET and not real_day(day):
            return refuse(Reason.DAY_NOT_IN_CALENDAR, day=day)
    first, last = line.period_from, line.period_to
    if first is not UNSET and last is not UNSET and last < first:
        return refuse(Reason.PERIOD_REVERSED, first=first, last=last)
    return None
