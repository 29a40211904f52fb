"""Applications: credits are held while a use of them waits for its confirmation."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from msgspec import UNSET

from libs.ledger.accounts import CANCELLED, INVALIDATED, holding, lock
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
from libs.ledger.postings import Picked, moves
from libs.ledger.records import Claim
from libs.ledger.standing import not_allowed, not_concerned, not_open, suspended, today
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.invalidation.commands import CancelApplication, ConfirmApplication, Filing
from services.invalidation.decide.eligibility import Use
from services.invalidation.decide.using import (
    explained,
    pick,
    unfit,
    warned,
    year_wrong,
)

USED: Mapping[str, tuple[type[CreditsInvalidated | CreditsCancelled], str]] = {
    "cancel": (CreditsCancelled, CANCELLED),
    "invalidate": (CreditsInvalidated, INVALIDATED),
}
"""The fact of each verb, and where its credits stay for ever."""


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
            corporate_number=line.corporate_number,
            detail=line.detail,
            expires_at=line.expires_at,
            fiscal_year=line.fiscal_year,
            period_from=line.period_from,
            period_to=line.period_to,
            scope=line.scope,
            stated_on=line.stated_on,
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
    day = today(state, act)
    wrong = year_wrong(state, claim.purpose, claim.fiscal_year, day)
    wrong = wrong or not_open(state, claim.account, leaving=claim.account)
    if wrong:
        return wrong
    use = Use(claim.purpose, day, claim.scope)
    held = everything(state, lock(claim.account, claim.application))
    if not held:
        return refuse(Reason.LOT_ANNULLED, application=claim.application)
    wrong = suspended(state, *(state.lots[lot].scheme for lot, _, _ in held))
    if wrong:
        return wrong
    for lot in dict.fromkeys(lot for lot, _, _ in held):
        why = unfit(state, state.lots[lot], "", use)
        if why is not None:
            return explained(state, refuse(why, lot=lot), use)
    confirmed = ApplicationConfirmed(account=claim.account, application=claim.application)
    return (confirmed, *_used(state, claim, held, use))


def _used(
    state: State, claim: Claim, held: list[Picked], use: Use
) -> Iterator[CreditsInvalidated | CreditsCancelled]:
    def verb(part: Picked) -> str:
        return state.rules.schemes[state.lots[part[0]].scheme].retire

    for retire, parts in groupby(sorted(held, key=verb), verb):
        fact, target = USED[retire]
        picked = tuple(parts)
        yield fact(
            account=claim.account,
            application=claim.application,
            beneficiary=claim.beneficiary,
            purpose=claim.purpose,
            agent=claim.agent,
            corporate_number=claim.corporate_number,
            detail=claim.detail,
            fiscal_year=claim.fiscal_year,
            period_from=claim.period_from,
            period_to=claim.period_to,
            scope=claim.scope,
            stated_on=claim.stated_on,
            warnings=warned(state, picked, use),
            postings=moves(picked, lock(claim.account, claim.application), target),
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
