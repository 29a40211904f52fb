"""What facts of an account's life leave in the registers."""

from typing import assert_never

from msgspec import UNSET
from msgspec.structs import replace

from libs.ledger import events as e
from libs.ledger.records import Account, Mandate, Opening
from libs.ledger.state import State


def note(state: State, event: e.AccountEvent) -> None:
    """Note what a fact says beside its postings; mypy names the one that is missing here."""
    match event:
        case e.AccountApplied():
            _apply(state, event)
        case e.AccountReviewed():
            before = state.openings[event.account]
            ticked = before.ticked | {check.item for check in event.checks}
            under_review = replace(before, status="under_review", ticked=ticked)
            state.put(state.openings, event.account, under_review)
        case e.AccountDecided():
            _decide(state, event)
        case e.AccountRenamed():
            if event.account in state.openings:
                renamed = replace(state.openings[event.account], name=event.name)
                state.put(state.openings, event.account, renamed)
        case e.AccountMerged():
            _stands(state, event.account, "closed")
        case e.InsolvencyRecorded():
            one = event.administrator
            account = Account(event.account, "frozen", (one.actor,), {one.actor: one.role})
            state.put(state.accounts, event.account, account)
            if event.account in state.mandates:
                state.drop(state.mandates, event.account)
        case e.ClosingBegun():
            _stands(state, event.account, "closing")
        case e.RepresentativeAppointed() | e.RepresentativeDismissed() | e.RepresentativeReplaced():
            _lead(state, event)
        case e.MandateGranted() | e.MandateRevoked():
            _mandate(state, event)
        case _:
            assert_never(event)


def business(holder: e.Holder) -> str:
    """Return what tells a legal entity: its 法人番号, or its number in its own country."""
    if holder.corporate_number is not UNSET:
        return holder.corporate_number
    return f"{holder.country}/{holder.registered_as}"


def _apply(state: State, event: e.AccountApplied) -> None:
    opening = Opening(
        account=event.account,
        business=business(event.holder),
        department="" if event.department is UNSET else event.department,
        kind=event.kind,
        status="applied",
        roles=tuple((one.actor, one.role) for one in event.representatives),
        name=event.holder.name,
    )
    state.put(state.openings, event.account, opening)


def _decide(state: State, event: e.AccountDecided) -> None:
    opening = replace(state.openings[event.account], status=event.outcome)
    state.put(state.openings, event.account, opening)
    if event.outcome == "opened":
        roles = dict(opening.roles)
        account = Account(event.account, "open", tuple(roles), roles)
        state.put(state.accounts, event.account, account)


def _stands(state: State, account: str, status: str) -> None:
    state.put(state.accounts, account, replace(state.accounts[account], status=status))


def _lead(
    state: State,
    event: e.RepresentativeAppointed | e.RepresentativeDismissed | e.RepresentativeReplaced,
) -> None:
    """Keep who leads an account, in the order of their appointment."""
    before = state.accounts[event.account]
    roles = {actor: before.role(actor) for actor in before.representatives}
    if not isinstance(event, e.RepresentativeAppointed):
        del roles[event.actor]
    if not isinstance(event, e.RepresentativeDismissed):
        roles[event.representative.actor] = event.representative.role
    after = replace(before, representatives=tuple(roles), roles=roles)
    state.put(state.accounts, event.account, after)


def _mandate(state: State, event: e.MandateGranted | e.MandateRevoked) -> None:
    kept = state.mandates.get(event.account, ())
    if isinstance(event, e.MandateGranted):
        agent = "" if event.agent is UNSET else event.agent
        granted = Mandate(event.mandate, agent, event.actors, event.scope, event.until)
        kept = (*kept, granted)
    else:
        kept = tuple(one for one in kept if one.mandate != event.mandate)
    state.put(state.mandates, event.account, kept)
