"""Crediting periods 認証対象期間: how long they last, and what happens when a day has come."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TypeAlias

from msgspec import UNSET

from libs.ledger.events import MonitoringEnded, ProjectActivated, ProjectEnded
from libs.ledger.records import Plan
from libs.ledger.rules import RuleSet
from libs.ledger.rules.calendar import UTC_ALWAYS, Calendar, begins, legal_day
from libs.ledger.rules.projects import NO_COURSE, Course
from libs.ledger.state import State

YEAR = 12
NOTHING = Course()
Step: TypeAlias = ProjectActivated | ProjectEnded | MonitoringEnded


def today(state: State, at_ms: int) -> str:
    """Return the legal day of an instant, where the scheme is."""
    return legal_day(_calendar(state), at_ms)


def months_later(day: str, months: int) -> str:
    """Return the same day so many months later or earlier, or the last of a shorter month."""
    found = date.fromisoformat(day)
    year, month = divmod(found.year * YEAR + found.month - 1 + months, YEAR)
    following = date(year + (month + 1) // YEAR, (month + 1) % YEAR + 1, 1)
    return min(
        date(year, month + 1, 1) + timedelta(found.day - 1), following - timedelta(1)
    ).isoformat()


def last_day(first: str, years: int) -> str:
    """Return the last day of so many years that begin on a day."""
    return days_later(months_later(first, years * YEAR), -1)


def days_later(day: str, days: int) -> str:
    """Return the day so many days later or earlier."""
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


def courses(rules: RuleSet, plan: Plan) -> list[Course]:
    """Return how the projects of each of a plan's sectors go on, by the rules that count now."""
    if rules.issuance is UNSET:
        return []
    told = NO_COURSE if rules.projects is UNSET else rules.projects
    found = (rules.issuance.methodologies.get(one.code) for one in plan.methodologies)
    return [told.courses.get(one.sector, NOTHING) for one in found if one]


def ended(rules: RuleSet, plan: Plan, last: str, reason: str | None = None) -> ProjectEnded:
    """Say that a project's period ends; the longest watch over its removals counts."""
    years = [
        one.monitored_years for one in courses(rules, plan) if one.monitored_years is not UNSET
    ]
    return ProjectEnded(
        project=plan.project,
        ended_on=last,
        credited_to=min(last, plan.credited_to),
        monitored_to=months_later(last, max(years) * YEAR) if years else UNSET,
        reason=UNSET if reason is None else reason,
    )


def passing(state: State, at_ms: int) -> Iterator[tuple[int, Plan]]:
    """Yield the plans whose phase is over by an instant, and since when it is."""
    calendar = _calendar(state)
    for plan in state.registers.plans.values():
        day = changes_on(plan)
        if day is not None and (since_ms := begins(calendar, day)) <= at_ms:
            yield since_ms, plan


def changes_on(plan: Plan) -> str | None:
    """Return the day that a plan's phase changes on by itself, if it does."""
    if plan.phase == "REGISTERED":
        return plan.credited_from
    if plan.phase in {"ACTIVE", "EXTENDED"}:
        return days_later(plan.runs_to, 1)
    return days_later(plan.monitored_to, 1) if plan.phase == "MONITORED_POST_PERIOD" else None


def step(rules: RuleSet, plan: Plan) -> Step:
    """Return what happens to a project on that day: one phase on."""
    if plan.phase == "REGISTERED":
        return ProjectActivated(project=plan.project)
    if plan.phase == "MONITORED_POST_PERIOD":
        return MonitoringEnded(project=plan.project)
    return ended(rules, plan, plan.runs_to)


def _calendar(state: State) -> Calendar:
    return UTC_ALWAYS if state.rules.calendar is UNSET else state.rules.calendar
