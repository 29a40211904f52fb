"""The rules of a plan: what must hold before a project may stand in the register."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import UNSET
from msgspec.structs import asdict

from libs.ledger.crediting import last_day, months_later
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.events import AppliedMethodology, ProjectDrafted
from libs.ledger.instants import real_day
from libs.ledger.registers.issuance import place
from libs.ledger.rules.issuance import NO_METHODOLOGY, IssuanceRules, Methodology, Sector
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands import DraftProject, JoinMember

Activity: TypeAlias = DraftProject | JoinMember
"""What is credited for: a project of its own, or a member of a programme."""


def draft_project(state: State, act: Act, asked: DraftProject) -> Outcome:
    """Take in a plan that could be registered, and say for which days it could be credited."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    wrong = days_wrong(asked)
    if wrong:
        return wrong
    if asked.scheme not in state.rules.schemes:
        return refuse(Reason.SCHEME_NOT_FOUND, scheme=asked.scheme)
    if asked.project in state.projects or asked.project in state.registers.plans:
        return refuse(Reason.PROJECT_EXISTS, project=asked.project)
    credited = period(state, asked)
    if isinstance(credited, Rejected):
        return credited
    first, last = credited
    drafted = ProjectDrafted(**asdict(asked), credited_from=first, credited_to=last)
    other = state.registers.sites.get(place(drafted))
    if other is not None:
        return refuse(Reason.PROJECT_IDENTICAL, project=other)
    return (drafted,)


def period(state: State, asked: Activity, since: str = "") -> tuple[str, str] | Rejected:
    """Return the crediting period of what could be registered, or why it could not."""
    rules = NO_METHODOLOGY if state.rules.issuance is UNSET else state.rules.issuance
    for applied in asked.methodologies:
        wrong = _unknown(rules, asked.applied_on, applied)
        if wrong:
            return wrong
    wrong = _unfit(rules, asked)
    if wrong:
        return wrong
    first, last = _crediting(rules, asked, since)
    if last < first:
        return refuse(Reason.CREDITING_PERIOD_EMPTY, first=first, last=last)
    return first, last


def _crediting(rules: IssuanceRules, asked: Activity, since: str) -> tuple[str, str]:
    """Return the first and the last day of the crediting period 認証対象期間.

    It begins with the application, or when monitoring can begin, but never before its programme,
    and ends the day before its years are over, or on the last day of all; the strictest of several
    sectors counts.
    """
    first = max(asked.applied_on, since)
    if asked.monitorable_on is not UNSET:
        first = max(first, asked.monitorable_on)
    lasts = []
    for _, _, sector in _followed(rules, asked):
        lasts += [last_day(first, sector.years), sector.until]
    return first, min(lasts)


def days_wrong(asked: Activity) -> Rejected | None:
    """Refuse a day that no calendar has, or that no project can be of."""
    days = (asked.applied_on, asked.implemented_on, asked.added_on, asked.monitorable_on)
    for day in days:
        if day is not UNSET and not (real_day(day) and "1900" <= day < "2900"):
            return refuse(Reason.DAY_NOT_IN_CALENDAR, day=day)
    return None


def _unknown(rules: IssuanceRules, on: str, applied: AppliedMethodology) -> Rejected | None:
    found = rules.methodologies.get(applied.code)
    if found is None or found.sector not in rules.sectors:
        return refuse(Reason.METHODOLOGY_NOT_FOUND, methodology=applied.code)
    if found.versions is UNSET:
        return None
    valid = found.versions.get(applied.version)
    if valid is None or on < valid.since or (valid.until is not UNSET and on > valid.until):
        return refuse(
            Reason.METHODOLOGY_VERSION_NOT_VALID,
            methodology=applied.code,
            version=applied.version,
        )
    return None


def _followed(rules: IssuanceRules, asked: Activity) -> list[tuple[str, Methodology, Sector]]:
    return [
        (applied.code, found, rules.sectors[found.sector])
        for applied in asked.methodologies
        for found in (rules.methodologies[applied.code],)
    ]


def _unfit(rules: IssuanceRules, asked: Activity) -> Rejected | None:
    """Say which precondition a plan misses, the first in order of precedence."""
    followed = _followed(rules, asked)
    for reason, misses in PRECONDITIONS:
        for code, methodology, sector in followed:
            if misses(rules, asked, methodology, sector):
                return refuse(reason, methodology=code)
    return None


def _too_early(_: IssuanceRules, asked: Activity, methodology: Methodology, sector: Sector) -> bool:
    """Say whether it was put to use before the window; an added device may count instead."""
    if sector.window_months is UNSET:
        return False
    since = methodology.added_since
    added = asked.added_on is not UNSET and since is not UNSET and asked.applied_on >= since
    begun = asked.added_on if added else asked.implemented_on
    return str(begun) < months_later(asked.applied_on, -sector.window_months)


def _not_additional(rules: IssuanceRules, asked: Activity, _: Methodology, sector: Sector) -> bool:
    unwaived = () if rules.unwaived is UNSET else rules.unwaived.get(str(asked.exemption), ())
    waived = asked.exemption in rules.exemptions and asked.added_device not in unwaived
    if sector.payback_months is UNSET or waived:
        return False
    return asked.payback_months is UNSET or asked.payback_months < sector.payback_months


def _nothing_added(_: IssuanceRules, asked: Activity, methodology: Methodology, __: Sector) -> bool:
    """Say whether a plant whose feed-in tariff has ended got none of the devices it must have."""
    if asked.post_fit is not True or methodology.added_devices is UNSET:
        return False
    return asked.added_on is UNSET or asked.added_device not in methodology.added_devices


PRECONDITIONS: tuple[
    tuple[Reason, Callable[[IssuanceRules, Activity, Methodology, Sector], bool]], ...
] = (
    (Reason.IMPLEMENTED_TOO_EARLY, _too_early),
    (Reason.ADDED_DEVICE_MISSING, _nothing_added),
    (Reason.ADDITIONALITY_NOT_SHOWN, _not_additional),
    (
        Reason.PERMANENCE_MISSING,
        lambda _, asked, __, sector: sector.permanence and asked.permanence is UNSET,
    ),
    (
        Reason.CONSENT_MISSING,
        lambda _, asked, methodology, __: methodology.needs_consent and not asked.consent,
    ),
    (
        Reason.QUALITY_TEST_MISSING,
        lambda _, asked, methodology, __: (
            methodology.needs_quality_test and not asked.quality_tested
        ),
    ),
    (
        Reason.RESIDUAL_SHARE_MISSING,
        lambda _, asked, methodology, __: (
            methodology.needs_residual is True and asked.residual_share in {UNSET, 0}
        ),
    ),
    (
        Reason.SURVEY_MISSING,
        lambda _, asked, methodology, __: (
            methodology.surveys is not UNSET and asked.survey not in methodology.surveys
        ),
    ),
)
"""What a plan may miss, and how that is seen, in order of precedence."""
