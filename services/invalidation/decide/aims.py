"""What a use is for: its purposes, in which year, where in the user's emissions, at which place.

One application has one scope. The same legal user may tell of it in several reports, where the
rule set lets these go together; and what is offset must not be where the credits were made.
"""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.records import Claim, Lot
from libs.ledger.rules.invalidation import InvalidationRules
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected, refuse
from services.invalidation.commands import Application
from services.invalidation.decide.eligibility import Use
from services.invalidation.decide.windows import assignable

Said: TypeAlias = Application | Claim

UNPLACED = "Name the place of use: it must not be where the credits were created."


class Aim(msgspec.Struct, frozen=True):
    """What credits are to be used up for: each purpose on this day, and the place of use."""

    uses: tuple[Use, ...]
    place: str | UnsetType


def aim(said: Said, day: str) -> Aim:
    """Return what an application, or the claim that is kept of it, is for."""
    place = said.place
    if not isinstance(place, str | UnsetType):
        place = place.text
    wanted = [Use(purpose, day, said.scope, said.country) for purpose in purposes(said)]
    return Aim(tuple(wanted), place)


def purposes(said: Said) -> tuple[str, ...]:
    """Return every purpose of a use, the one it is made for first."""
    return (said.purpose,) if said.also is UNSET else (said.purpose, *said.also)


def aim_wrong(state: State, said: Application) -> Rejected | None:
    """Refuse purposes that nobody knows or that do not go together, a missing scope or place."""
    wanted, rules = purposes(said), state.rules.invalidation
    for purpose in wanted:
        if purpose not in state.rules.purposes:
            return refuse(Reason.PURPOSE_UNKNOWN, purpose=purpose)
    if len(wanted) > 1 and not _together(rules, wanted):
        return refuse(Reason.PURPOSES_NOT_COMBINABLE, purposes=",".join(wanted))
    if said.scope is UNSET and (len(wanted) > 1 or _scoped(rules, said.purpose)):
        return refuse(Reason.SCOPE_MISSING, purpose=said.purpose)
    if said.place is UNSET and _unplaced(rules, wanted) == "refuse":
        return refuse(Reason.PLACE_MISSING, purpose=said.purpose)
    return None


def _together(rules: InvalidationRules | UnsetType, wanted: tuple[str, ...]) -> bool:
    if rules is UNSET or rules.together is UNSET or len(set(wanted)) < len(wanted):
        return False
    return any(set(wanted) <= set(known) for known in rules.together)


def _scoped(rules: InvalidationRules | UnsetType, purpose: str) -> bool:
    return rules is not UNSET and rules.scoped is not UNSET and purpose in rules.scoped


def _unplaced(rules: InvalidationRules | UnsetType, wanted: tuple[str, ...]) -> str:
    """Return what the rules say of a use whose place is not named."""
    if rules is UNSET or rules.elsewhere is UNSET:
        return "allow"
    kept_apart = any(purpose in rules.elsewhere.purposes for purpose in wanted)
    return rules.elsewhere.unnamed if kept_apart else "allow"


def unplaced(rules: InvalidationRules, asked: Aim) -> bool:
    """Say whether a use is warned of because its place is not named."""
    wanted = tuple(use.purpose for use in asked.uses)
    return asked.place is UNSET and _unplaced(rules, wanted) == "warn"


def where_created(state: State, rules: InvalidationRules, lot: Lot, asked: Aim) -> bool:
    """Say whether credits would offset what is emitted where they were created 創出場所."""
    if asked.place is UNSET or rules.elsewhere is UNSET:
        return False
    kept_apart = any(use.purpose in rules.elsewhere.purposes for use in asked.uses)
    return kept_apart and state.registers.places.get(lot.project) == asked.place


def year_wrong(state: State, said: Said, day: str) -> Rejected | None:
    """Refuse a fiscal year that a purpose's report window does not allow on this day."""
    rules, year = state.rules.invalidation, said.fiscal_year
    if rules is UNSET or year is UNSET:
        return None
    for purpose in purposes(said):
        window = rules.windows.get(purpose)
        if window is not None and year not in assignable(window, day):
            return refuse(
                Reason.FISCAL_YEAR_NOT_ASSIGNABLE, day=day, fiscal_year=year, purpose=purpose
            )
    return None
