"""Stories of plans: what a project must show before it may stand in the register."""

from importlib.resources import files

import msgspec
import pytest

from libs.ledger.crediting import months_later
from libs.ledger.records import Plan
from libs.ledger.rules.issuance import IssuanceRules
from tests.rooms import grammar_issuance
from tests.rooms.story import Ledger, story


def periods(ledger: Ledger) -> dict[str, str]:
    def told(plan: Plan) -> str:
        return f"{plan.credited_from}..{plan.credited_to}"

    return {project: told(plan) for project, plan in ledger.state.registers.plans.items()}


@story
def test_a_plan_is_credited_for_eight_years_and_no_longer_than_the_scheme(ledger: Ledger) -> None:
    """
    adopt planning as change
    approve change by operator:2
    draft JC-ER-000101
    draft JC-ER-000102 monitorable 2020-06-01
    draft JC-ER-000103 monitorable 2020-01-01
    draft JC-ER-000104 applied 2025-01-01 begun 2024-01-01
    draft JC-ER-000105 applied 2031-03-31 begun 2031-01-01
    draft JC-FM-000106 methods FO-001 lasting Certified begun 1990-01-01 payback none
    draft JC-FM-000107 methods FO-001,EN-S-001 lasting Certified monitorable 2024-02-29
    """
    assert periods(ledger) == {
        "JC-ER-000101": "2020-04-01..2028-03-31",
        "JC-ER-000102": "2020-06-01..2028-05-31",
        "JC-ER-000103": "2020-04-01..2028-03-31",
        "JC-ER-000104": "2025-01-01..2031-03-31",
        "JC-ER-000105": "2031-03-31..2031-03-31",
        "JC-FM-000106": "2020-04-01..2028-03-31",
        "JC-FM-000107": "2024-02-29..2031-03-31",
    }


@story
def test_a_plan_that_could_not_be_registered_is_refused(ledger: Ledger) -> None:
    """
    draft JC-ER-000101                                    ! methodology_not_found
    adopt planning as change
    approve change by operator:2
    draft JC-ER-000101 by mallory                         ! actor_not_allowed
    draft JC-ER-000101 applied 2020-02-30                 ! day_not_in_calendar day=2020-02-30
    draft JC-ER-000101 begun 0001-01-01                   ! day_not_in_calendar
    draft XX-ER-000101                                    ! scheme_not_found
    draft JC-ER-000001                                    ! project_exists
    draft JC-ER-000101 methods EN-S-003                   ! methodology_not_found
    draft JC-ER-000101 methods XX-001                     ! methodology_not_found
    draft JC-ER-000101 methods EN-S-002@3.0               ! methodology_version_not_valid
    draft JC-ER-000101 methods EN-S-002@1.0               ! methodology_version_not_valid
    draft JC-ER-000101 methods EN-S-002@2.0 applied 2020-03-31  ! methodology_version_not_valid
    draft JC-ER-000101 methods EN-S-001 begun 2018-03-31  ! implemented_too_early
    draft JC-ER-000101 payback 35                         ! additionality_not_shown
    draft JC-ER-000101 payback none                       ! additionality_not_shown
    draft JC-ER-000101 payback none exempt BECAUSE        ! additionality_not_shown
    draft JC-FM-000101 methods FO-001                     ! permanence_missing methodology=FO-001
    draft JC-ER-000101 methods AG-005                     ! consent_missing
    draft JC-ER-000101 methods AG-004                     ! quality_test_missing
    draft JC-ER-000101 monitorable 2031-04-01             ! crediting_period_empty
    # on the day of each limit it is taken in
    draft JC-ER-000101 methods EN-S-002@1.0 applied 2020-03-31
    draft JC-ER-000102 methods EN-S-002@2.0
    draft JC-ER-000103 begun 2018-04-01
    draft JC-ER-000104 payback none exempt HOUSEHOLD
    draft JC-ER-000105 methods AG-005 consent given
    draft JC-ER-000106 methods AG-004 tested yes
    # the same plan twice, and the same facility under another name
    draft JC-ER-000106                                    ! project_exists
    draft JC-ER-000107 at-site Gifu
    draft JC-ER-000108 at-site Gifu                       ! project_identical project=JC-ER-000107
    draft JC-ER-000108 at-site Gifu methods EN-S-001,EN-S-001 ! project_identical
    draft JC-ER-000108 at-site Gifu begun 2020-01-02
    # a plan is no project: nothing can be issued of it
    open A01
    issue JC-ER-000107-01 10 to A01                       ! project_not_found
    """


@story
def test_the_window_of_wind_counts_from_the_added_device_since_2022(ledger: Ledger) -> None:
    """
    adopt planning as change
    approve change by operator:2
    # what is not said was begun on 2020-01-01
    draft JC-ER-1 methods EN-R-008 applied 2022-03-08 added 2022-01-01  ! implemented_too_early
    draft JC-ER-1 methods EN-R-008 applied 2022-03-09                   ! implemented_too_early
    draft JC-ER-1 methods EN-R-008 applied 2022-03-09 added 2020-03-08  ! implemented_too_early
    draft JC-ER-1 methods EN-S-001 applied 2022-03-09 added 2022-01-01  ! implemented_too_early
    draft JC-ER-1 methods EN-R-008 applied 2022-03-09 added 2020-03-09
    """


@story
def test_what_some_methodologies_ask_beside_is_refused_where_it_is_missing(
    ledger: Ledger,
) -> None:
    """
    adopt planning as change
    approve change by operator:2
    # the sun, after the end of a feed-in tariff: a device was added, and it may have to pay back
    draft JC-ER-1 methods EN-R-002 post-fit yes added 2020-01-01        ! added_device_missing
    draft JC-ER-1 methods EN-R-002 post-fit yes device BATTERY          ! added_device_missing
    draft JC-ER-1 methods EN-R-002 device TV post-fit yes added 2020-01-02 ! added_device_missing
    draft JC-ER-1 methods EN-R-002 post-fit yes device BATTERY added 2020-01-01 begun 2009-11-01
    draft JC-ER-2 methods EN-R-002 post-fit no
    draft JC-ER-3 methods EN-S-001 post-fit yes
    draft JC-ER-4 payback none exempt HOUSEHOLD device ECOCUTE          ! additionality_not_shown
    draft JC-ER-4 payback 35 exempt HOUSEHOLD device ECOCUTE            ! additionality_not_shown
    draft JC-ER-4 payback 36 exempt HOUSEHOLD device ECOCUTE
    draft JC-ER-5 payback none exempt HOUSEHOLD device BATTERY
    # biochar says what is left of it after 100 years, a forest how its growth was found out
    draft JC-ER-6 methods AG-006                                        ! residual_share_missing
    draft JC-ER-6 methods AG-006 residual 0                             ! residual_share_missing
    draft JC-ER-6 methods AG-006 residual 8900
    draft JC-FM-7 methods FO-002 lasting Certified                      ! survey_missing
    draft JC-FM-7 methods FO-002 lasting Certified survey GUESS         ! survey_missing
    draft JC-FM-7 methods FO-002 lasting Certified survey AIRBORNE_LASER
    """
    assert len(ledger.state.registers.plans) == 7


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 96, "2032-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2025-12-31", 2, "2026-02-28"),
        ("2025-12-31", 12, "2026-12-31"),
        ("2024-02-29", -24, "2022-02-28"),
    ],
)
def test_months_end_where_the_month_ends(day: str, months: int, then: str) -> None:
    assert months_later(day, months) == then


def test_the_shipped_rules_know_the_methodologies_of_every_sector() -> None:
    raw = files("services.rules").joinpath("j-credit/issuance.json").read_bytes()
    rules = msgspec.json.decode(raw, type=IssuanceRules)
    assert len(rules.methodologies) == 69
    assert {one.sector for one in rules.methodologies.values()} == set(rules.sectors)
    assert rules.methodologies["IN-004"].name_ja == "温室効果ガス不使用絶縁開閉装置等の導入"
    assert set(grammar_issuance.ISSUANCE.methodologies) & set(rules.methodologies)
