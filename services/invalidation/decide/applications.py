"""Applications: credits are held while a use of them waits for its confirmation."""

from collections.abc import Iterator

from msgspec import UNSET

from libs.ledger.accounts import holding, lock
from libs.ledger.decide import everything
from libs.ledger.decider import Act
from libs.ledger.events import (
    ApplicationCancelled,
    ApplicationConfirmed,
    ApplicationFiled,
    CreditsCancelled,
    CreditsInvalidated,
)
from libs.ledger.instants import parse, real_day
from libs.ledger.pooling import too_many
from libs.ledger.postings import Picked, moves
from libs.ledger.records import Claim
from libs.ledger.standing import not_allowed, not_concerned, not_open, suspended, today
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.invalidation.commands import CancelApplication, ConfirmApplication, Filing
from services.invalidation.decide.aims import Aim, aim, year_wrong
from services.invalidation.decide.energy import energy_wrong, told_of
from services.invalidation.decide.using import by_verb, explained, pick, taken, unfit, warned


def file(state: State, act: Act, line: Filing) -> Outcome:
    """Hold the credits of an application 無効化申請; each line is one, with one scope."""
    wrong = not_allowed(state, act, line.account, "invalidate") or _expiry_wrong(act, line)
    if wrong:
        return wrong
    chosen = pick(state, act, line)
    if isinstance(chosen, Rejected):
        return chosen
    order = f"a-{act.position}-{act.line}"
    return (
        ApplicationFiled(
            line=act.line,
            application=order,
            account=line.account,
            beneficiary=line.beneficiary,
            purpose=line.purpose,
            agent=line.agent,
            also=line.also,
            corporate_number=line.corporate_number,
            country=line.country,
            detail=line.detail,
            expires_at=line.expires_at,
            fiscal_year=line.fiscal_year,
            period_from=line.period_from,
            period_to=line.period_to,
            place=chosen.place,
            scope=line.scope,
            stated_on=line.stated_on,
            energy_kwh=line.energy_kwh,
            pool=line.pool,
            warnings=chosen.warnings,
            postings=moves(chosen.picked, holding(line.account), lock(line.account, order)),
        ),
    )


def _expiry_wrong(act: Act, line: Filing) -> Rejected | None:
    if line.expires_at is UNSET:
        return None
    if not real_day(line.expires_at[:10]):
        return refuse(Reason.DAY_NOT_IN_CALENDAR, day=line.expires_at)
    if parse(line.expires_at) <= act.at_ms:
        return refuse(Reason.EXPIRY_PAST, expires_at=line.expires_at)
    return None


def confirm(state: State, act: Act, asked: ConfirmApplication) -> Outcome:
    """Use up what an application holds, by its schemes' verbs; what holds today is asked again."""
    claim = _known(state, act, asked.application)
    if isinstance(claim, Rejected):
        return claim
    expires_ms = state.reservations[claim.application].expires_ms
    if expires_ms is not None and expires_ms <= act.at_ms:
        return refuse(Reason.EXPIRY_PAST, application=claim.application)
    day = today(state, act)
    wrong = year_wrong(state, claim, day)
    wrong = wrong or not_open(state, claim.account, leaving=claim.account)
    if wrong:
        return wrong
    asked_for = aim(claim, day)
    held = everything(state, lock(claim.account, claim.application))
    if not held:
        return refuse(Reason.LOT_ANNULLED, application=claim.application)
    wrong = suspended(state, *(state.lots[lot].scheme for lot, _, _ in held))
    if wrong:
        return wrong
    for lot in dict.fromkeys(lot for lot, _, _ in held):
        why = unfit(state, state.lots[lot], "", asked_for, claim.pool)
        if why is not None:
            return explained(state, refuse(why, lot=lot), asked_for)
    wrong = energy_wrong(state, claim.energy_kwh, held) or too_many(state, claim.pool, held)
    if wrong:
        return wrong
    confirmed = ApplicationConfirmed(account=claim.account, application=claim.application)
    return (confirmed, *_used(state, claim, held, asked_for))


def _used(
    state: State, claim: Claim, held: list[Picked], asked: Aim
) -> Iterator[CreditsInvalidated | CreditsCancelled]:
    told = 0
    for fact, postings in by_verb(state, held, lock(claim.account, claim.application)):
        picked = [(one.lot, one.first, one.last + 1) for one in postings]
        energy = told_of(state, claim.energy_kwh, picked, told)
        told += 0 if energy is UNSET else energy
        yield fact(
            account=claim.account,
            application=claim.application,
            beneficiary=claim.beneficiary,
            purpose=claim.purpose,
            agent=claim.agent,
            also=claim.also,
            corporate_number=claim.corporate_number,
            country=claim.country,
            detail=claim.detail,
            fiscal_year=claim.fiscal_year,
            period_from=claim.period_from,
            period_to=claim.period_to,
            place=claim.place,
            scope=claim.scope,
            stated_on=claim.stated_on,
            energy_kwh=energy,
            pool=claim.pool,
            warnings=warned(state, picked, asked),
            postings=taken(claim.pool, postings),
        )


def cancel_application(state: State, act: Act, asked: CancelApplication) -> Outcome:
    """Set free what an application held."""
    claim = _known(state, act, asked.application)
    if isinstance(claim, Rejected):
        return claim
    wrong = not_open(state, claim.account, leaving=claim.account)
    if wrong:
        return wrong
    code = lock(claim.account, claim.application)
    postings = moves(everything(state, code), code, holding(claim.account))
    return (
        ApplicationCancelled(
            account=claim.account, application=claim.application, postings=postings
        ),
    )


def _known(state: State, act: Act, application: str) -> Claim | Rejected:
    claim = state.applications.get(application)
    if claim is None:
        return refuse(Reason.APPLICATION_NOT_FOUND, application=application)
    return not_concerned(state, act, claim.account, "invalidate") or claim
